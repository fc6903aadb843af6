"""The app `accounts`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.rooms import ROOMS
from tragt.web.accounts.shortcuts import SHORTCUTS
from tragt.web.shell import organisation
from tragt.web.shell.rooms import add_room
from tragt.web.shell.shortcuts import add_shortcut


class AccountsConfig(AppConfig):
    """Users, roles, sign-in, keys, audit, settings of the organisation."""

    name = "tragt.web.accounts"
    label = "tragt_accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say how the organisation is read, listen, open the rooms, and offer what can be done in them."""
        from tragt.web.accounts import queries, receivers  # noqa: PLC0415 - models must be there first
        from tragt.web.accounts.programs import check_program  # noqa: PLC0415
        from tragt.web.jobs.registry import add_check  # noqa: PLC0415
        from tragt.web.jobs.words import add_words  # noqa: PLC0415

        organisation.set_provider(queries.organisation_info)
        add_check(check_program)
        add_words(
            {
                "accounts.program_ended": _(
                    "The key that asked for this was revoked, or its user cannot sign in any more."
                )
            }
        )
        receivers.connect()
        for shortcut in SHORTCUTS:
            add_shortcut(shortcut)
        for room in ROOMS:
            add_room(room)
