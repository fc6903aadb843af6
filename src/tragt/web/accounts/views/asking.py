"""What the views of the accounts share: who asks, and how a refusal is shown."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest

from tragt.errors import TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.sentences import say
from tragt.web.shell.acting import Who

__all__ = ["asker", "enter", "refusals_shown", "who"]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def asker(request: HttpRequest) -> User:
    """The user who asks; the view stands behind the sign-in."""
    assert isinstance(request.user, User)
    return request.user


def who(request: HttpRequest) -> Who:
    """The user who asks, as an act knows them."""
    return Who.of(asker(request))


@contextmanager
def refusals_shown(request: HttpRequest, done: str = "") -> Iterator[None]:
    """Show why something was refused, or that it was done, on the next page."""
    try:
        yield
    except TragtError as refusal:
        messages.error(request, say(refusal))
    else:
        if done:
            messages.success(request, done)


def enter(request: HttpRequest, user: User) -> None:
    """Sign someone in who just proved who they are; the session begins anew."""
    if request.user.is_authenticated:
        request.session.flush()
    login(request, user, backend=BACKEND)
    UserSession.objects.create_from_request(request)
