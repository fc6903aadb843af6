"""The app `funnels`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FunnelsConfig(AppConfig):
    """Funnels: saved definitions and their reports."""

    name = "tragt.web.funnels"
    label = "tragt_funnels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the room stand in the navigation, the palette find funnels, and data bring a first funnel."""
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415 - models are there only now
        from tragt.web.crm.segment_uses import add_segment_use  # noqa: PLC0415
        from tragt.web.funnels.finding import find_funnels, funnel_names  # noqa: PLC0415
        from tragt.web.funnels.queries import funnels_on, kinds_counted  # noqa: PLC0415
        from tragt.web.funnels.receivers import after_import, after_merge, after_undo  # noqa: PLC0415
        from tragt.web.funnels.signals import warmed  # noqa: PLC0415
        from tragt.web.funnels.trends.trending import after_warming  # noqa: PLC0415
        from tragt.web.imports.signals import imported, undone  # noqa: PLC0415
        from tragt.web.lexicon.signals import merged  # noqa: PLC0415
        from tragt.web.people.indexed import add_indexed  # noqa: PLC0415
        from tragt.web.shell.rooms import Room, add_room, add_search  # noqa: PLC0415
        from tragt.web.shell.shortcuts import Shortcut, add_shortcut  # noqa: PLC0415

        add_room(Room(_("Funnel"), "funnels", "funnel", 20, permission="funnels.see"))
        add_search(find_funnels)
        add_namer("funnel", funnel_names)
        add_indexed(kinds_counted)
        add_segment_use("funnels", funnels_on)
        add_shortcut(
            Shortcut(_("New funnel"), _("make build steps"), "filter", "funnel_new", permission="funnels.edit")
        )
        imported.connect(after_import, dispatch_uid="funnels.after_import")
        undone.connect(after_undo, dispatch_uid="funnels.after_undo")
        merged.connect(after_merge, dispatch_uid="funnels.after_merge")
        warmed.connect(after_warming, dispatch_uid="funnels.after_warming")
