"""What the accounts do when something happened elsewhere: keep acts and sign-ins in the audit, keep a language."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from tragt.web.accounts import actions, audit
from tragt.web.accounts.models import User
from tragt.web.shell.acting import acted
from tragt.web.shell.language import language_chosen

__all__ = ["INVITED", "connect"]

INVITED = "invitation"
"""Under which a session keeps the language of the invitation that its reader looks at."""


def connect() -> None:
    """Listen; once, when the app is ready."""
    acted.connect(audit.keep, dispatch_uid="tragt.audit")
    language_chosen.connect(_keep_language, dispatch_uid="tragt.language")
    for signal, receiver in (
        (user_logged_in, _signed_in),
        (user_logged_out, _signed_out),
        (password_changed, _password_changed),
        (password_set, _password_changed),
        (password_reset, _password_reset),
        (authenticator_added, _factor_added),
        (authenticator_removed, _factor_removed),
        (authenticator_reset, _factor_renewed),
    ):
        signal.connect(receiver, dispatch_uid=f"tragt.{receiver.__name__}.{id(signal)}")


def _keep_language(request: HttpRequest, language: str, **_signal: Any) -> None:
    if INVITED in request.session:
        request.session[INVITED] |= {"language": language}
        request.session.modified = True
    if isinstance(request.user, User):
        actions.speak(request.user, language)


def _signed_in(user: User, **_signal: Any) -> None:
    actions.note("session.open", user)


def _signed_out(user: User | None, **_signal: Any) -> None:
    if user is not None:
        actions.note("session.close", user)


def _password_changed(user: User, **_signal: Any) -> None:
    actions.note("password.change", user, fields=["password"])


def _password_reset(user: User, **_signal: Any) -> None:
    actions.note("password.reset", user, fields=["password"])


def _factor_added(user: User, authenticator: Any, **_signal: Any) -> None:
    actions.note("second_factor.add", user, kind=authenticator.type)


def _factor_removed(user: User, authenticator: Any, **_signal: Any) -> None:
    actions.note("second_factor.remove", user, kind=authenticator.type)


def _factor_renewed(user: User, authenticator: Any, **_signal: Any) -> None:
    actions.note("second_factor.renew", user, kind=authenticator.type)
