"""What a message tells of a record, as its reader may see it at this moment. The unit of observation is the record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tragt.web.accounts.models import User
from tragt.web.crm.models import Activity, Deal
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.crm.queries.deals import primary_contact
from tragt.web.crm.queries.standings import standing_of
from tragt.web.people.models import Company, Person
from tragt.web.records.kinds import kind_of

__all__ = ["Content", "content_of", "sees"]


@dataclass(frozen=True, slots=True)
class Content:
    """A record as a message tells of it.

    Attributes:
        record: Few fields by their names: keys, names, stages, values.
        person: Key of the person whom it tells of; None where that is nobody.
    """

    record: dict[str, object]
    person: int | None = None


def content_of(kind: str, record: int | None, user: User) -> Content | None:
    """A record as a user sees it now; None where they do not see it, or it is not there.

    Args:
        kind: ``deal``, ``person``, ``company`` or ``activity``.
        record: Its key.
        user: For whom it is read.
    """
    found = _rows(kind, user).filter(pk=record).first() if record is not None else None
    return _CONTENTS[kind](found, user) if found is not None else None


def sees(kind: str, record: int, user: User) -> bool:
    """Whether a user sees a record now.

    Args:
        kind: ``deal``, ``person``, ``company`` or ``activity``.
        record: Its key.
        user: Who looks.
    """
    return _seen(kind, record, user) is not None


def _rows(kind: str, user: User) -> Any:
    if kind == "activity":
        seen = visible_activities(user)
        return seen if user.has_perm("deals.see") else seen.none()
    return kind_of(kind).visible(user)


def _seen(kind: str, key: int | None, user: User) -> int | None:
    """The key of another record, where the user sees that too."""
    return key if key is not None and _rows(kind, user).filter(pk=key).exists() else None


def _deal(deal: Deal, user: User) -> Content:
    contact = primary_contact(deal)
    person = _seen("person", contact.person_id, user) if contact else None
    record = {
        "id": deal.pk,
        "name": deal.name,
        "status": deal.status,
        "pipeline": deal.pipeline_id,
        "stage": deal.stage_id,
        "stage_name": deal.stage.name,
        "value": deal.value,
        "currency": deal.currency,
        "owner": deal.owner_id,
        "company": _seen("company", deal.company_id, user),
        "contact": person,
    }
    return Content(record, contact.person_id if contact else None)


def _person(person: Person, user: User) -> Content:
    standing = standing_of(person.pk)
    record = {
        "id": person.pk,
        "name": person.name,
        "owner": person.owner_id,
        "company": _seen("company", person.company_id, user),
        "stage": standing.stage_id if standing else None,
        "stage_name": standing.stage.name if standing else None,
        "mql": standing.mql if standing else None,
        "sql": standing.sql if standing else None,
    }
    return Content(record, person.pk)


def _company(company: Company, _user: User) -> Content:
    return Content({"id": company.pk, "name": company.name, "owner": company.owner_id})


def _activity(activity: Activity, user: User) -> Content:
    record = {
        "id": activity.pk,
        "kind": activity.kind,
        "title": activity.title,
        "at": activity.at,
        "outcome": activity.outcome,
        "owner": activity.owner_id,
        "person": _seen("person", activity.person_id, user),
        "company": _seen("company", activity.company_id, user),
        "deal": _seen("deal", activity.deal_id, user),
    }
    return Content(record, activity.person_id)


_CONTENTS: Mapping[str, Callable[[Any, User], Content]] = {
    "deal": _deal,
    "person": _person,
    "company": _company,
    "activity": _activity,
}
