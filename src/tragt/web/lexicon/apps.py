"""The app `lexicon`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room


class LexiconConfig(AppConfig):
    """Events, described."""

    name = "tragt.web.lexicon"
    label = "tragt_lexicon"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, beside sources and live; let the audit call entries and merges by name."""
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415 - models are there only now
        from tragt.web.lexicon.queries import entry_names, merge_names, vanished_number  # noqa: PLC0415

        add_room(
            Room(
                _("Events"),
                "lexicon:events",
                "book-open",
                40,
                Chapter.COLLECTION,
                "lexicon.see",
                vanished_number,
                about=_("What events are called, what they mean, and how often they come."),
            )
        )
        add_namer("entry", entry_names)
        add_namer("merge", merge_names)
