"""Planning the same task for many persons, companies or deals at once, and taking that back. The unit is the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.actions.activities import Entry
from tragt.web.crm.models import Activity, ActivityKind, Deal
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.bulk import add_way_back, kept_change
from tragt.web.records.kinds import Kind
from tragt.web.records.models import BulkAct, BulkChange
from tragt.web.shell.acting import Who, acting

__all__ = ["MOST", "Planned", "let_be_taken_back", "plan_many"]

MOST = 1_000
"""So many records get a task at once at most."""

_TOGETHER = 500
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of it.

    Attributes:
        change: Key by which it is taken back; None where no task was made.
        made: How many tasks were made.
        missing: How many records are not there any more, or not seen.
    """

    change: int | None
    made: int
    missing: int


def plan_many(kind: Kind, keys: Sequence[int], entry: Entry, *, who: Who) -> Planned:
    """Plan a task for each of some records.

    Args:
        kind: What they are: persons, companies or deals.
        keys: Of the records, at most `MOST`.
        entry: The task; without an owner each goes to the owner of its record, else to who plans it.
        who: Who plans it.

    Raises:
        InvalidDefinition: There is nothing to do, no record, or too many.
        NotFound: There is no such user.
    """
    title = entry.title.strip()
    _check(title, keys)
    with acting(who, "activities.edit", act="plan many", kind=kind.code) as act:
        author = who.user if isinstance(who.user, User) else None
        owner, planner = _owner(entry.owner), author.pk if author else None
        rows = list(kind.visible(author).filter(pk__in=set(keys)).order_by("pk"))
        shared = {"kind": ActivityKind.TASK, "title": title, "text": entry.text, "due": entry.due}
        tasks = [
            Activity(
                **shared,
                whole_day=entry.whole_day,
                author=author,
                owner_id=owner or row.owner_id or planner,
                cause=by_hand(who),
                **_about(row),
            )
            for row in rows
        ]
        Activity.objects.bulk_create(tasks, batch_size=_TOGETHER)
        deals = [row.pk for row in rows if isinstance(row, Deal)]
        Deal.objects.filter(pk__in=deals).update(touched=timezone.now())
        act.details.update(changed=len(tasks), records=len(tasks))
        change = kept_change(act, kind, [task.pk for task in tasks])
    return Planned(change, len(tasks), len(set(keys)) - len(tasks))


def let_be_taken_back() -> None:
    """Let what was planned for many be taken back as other changes of many are."""
    add_way_back(BulkAct.PLAN, _unplan)


def _unplan(_kind: Kind, change: BulkChange) -> Sequence[int]:
    """Remove the tasks that nobody has touched since."""
    made: Iterable[list[int]] = change.before.values()
    keys = [key for part in made for key in part]
    still = Activity.objects.filter(pk__in=keys, at=None, version=1)
    restored = list(still.values_list("pk", flat=True))
    still.delete()
    return restored


def _check(title: str, keys: Sequence[int]) -> None:
    if not title:
        raise InvalidDefinition("crm.says_nothing", "Write a word about it first.", field="title")
    if len(title) > _LONGEST:
        raise InvalidDefinition("crm.title_long", f"A task is called in {_LONGEST} letters at most.", field="title")
    if not keys:
        raise InvalidDefinition("records.none_chosen", "There is nobody to plan a task for.")
    if len(set(keys)) > MOST:
        raise InvalidDefinition(
            "crm.too_many_tasks",
            f"A task is planned for {MOST} at once at most; these are {len(set(keys))}.",
            most=MOST,
        )


def _owner(key: int | None) -> int | None:
    if key is not None and not User.objects.filter(pk=key, is_active=True).exists():
        raise NotFound("accounts.no_user", "There is no such user, or they cannot sign in any more. Choose another.")
    return key


def _about(row: Any) -> dict[str, int | None]:
    """What a task for a record is about: a person and a deal bring their company along."""
    match row:
        case Person():
            return {"person_id": row.pk, "company_id": row.company_id}
        case Company():
            return {"company_id": row.pk}
    return {"deal_id": row.pk, "company_id": row.company_id}
