"""What each role may do, in one table. The unit of observation is the permission."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["MAKE_OWNERS", "PERMISSIONS", "Role", "assignable", "meaning", "permissions"]

MAKE_OWNERS = "users.owners"


class Role(models.TextChoices):
    """What a user is in the organisation."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    MARKETING = "marketing", _("Marketing")
    SELLER = "seller", _("Seller")
    VIEWER = "viewer", _("Viewer")


_VIEWER = frozenset(
    {
        "deals.see",
        "overview.see",
        "funnels.see",
        "hypotheses.see",
        "leaks.see",
        "lexicon.see",
        "people.see",
        "profile.edit",
        "reports.own",
    }
)
_SELLER = _VIEWER | {"activities.edit", "deals.edit", "hypotheses.edit", "people.edit", "segments.edit"}
_MARKETING = _SELLER | {
    "forms.see",
    "forms.edit",
    "funnels.edit",
    "funnels.share",
    "imports.see",
    "imports.run",
    "imports.undo",
    "jobs.see",
    "jobs.cancel",
    "lexicon.edit",
    "people.export",
    "keys.see",
    "keys.edit",
    "leaks.edit",
    "reports.edit",
}
_MANAGER = _MARKETING | {
    "deals.remove",
    "records.edit",
    "people.erase",
    "mail.see",
    "mail.test",
    "organisation.see",
    "pipelines.edit",
    "users.see",
    "users.edit",
    "audit.see",
    "demonstration.load",
    "demonstration.remove",
    "log.upkeep",
    "webhooks.see",
    "webhooks.edit",
}
_OWNER = _MANAGER | {"organisation.edit", MAKE_OWNERS}

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.OWNER: _OWNER,
    Role.MANAGER: _MANAGER,
    Role.MARKETING: _MARKETING,
    Role.SELLER: _SELLER,
    Role.VIEWER: _VIEWER,
}

_MEANINGS: dict[Role, Promise] = {
    Role.OWNER: _("May do everything, including changing the organisation and making others owners."),
    Role.MANAGER: _("May do everything except change the organisation and make owners."),
    Role.MARKETING: _("Sees and edits funnels, people and deals, imports files, and makes keys."),
    Role.SELLER: _("Sees funnels, people and deals, and edits people and deals."),
    Role.VIEWER: _("Sees funnels, people and deals, and changes nothing."),
}


def permissions(role: str) -> frozenset[str]:
    """What a role may do; nothing for a role that does not exist."""
    return PERMISSIONS[Role(role)] if role in Role.values else frozenset()


def meaning(role: str) -> Promise:
    """What a role is for, in one sentence."""
    return _MEANINGS[Role(role)]


def assignable(role: str) -> list[Role]:
    """The roles that someone of this role may give to others, the strongest first."""
    allowed = permissions(role)
    if "users.edit" not in allowed:
        return []
    return [one for one in Role if one != Role.OWNER or MAKE_OWNERS in allowed]
