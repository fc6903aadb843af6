"""The pages of the settings about users, the organisation, keys and what was done."""

from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room

__all__ = ["ROOMS"]

ROOMS = (
    Room(
        _("Profile"),
        "profile",
        "user",
        10,
        Chapter.ACCOUNT,
        about=_("Your name and your language."),
    ),
    Room(
        _("Sign-in and security"),
        "security",
        "shield-check",
        20,
        Chapter.ACCOUNT,
        about=_("Password, second factor, passkeys, and where you are signed in."),
    ),
    Room(
        _("Organisation"),
        "organisation",
        "building-2",
        10,
        Chapter.ORGANISATION,
        "organisation.see",
        about=_("Name, currency, time zone, and what sellers see."),
    ),
    Room(
        _("Users"),
        "users",
        "users",
        20,
        Chapter.ORGANISATION,
        "users.see",
        about=_("Who may sign in, and in which role."),
    ),
    Room(
        _("Teams"),
        "teams",
        "users-round",
        30,
        Chapter.ORGANISATION,
        "users.see",
        about=_("Who works together, and which stages belong to them."),
    ),
    Room(
        _("Keys"),
        "keys",
        "key-round",
        20,
        Chapter.CONNECTIONS,
        "keys.see",
        about=_("Sources send events with write keys; programs read and change data with API keys."),
    ),
    Room(
        _("Audit"),
        "audit",
        "scroll-text",
        30,
        Chapter.PRIVACY,
        "audit.see",
        about=_("Who did what, and when."),
    ),
)
