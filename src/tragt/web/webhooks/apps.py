"""The app `webhooks`."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Telling other systems what happened."""

    name = "tragt.web.webhooks"
    label = "tragt_webhooks"
    default_auto_field = "django.db.models.BigAutoField"
