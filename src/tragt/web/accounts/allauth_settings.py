"""Settings of django-allauth and of sign-in, made from the configuration; for the project's settings to merge."""

from typing import Any, Protocol

__all__ = ["SignIn", "settings_of_sign_in"]

HOUR = 3600
FORMS = "tragt.web.accounts.forms.sign_in"


class SignIn(Protocol):
    """What of the configuration concerns sign-in."""

    @property
    def mfa(self) -> str:
        """off, optional or required."""

    @property
    def oidc_url(self) -> str:
        """Address of the provider; empty when there is none."""

    @property
    def oidc_name(self) -> str:
        """What its button says."""

    @property
    def oidc_client(self) -> str:
        """The client id."""

    @property
    def oidc_secret(self) -> str:
        """Its secret."""

    @property
    def public_address(self) -> str:
        """Address by which people reach the pages."""


def settings_of_sign_in(configuration: SignIn) -> dict[str, Any]:
    """Settings by their names; importable before the apps are ready."""
    return _sign_in(configuration) | _second_factor(configuration) | _provider(configuration)


def _sign_in(configuration: SignIn) -> dict[str, Any]:
    secure = configuration.public_address.startswith("https://")
    return {
        "ACCOUNT_ADAPTER": "tragt.web.accounts.adapters.AccountAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if secure else "http",
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": HOUR // 2,
        "ACCOUNT_FORMS": {
            "login": f"{FORMS}.SignInForm",
            "reset_password": f"{FORMS}.AskResetForm",
            "reset_password_from_key": f"{FORMS}.ResetForm",
            "change_password": f"{FORMS}.ChangePasswordForm",
            "set_password": f"{FORMS}.SetPasswordForm",
            "reauthenticate": f"{FORMS}.ConfirmForm",
        },
        # Whoever ends the encryption of https passes on where a request came from.
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1 if secure else 0,
        "USERSESSIONS_TRACK_ACTIVITY": False,
        "PASSWORD_RESET_TIMEOUT": 4 * HOUR,
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
             "OPTIONS": {"user_attributes": ("email", "name")}},
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
    }  # fmt: skip


def _second_factor(configuration: SignIn) -> dict[str, Any]:
    offered = configuration.mfa != "off"
    return {
        "MFA_ADAPTER": "tragt.web.accounts.adapters.MfaAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"] if offered else [],
        "MFA_PASSKEY_LOGIN_ENABLED": offered,
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_FORMS": {
            "authenticate": f"{FORMS}.SecondFactorForm",
            "reauthenticate": f"{FORMS}.ConfirmSecondFactorForm",
            "activate_totp": f"{FORMS}.AddAppForm",
            "add_webauthn": f"{FORMS}.AddKeyForm",
            "edit_webauthn": f"{FORMS}.RenameKeyForm",
        },
    }


def _provider(configuration: SignIn) -> dict[str, Any]:
    given: dict[str, Any] = {
        "SOCIALACCOUNT_ADAPTER": "tragt.web.accounts.adapters.SocialAdapter",
        "SOCIALACCOUNT_EMAIL_VERIFICATION": "none",
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": True,
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": True,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_PROVIDERS": {},
    }
    if configuration.oidc_url:
        app = {
            "provider_id": "sso",
            "name": configuration.oidc_name,
            "client_id": configuration.oidc_client,
            "secret": configuration.oidc_secret,
            "settings": {"server_url": configuration.oidc_url, "oauth_pkce_enabled": True},
        }
        given["SOCIALACCOUNT_PROVIDERS"] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return given
