"""The app `inbox`."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Deliveries on their way into the log, in a database of their own where that is a file."""

    name = "tragt.web.inbox"
    label = "tragt_inbox"
    default_auto_field = "django.db.models.BigAutoField"
