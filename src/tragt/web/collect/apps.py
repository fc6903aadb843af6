"""The app `collect`."""

from django.apps import AppConfig


class CollectConfig(AppConfig):
    """Tracking API, settler, sources."""

    name = "tragt.web.collect"
    label = "tragt_collect"
    default_auto_field = "django.db.models.BigAutoField"
