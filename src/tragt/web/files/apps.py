"""The app `files`."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files on records."""

    name = "tragt.web.files"
    label = "tragt_files"
    default_auto_field = "django.db.models.BigAutoField"
