"""The app `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, sign-in, keys, audit, settings of the organisation."""

    name = "tragt.web.accounts"
    label = "tragt_accounts"
    default_auto_field = "django.db.models.BigAutoField"
