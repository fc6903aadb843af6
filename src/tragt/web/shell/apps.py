"""The app `shell`."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """The frame of every page: design, language, formats, navigation, and how an act is done."""

    name = "tragt.web.shell"
    label = "tragt_shell"
    default_auto_field = "django.db.models.BigAutoField"
