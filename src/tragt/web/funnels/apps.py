"""The app `funnels`."""

from django.apps import AppConfig


class FunnelsConfig(AppConfig):
    """Funnels: saved definitions and their reports."""

    name = "tragt.web.funnels"
    label = "tragt_funnels"
    default_auto_field = "django.db.models.BigAutoField"
