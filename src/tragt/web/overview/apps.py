"""The app `overview`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OverviewConfig(AppConfig):
    """The first page: is the funnel healthy, what is missing."""

    name = "tragt.web.overview"
    label = "tragt_overview"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the room stand in the navigation, and its figures be ready after an import."""
        from tragt.web.imports.signals import imported, undone  # noqa: PLC0415 - models are there only now
        from tragt.web.overview.receivers import after_change  # noqa: PLC0415
        from tragt.web.shell.rooms import Room, add_room  # noqa: PLC0415

        add_room(Room(_("Overview"), "overview", "layout-dashboard", 10, permission="overview.see"))
        imported.connect(after_change, dispatch_uid="overview.after_import")
        undone.connect(after_change, dispatch_uid="overview.after_undo")
