"""The app `collect`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room


class CollectConfig(AppConfig):
    """Tracking API, settler, sources."""

    name = "tragt.web.collect"
    label = "tragt_collect"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, beside the files that are imported; let the audit call lists by name."""
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415 - models are there only now
        from tragt.web.collect.visitors import network_list_names  # noqa: PLC0415

        add_room(
            Room(
                _("Sources"),
                "collect:sources",
                "radio-tower",
                20,
                Chapter.COLLECTION,
                "keys.see",
                about=_("What sends events to Tragt, how much of it comes, and what cannot be taken."),
            )
        )
        add_room(
            Room(
                _("Visitors"),
                "collect:visitors",
                "footprints",
                50,
                Chapter.COLLECTION,
                "keys.see",
                about=_("What is kept of visitors' addresses, and which visits are your own people's."),
            )
        )
        add_room(
            Room(
                _("Live"),
                "collect:live",
                "activity",
                30,
                Chapter.COLLECTION,
                "keys.see",
                about=_("The newest events that your sources sent, as they arrive."),
            )
        )
        add_namer("networks", network_list_names)
