"""The app `people`."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room
from tragt.web.shell.shortcuts import Shortcut, add_shortcut


class PeopleConfig(AppConfig):
    """Persons, companies, identity ledger, rights over personal data."""

    name = "tragt.web.people"
    label = "tragt_people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Open the rooms; timelines need an index."""
        # Models are there only now.
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415
        from tragt.web.people.indexed import add_indexed  # noqa: PLC0415
        from tragt.web.people.kinds import COMPANY, PERSON  # noqa: PLC0415
        from tragt.web.people.queries.timeline import kinds_looked_up  # noqa: PLC0415
        from tragt.web.records.kinds import add_kind  # noqa: PLC0415
        from tragt.web.records.queries.chosen import labels  # noqa: PLC0415

        add_indexed(kinds_looked_up)
        for kind in (PERSON, COMPANY):
            add_namer(kind.code, partial(labels, kind))
        add_kind(PERSON)
        add_kind(COMPANY)
        add_room(Room(_("People"), "persons", "users", 50, permission="people.see"))
        add_room(
            Room(
                _("Possible duplicates"),
                "duplicates",
                "users",
                30,
                Chapter.RECORDS,
                "people.edit",
                about=_("Persons who may be one, to be merged or told apart."),
            )
        )
        add_room(
            Room(
                _("Personal data"),
                "privacy",
                "user-lock",
                10,
                Chapter.PRIVACY,
                "people.see",
                about=_("Find everything that is stored about a person, export it or remove it."),
            )
        )
        words = _("add make contact lead")
        add_shortcut(Shortcut(_("New person"), words, "user-plus", "new_person", "", "people.edit"))
        add_shortcut(Shortcut(_("New company"), _("add make firm"), "building-2", "new_company", "", "people.edit"))
