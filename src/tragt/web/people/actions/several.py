"""Telling of several persons or companies at once, in one act. The number of queries does not grow with theirs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.log.actions import touch
from tragt.web.people.actions.editing import TRAITS
from tragt.web.people.actions.folding import companies_by_name, drop_companies, mention, refold, refold_companies
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Identifier, Mention, Person, Statement
from tragt.web.people.signals import several_told
from tragt.web.people.told import joined
from tragt.web.records.actions.reaching import MOST_NAMED, changeable, named_in
from tragt.web.records.kinds import Kind
from tragt.web.shell.acting import Act, Who, acting

__all__ = ["Said", "tell_companies", "tell_persons"]


@dataclass(frozen=True, slots=True)
class Said:
    """What is told of one of several records.

    Attributes:
        key: Key of the record; None makes a new one.
        told: As a statement tells it, in the one spelling; nothing changes nothing.
        name: What a new company is known by.
    """

    key: int | None
    told: Mapping[str, object]
    name: str = ""


def tell_persons(said: Sequence[Said], *, who: Who) -> list[int]:
    """Make persons known and correct others; those who are new belong to who makes them known.

    Args:
        said: What is told; of one person the later counts.
        who: Who tells.

    Returns:
        The key of each.

    Raises:
        NotFound: A person is not there or not seen.
        NotAllowed: A person belongs to somebody else.
    """
    with acting(who, "people.edit", act="tell several", kind=PERSON.code) as act:
        known = sorted({one.key for one in said if one.key is not None})
        changeable(PERSON, known, who)
        rows = Person.objects.select_for_update().filter(pk__in=known).order_by("pk")
        left = {company for company in rows.values_list("company", flat=True) if company is not None}
        keys = _with_new(said, who)
        cause, now = by_hand(who), timezone.now()
        told = [(key, one.told) for key, one in zip(keys, said, strict=True) if one.told]
        Statement.objects.bulk_create(
            Statement(person_id=key, cause=cause, at=now, told=dict(one)) for key, one in told
        )
        mention([name for _key, one in told if isinstance(name := one.get("company"), str)], cause)
        refold(sorted({key for key, _one in told}))
        drop_companies(left)
        _name(act, keys, told)
        _announce(PERSON, {key for key, one in zip(keys, said, strict=True) if one.key is None}, told)
        touch()
    return keys


def tell_companies(said: Sequence[Said], *, who: Who) -> list[int]:
    """Make companies known and correct others.

    Args:
        said: What is told; of one company the later counts.
        who: Who tells.

    Returns:
        The key of each.

    Raises:
        NotFound: A company is not there or not seen.
        NotAllowed: A company belongs to somebody else.
    """
    with acting(who, "people.edit", act="tell several", kind=COMPANY.code) as act:
        known = sorted({one.key for one in said if one.key is not None})
        changeable(COMPANY, known, who)
        list(Company.objects.select_for_update(no_key=True).filter(pk__in=known).order_by("pk").values_list("pk"))
        new = [one.name for one in said if one.key is None]
        cause, begun = by_hand(who), timezone.now()
        mention(new, cause)
        named = companies_by_name(new)
        keys = [named[one.name] if one.key is None else one.key for one in said]
        told = [(key, one.told) for key, one in zip(keys, said, strict=True) if one.told]
        _mentioned(told, cause)
        refold_companies(sorted(set(keys)), waits=False)
        made = Company.objects.filter(pk__in=named.values(), created__gte=begun)
        _name(act, keys, told)
        _announce(COMPANY, set(made.values_list("pk", flat=True)), told)
    return keys


def _with_new(said: Sequence[Said], who: Who) -> list[int]:
    """The key of each person; those that are new are made."""
    owner = who.user if isinstance(who.user, User) else None
    made = Person.objects.bulk_create(Person(owner=owner) for one in said if one.key is None)
    Identifier.objects.bulk_create(Identifier(actor=f"u:{uuid4().hex}", person=person) for person in made)
    new = iter(made)
    return [next(new).pk if one.key is None else one.key for one in said]


def _name(act: Act, keys: Sequence[int], told: Iterable[tuple[int, Mapping[str, object]]]) -> None:
    """Let the audit keep which records were told of, and the names of what was told."""
    fields = {name for _key, one in told for name in _names(one)}
    act.details.update(fields=sorted(fields)[:MOST_NAMED], **named_in(keys))


def _announce(kind: Kind, made: Collection[int], told: Iterable[tuple[int, Mapping[str, object]]]) -> None:
    """Let other apps hear which records are new, and of which others what was told."""
    changed: dict[int, set[str]] = {}
    for key, one in told:
        if key not in made:
            changed.setdefault(key, set()).update(_names(one))
    names = {key: sorted(fields) for key, fields in changed.items()}
    several_told.send(Kind, kind=kind.code, made=sorted(made), changed=names)


def _names(told: Mapping[str, object]) -> set[str]:
    traits = told.get("traits")
    custom = {f"{TRAITS}{name}" for name in traits} if isinstance(traits, Mapping) else set[str]()
    return (told.keys() - {"traits"}) | custom


def _mentioned(told: Sequence[tuple[int, Mapping[str, object]]], cause: str) -> None:
    """Let a cause tell of companies what it told before and now."""
    before = Mention.objects.filter(company__in={key for key, _one in told}, cause=cause, trusted=True)
    rows = {row.company_id: row for row in before}
    now = timezone.now()
    for key, one in told:
        row = rows.setdefault(key, Mention(company_id=key, cause=cause, trusted=True))
        row.told, row.at = joined(row.told, one), now
    Mention.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        update_fields=["told", "at"],
        unique_fields=["company", "cause", "trusted"],
    )
