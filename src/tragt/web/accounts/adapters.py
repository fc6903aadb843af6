"""How allauth fits in: who may come in, what is written to whom, how secrets lie in the database."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts import actions, queries
from tragt.web.accounts.models import Invitation, User
from tragt.web.shell import organisation
from tragt.web.shell.acting import SYSTEM

__all__ = ["AccountAdapter", "MfaAdapter", "SocialAdapter"]

_NOTICES = {
    "account/email/password_changed": "password_changed",
    "account/email/password_reset": "password_changed",
    "account/email/password_set": "password_changed",
    "mfa/email/recovery_codes_generated": "recovery_codes_generated",
    "mfa/email/totp_activated": "app_added",
    "mfa/email/totp_deactivated": "app_removed",
    "mfa/email/webauthn_added": "key_added",
    "mfa/email/webauthn_removed": "key_removed",
    "socialaccount/email/account_connected": "sign_in_connected",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by e-mail, without open sign-up, with our own letters and sentences."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("Your access was removed. Ask an owner or manager of your organisation."),
        "email_password_mismatch": _("E-mail or password is wrong."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is wrong, or no longer works."),
        "incorrect_password": _("This is not your password."),
        "invalid_password_reset": _("This link no longer works."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody comes in but by an invitation, which has its own page."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to a user by our own letters; what has none is not sent."""
        user = context.get("user") or User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            return
        if template_prefix == "account/email/password_reset_key":
            hours = settings.PASSWORD_RESET_TIMEOUT // 3600
            actions.send_reset(user, context["password_reset_url"], hours)
        elif template_prefix in _NOTICES:
            actions.notice(
                user,
                _NOTICES[template_prefix],
                address=context.get("ip", ""),
                browser=context.get("user_agent", ""),
            )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the letter, at the address of the installation, whatever host the request named."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return str(settings.TRAGT.public_address) + path.replace("UID-KEY", key)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Back to the page of sign-in and security."""
        return reverse("security")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        """Keep that a sign-in was refused; the same is done whether the user exists or not."""
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        actions.note("session.refuse", user, SYSTEM)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in at the organisation's provider: for users and invited people, by verified addresses."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:  # noqa: ARG002
        """Refuse to tie another identity to a user who is signed in: the address alone decides who is who."""
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("security")))

    def authenticate_by_email(self, sociallogin: Any) -> Any:
        """Find the user of a verified address; some providers say *false* as a text, which is not true."""
        for one in sociallogin.email_addresses:
            one.verified = str(one.verified).lower() == "true"
        found = super().authenticate_by_email(sociallogin)
        if found is None or not queries.sleeping().filter(pk=found[0].pk).exists():
            return found
        # The address of a file is nobody's word: it ties an identity to a user only if an invitation wakes them by it.
        invitation = _invitation(sociallogin)
        if invitation is None or invitation.wakes_id != found[0].pk:
            return None
        return actions.accept_sign_in(invitation, name=sociallogin.user.name), found[1]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        """Whether an open invitation awaits the verified address."""
        return _invitation(sociallogin) is not None

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        """There is nothing more to ask."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """Take the name as the provider knows it."""
        user: User = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name") or "", data.get("last_name") or "")
        user.name = (data.get("name") or " ".join(filter(None, parts)))[:150]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:  # noqa: ARG002
        """Make the user whom the invitation names."""
        invitation = _invitation(sociallogin)
        if invitation is None:
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        user = actions.accept_sign_in(invitation, name=sociallogin.user.name)
        sociallogin.connect(request, user)
        return user


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second factor: off, optional or required, its secrets encrypted."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("Your organisation asks for a second factor. Set up another one first."),
        "incorrect_code": _("This code is wrong, or no longer works."),
    }

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Whether the user has a second factor that counts."""
        return settings.TRAGT.mfa != "off" and bool(super().is_mfa_enabled(user, types))

    def get_totp_issuer(self) -> str:
        """What the app on the phone calls this place."""
        return f"Tragt {organisation.current().name}".strip()

    def _get_site_name(self) -> str:
        return self.get_totp_issuer()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002
        """What a new key is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Where a second factor is required, the last one stays."""
        if settings.TRAGT.mfa != "required":
            return True
        others = type(authenticator).objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return bool(others.exclude(type="recovery_codes").exists())

    def encrypt(self, text: str) -> str:
        """Encrypt what lies in the database, under the secret outside it."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The counterpart of `encrypt`."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"tragt.accounts.second_factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _invitation(sociallogin: Any) -> Invitation | None:
    verified = [one.email for one in sociallogin.email_addresses if one.verified is True]
    found = (queries.open_invitation_of(email) for email in verified)
    return next((one for one in found if one), None)
