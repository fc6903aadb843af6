"""The app `accounts`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.shortcuts import SHORTCUTS
from tragt.web.shell import organisation
from tragt.web.shell.rooms import Room, add_room
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
        for room in (
            Room(_("Profile"), "profile", "user", 10, "settings"),
            Room(_("Sign-in and security"), "security", "shield-check", 20, "settings"),
            Room(_("Organisation"), "organisation", "building-2", 30, "settings", "organisation.see"),
            Room(_("Users"), "users", "users", 40, "settings", "users.see"),
            Room(_("Teams"), "teams", "users-round", 45, "settings", "users.see"),
            Room(_("Keys"), "keys", "key-round", 50, "settings", "keys.see"),
            Room(_("Audit"), "audit", "scroll-text", 90, "settings", "audit.see"),
        ):
            add_room(room)
