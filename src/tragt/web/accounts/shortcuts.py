"""What can be done of users, keys, mail and one's own access from the command palette."""

from django.utils.translation import gettext_lazy as _

from tragt.web.shell.shortcuts import Shortcut

__all__ = ["SHORTCUTS"]

SHORTCUTS = (
    Shortcut(_("Invite a colleague"), _("add new user access"), "user-plus", "users", "#invite", "users.edit"),
    Shortcut(
        _("Make a write key"), _("new tracking source website"), "key-round", "keys", "?new=write#write", "keys.edit"
    ),
    Shortcut(_("Make an API key"), _("new program integration"), "key-round", "keys", "?new=api#api", "keys.edit"),
    Shortcut(_("Send a test mail"), _("e-mail smtp server"), "send", "mail:settings", "", "mail.test"),
    Shortcut(_("Change password"), _("sign-in security"), "lock-keyhole", "account_change_password"),
)
