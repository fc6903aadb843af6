"""The app `people`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Room, add_room


class PeopleConfig(AppConfig):
    """Persons, companies, identity ledger, rights over personal data."""

    name = "tragt.web.people"
    label = "tragt_people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Open the rooms; timelines need an index."""
        # Models are there only now.
        from tragt.web.people.indexed import add_indexed  # noqa: PLC0415
        from tragt.web.people.kinds import COMPANY, PERSON  # noqa: PLC0415
        from tragt.web.people.queries.timeline import kinds_looked_up  # noqa: PLC0415
        from tragt.web.records.kinds import add_kind  # noqa: PLC0415

        add_indexed(kinds_looked_up)
        add_kind(PERSON)
        add_kind(COMPANY)
        add_room(Room(_("People"), "persons", "users", 50, permission="people.see"))
        add_room(Room(_("Possible duplicates"), "duplicates", "users", 75, "settings", "people.edit"))
        add_room(Room(_("Personal data"), "privacy", "user-lock", 80, "settings", "people.see"))
