"""The app `imports`."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Files: recognise, map, dry run, run, undo."""

    name = "tragt.web.imports"
    label = "tragt_imports"
    default_auto_field = "django.db.models.BigAutoField"
