"""The app `demonstration`."""

from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    """The demonstration firm in the application: loaded into an empty home, removed in one click."""

    name = "tragt.web.demonstration"
    label = "tragt_demonstration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to others."""
        from tragt.web.demonstration import receivers  # noqa: F401, PLC0415 - models are ready only now
