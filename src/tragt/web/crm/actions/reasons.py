"""The reasons for which deals are lost, as the firm says them."""

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.crm.models import LostReason
from tragt.web.crm.queries.pipelines import lost_reasons
from tragt.web.shell.acting import Who, acting

__all__ = [
    "USUAL",
    "add_reason",
    "archive_reason",
    "bring_back_reason",
    "offer_reasons",
    "rename_reason",
    "shift_reason",
]

USUAL = (
    _("Too expensive"),
    _("Chose a competitor"),
    _("No budget"),
    _("Bad timing"),
    _("Decided to change nothing"),
    _("We do not have what they need"),
    pgettext_lazy("reason for losing", "No answer"),
)

_PERMISSION = "pipelines.edit"
_LONGEST = 100


def offer_reasons() -> None:
    """Write the usual reasons in the language that is spoken now, where there are none; a part of an act."""
    if not LostReason.objects.exists():
        LostReason.objects.bulk_create(LostReason(name=str(name), position=at) for at, name in enumerate(USUAL))


def add_reason(name: str, *, who: Who) -> LostReason:
    """Add a reason, as the last one.

    Raises:
        InvalidDefinition: It has no name, one that is too long, or one that is taken.
    """
    with acting(who, _PERMISSION, act="reason") as act:
        name = _checked(name)
        last = LostReason.objects.aggregate(last=Max("position"))["last"]
        made = LostReason.objects.create(name=name, position=0 if last is None else last + 1)
        act.target = f"reason {made.pk}"
    return made


def rename_reason(key: int, name: str, *, who: Who) -> LostReason:
    """Say a reason otherwise. Deals that were lost for it are from now on lost for what it says now.

    Raises:
        NotFound: There is no such reason.
        InvalidDefinition: It has no name, one that is too long, or one that is taken.
    """
    with acting(who, _PERMISSION, f"reason {key}", act="reason"):
        reason = _reason(key)
        reason.name = _checked(name, but=key)
        reason.save(update_fields=["name"])
    return reason


def archive_reason(key: int, *, who: Who) -> None:
    """Let a reason no longer be chosen; it stays on the deals that were lost for it.

    Raises:
        NotFound: There is no such reason.
    """
    _archive(key, who, archived=True)


def bring_back_reason(key: int, *, who: Who) -> None:
    """Let an archived reason be chosen again.

    Raises:
        NotFound: There is no such reason.
    """
    _archive(key, who, archived=False)


def shift_reason(key: int, by: int, *, who: Who) -> None:
    """Let a reason stand earlier or later among those that may be chosen.

    Args:
        key: Key of the reason.
        by: Places; a negative number is earlier. Beyond the first or last it stays there.
        who: Who does it.

    Raises:
        NotFound: There is no such reason in use.
    """
    with acting(who, _PERMISSION, f"reason {key}", act="reason"):
        rows = list(lost_reasons().select_for_update())
        place = next((place for place, row in enumerate(rows) if row.pk == key), None)
        if place is None:
            raise NotFound("crm.no_reason", f"There is no reason {key} that may be chosen.", reason=key)
        rows.insert(min(max(place + by, 0), len(rows) - 1), rows.pop(place))
        for position, row in enumerate(rows):
            row.position = position
        LostReason.objects.bulk_update(rows, ["position"])


def _archive(key: int, who: Who, *, archived: bool) -> None:
    with acting(who, _PERMISSION, f"reason {key}", act="reason"):
        reason = _reason(key)
        reason.archived = timezone.now() if archived else None
        reason.save(update_fields=["archived"])


def _reason(key: int) -> LostReason:
    found = LostReason.objects.select_for_update().filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_reason", f"There is no reason {key}.", reason=key)
    return found


def _checked(name: str, but: int | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST:
        raise InvalidDefinition("crm.reason", f"A reason is a text of at most {_LONGEST} characters.", field="name")
    if LostReason.objects.filter(name__iexact=name).exclude(pk=but or 0).exists():
        raise InvalidDefinition(
            "crm.reason_taken", f"The reason '{name}' is there already, perhaps among the archived.", field="name"
        )
    return name
