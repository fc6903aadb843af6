"""The app `backup`."""

from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Keeps the list of erasures, which a restored backup is held against."""

    name = "tragt.web.backup"
    label = "tragt_backup"

    def ready(self) -> None:
        """Hear of erasures."""
        from tragt.web.backup import receivers  # noqa: F401, PLC0415 - models exist only now
