"""The app `mail`."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Outgoing mail: templates, sending, why it did not leave."""

    name = "tragt.web.mail"
    label = "tragt_mail"
    default_auto_field = "django.db.models.BigAutoField"
