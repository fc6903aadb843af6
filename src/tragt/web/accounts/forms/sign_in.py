"""The forms of allauth in our words: labels above the fields, nothing written into them."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm as AllauthChangePasswordForm,
)
from allauth.account.forms import (
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from allauth.account.forms import (
    SetPasswordForm as AllauthSetPasswordForm,
)
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByFactorForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts import actions

__all__ = [
    "PASSWORD_HELP",
    "AddAppForm",
    "AddKeyForm",
    "AskResetForm",
    "ChangePasswordForm",
    "ConfirmForm",
    "ConfirmSecondFactorForm",
    "RenameKeyForm",
    "ResetForm",
    "SecondFactorForm",
    "SetPasswordForm",
    "SignInForm",
]

PASSWORD_HELP = _("At least 10 characters. A few words that you can remember work well.")
_CODE = _("Code")
_CODE_HELP = _("The six digits that your app shows now, or one of your recovery codes.")


class _Worded(forms.Form):
    """A form of allauth whose labels and helps are ours."""

    labels: dict[str, Any] = {}
    helps: dict[str, Any] = {}
    first = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")
        if self.first:
            self.fields[self.first].widget.attrs["autofocus"] = True


class SignInForm(_Worded, LoginForm):  # type: ignore[misc]
    """E-mail and password."""

    labels = {"login": _("E-mail"), "password": _("Password"), "remember": _("Keep me signed in")}
    first = "login"


class AskResetForm(_Worded, ResetPasswordForm):  # type: ignore[misc]
    """The address that the link for a new password goes to."""

    labels = {"email": _("E-mail")}
    first = "email"

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send the link; for an address that nobody has the same is done and undone, so that it takes as long."""
        if not self.users:
            actions.rehearse_reset()
        return str(super().save(request, **kwargs))


class ResetForm(_Worded, ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, by the link of a mail."""

    labels = {"password1": _("New password"), "password2": _("New password again")}
    helps = {"password1": PASSWORD_HELP}
    first = "password1"


class ChangePasswordForm(_Worded, AllauthChangePasswordForm):  # type: ignore[misc]
    """A new password, for one who knows the present one."""

    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }
    helps = {"password1": PASSWORD_HELP}


class SetPasswordForm(_Worded, AllauthSetPasswordForm):  # type: ignore[misc]
    """A first password, for one who came in through the organisation's provider."""

    labels = {"password1": _("Password"), "password2": _("Password again")}
    helps = {"password1": PASSWORD_HELP}


class ConfirmForm(_Worded, ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that matters."""

    labels = {"password": _("Password")}
    first = "password"


class SecondFactorForm(_Worded, AuthenticateForm):  # type: ignore[misc]
    """The code of the second factor, at sign-in."""

    labels = {"code": _CODE}
    helps = {"code": _CODE_HELP}
    first = "code"


class ConfirmSecondFactorForm(_Worded, ReauthenticateByFactorForm):  # type: ignore[misc]
    """The code of the second factor, before something that matters."""

    labels = {"code": _CODE}
    helps = {"code": _CODE_HELP}
    first = "code"


class AddAppForm(_Worded, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app."""

    labels = {"code": _CODE}
    helps = {"code": _("The six digits that the app shows now.")}


class AddKeyForm(_Worded, AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey or security key."""

    labels = {"name": _("Name"), "passwordless": _("Sign in with this key alone")}
    helps = {
        "name": _("What you call it, for example the name of your phone."),
        "passwordless": _("The device then asks for your finger, face or PIN, and no password is needed."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "passwordless" in self.fields:
            self.fields["passwordless"].initial = True


class RenameKeyForm(_Worded, EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a key."""

    labels = {"name": _("Name")}
