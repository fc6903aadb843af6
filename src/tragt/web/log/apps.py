"""The app `log`."""

from django.apps import AppConfig


class LogConfig(AppConfig):
    """The event log as this installation sees it: the lake without what is hidden or struck."""

    name = "tragt.web.log"
    label = "tragt_log"
    default_auto_field = "django.db.models.BigAutoField"
