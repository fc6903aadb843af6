"""The app `imports`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Room, add_room, add_search


class ImportsConfig(AppConfig):
    """Files: recognise, map, dry run, run, undo."""

    name = "tragt.web.imports"
    label = "tragt_imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, and be found."""
        from tragt.web.imports.finding import find_imports  # noqa: PLC0415 - models exist only now

        add_room(Room(_("Data"), "imports:list", "upload", 20, place="settings", permission="imports.see"))
        add_search(find_imports)
