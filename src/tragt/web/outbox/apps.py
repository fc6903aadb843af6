"""The app `outbox`."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Own events on their way."""

    name = "tragt.web.outbox"
    label = "tragt_outbox"
    default_auto_field = "django.db.models.BigAutoField"
