"""Who asks: a program with an API key, which acts for the user who made it and within the role it was made with."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from tragt.web.accounts.actions.keys import touch
from tragt.web.accounts.models import User
from tragt.web.accounts.queries import api_key_of
from tragt.web.api.limits import check_limits

__all__ = ["BearerKey", "user_of"]


class BearerKey(HttpBearer):
    """``Authorization: Bearer tragt_api_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user a key acts for; None for a key that works no more or never did.

        Raises:
            TooMany: The key asked for more than it may a minute.
        """
        if "\0" in token:
            return None
        key = api_key_of(token)
        if key is None:
            return None
        check_limits(key.pk, changes=request.method not in ("GET", "HEAD"))
        touch(key)
        user = key.user.within(key.role, key.pk)
        request.user = user
        return user


def user_of(request: HttpRequest) -> User:
    """Who asks, once that is known."""
    user = request.user
    assert isinstance(user, User)
    return user
