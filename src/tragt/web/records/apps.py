"""The app `records`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room, add_search


class RecordsConfig(AppConfig):
    """What all kinds of records have in common."""

    name = "tragt.web.records"
    label = "tragt_records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the search index be there once the tables are, and the palette find records."""
        # Models are there only now.
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415
        from tragt.web.records.finding import find_records  # noqa: PLC0415
        from tragt.web.records.queries.names import field_names, tag_names  # noqa: PLC0415
        from tragt.web.records.receivers import after_migrations  # noqa: PLC0415

        add_room(
            Room(
                _("Fields"),
                "fields",
                "table-properties",
                10,
                Chapter.RECORDS,
                "records.edit",
                about=_("What you keep of persons, companies and deals beyond what every one of them has."),
            )
        )
        add_search(find_records, first=True)
        add_namer("tag", tag_names)
        add_namer("field", field_names)
        post_migrate.connect(after_migrations, sender=self, dispatch_uid="records.after_migrations")
