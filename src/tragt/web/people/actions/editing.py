"""Correcting what is known of persons and companies from their pages, where two may do so at once."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import check_change, seen_by
from tragt.web.people.actions.adding import check_company
from tragt.web.people.actions.domains import take_turns_at
from tragt.web.people.actions.folding import made_for_addresses, refold_companies
from tragt.web.people.actions.owners import assign
from tragt.web.people.actions.who_is_who import by_hand, correct
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Mention, Person
from tragt.web.people.normal import company_key, domain_spellings
from tragt.web.people.told import joined
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.holding import hold

__all__ = ["OWNER", "TRAITS", "Followed", "check_domain", "known_of", "save_company", "save_person"]

TRAITS = "traits."
"""How custom fields are called beside the fields of a record: ``traits.<code>``."""

OWNER = "owner"
"""How the key of the user is called whose a record is."""

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Followed:
    """Who followed the domain of a company.

    Attributes:
        came: How many persons more belong to it, of those who its user sees; fewer than none where some left it.
        later: How many persons follow by a job, for they are too many to wait for.
    """

    came: int = 0
    later: int = 0


def known_of(record: Person | Company) -> dict[str, object]:
    """What is known of a record, by the names under which it is changed; what is empty is left out."""
    fields: dict[str, object] = {"name": record.name, OWNER: record.owner_id}
    if isinstance(record, Person):
        fields |= {"email": record.email, "phone": record.phone, "company": record.company and record.company.name}
    else:
        fields["domain"] = record.domain
    traits = {f"{TRAITS}{code}": value for code, value in record.traits.items()}
    return {name: value for name, value in (fields | traits).items() if value not in (None, "")}


def save_person(key: int, changes: Values, seen: Values, *, who: Who) -> bool:
    """Correct a person; only the fields that somebody changed, and none that somebody else changed meanwhile.

    Args:
        key: Key of the person.
        changes: New values by their names, as `known_of` has them; None empties a field, of the owner it means nobody.
        seen: What stood in these fields when they were changed; a field that is not there was empty.
        who: Who corrects.

    Returns:
        Whether that changed anything.

    Raises:
        NotFound: There is no such person, or the owner is nobody who can sign in.
        NotAllowed: The person belongs to somebody else.
        Conflict: A field holds something else by now; ``fields`` says which.
        InvalidDefinition: A value that the field cannot have, or a company that is not theirs to see.
    """
    told = _statement(changes)
    with _act(who, f"person {key}", "edit", changes):
        hold(Person, key)
        person = _only(Person.objects.select_related("company").filter(pk=key, struck=None).first(), "person")
        _check_unchanged(person, changes, seen)
        check_company(told, who)
        changed = correct(person, told, who=who) if told else False
        if OWNER in changes:
            changed |= assign(PERSON, [key], _owner(changes), who=who) > 0
        return changed


def save_company(key: int, changes: Values, seen: Values, *, who: Who) -> Followed:
    """Correct a company, as `save_person` does a person.

    Where it is given another domain, the persons follow who belong to a company by the domain of their address alone.

    Args:
        key: Key of the company.
        changes: New values by their names, as `known_of` has them; None empties a field, of the owner it means nobody.
        seen: What stood in these fields when they were changed; a field that is not there was empty.
        who: Who corrects.

    Returns:
        Who followed.

    Raises:
        NotFound: There is no such company, or the owner is nobody who can sign in.
        NotAllowed: The company belongs to somebody else.
        Conflict: A field holds something else by now; ``fields`` says which.
        InvalidDefinition: It would have no name, lose the domain by which it is known, or take another one's.
    """
    with _act(who, f"company {key}", "edit company", changes):
        take_turns_at([str(changes.get("domain") or "")])
        company = _only(Company.objects.select_for_update(no_key=True).filter(pk=key).first(), "company")
        check_change(who, company.owner_id)
        _check_unchanged(company, changes, seen)
        if not changes.get("name", company.name):
            raise InvalidDefinition("people.no_name", "A company needs a name.", field="name")
        if "domain" in changes:
            check_domain(company, changes["domain"], who)
        before, later = _belonging(key, changes, who), 0
        if told := _statement(changes):
            cause = by_hand(who)
            mention, _new = Mention.objects.get_or_create(company=company, cause=cause, trusted=True)
            mention.told, mention.at = joined(mention.told, told), timezone.now()
            mention.save()
            later = refold_companies([key], waits=False)
        came = _belonging(key, changes, who) - before
        if OWNER in changes:
            assign(COMPANY, [key], _owner(changes), who=who)
    return Followed(came, later)


def check_domain(company: Company, domain: object, who: Who) -> None:
    """Refuse a domain that is another company's, and to empty the one by which events and addresses know a company.

    A company that this one does not see stands in nobody's way: it keeps its persons, and is not told of. Nor does one
    that is there for addresses alone, whose persons come along.

    Args:
        company: Whose domain it shall be.
        domain: The domain; None or empty takes it away.
        who: Who gives it.

    Raises:
        InvalidDefinition: It is another's, or the company is known by the one it has.
    """
    if not isinstance(domain, str) or not domain:
        if company.domain and company.domain == company.key:
            raise InvalidDefinition(
                "people.known_by_domain",
                f"This company is known by its domain, {company.domain}. Give another one instead of none.",
                field="domain",
                domain=company.domain,
            )
        return
    spelled = domain_spellings(domain)
    same = Company.objects.filter(Q(domain__in=spelled) | Q(key__in=[company_key(one) for one in spelled]))
    others = same.filter(seen_by(who.user if isinstance(who.user, User) else None)).exclude(pk=company.pk)
    other = others.exclude(pk__in=made_for_addresses(same).values("pk")).order_by("pk").first()
    if domain != company.domain and other is not None:
        raise InvalidDefinition(
            "people.domain_taken",
            f"{domain} is the domain of {other} already, company {other.pk}. Give another one.",
            field="domain",
            domain=domain,
            name=str(other),
            company=other.pk,
        )


def _act(who: Who, target: str, act: str, changes: Values) -> AbstractContextManager[object]:
    """The act of a change of fields; handing a record over is an act of its own."""
    fields = sorted(changes.keys() - {OWNER})
    return acting(who, "people.edit", target, act=act, fields=fields) if fields else transaction.atomic()


def _only(found: Any, kind: str) -> Any:
    if found is None:
        raise NotFound(f"people.no_{kind}", f"There is no such {kind}. Perhaps it was erased.")
    return found


def _check_unchanged(record: Person | Company, changes: Values, seen: Values) -> None:
    known = known_of(record)
    moved = [name for name in changes if known.get(name) != seen.get(name) and known.get(name) != changes[name]]
    if moved:
        raise Conflict(
            "people.changed",
            f"Somebody changed {', '.join(moved)} of {record} meanwhile. Look at it as it is now, then change it.",
            fields=moved,
            name=str(record),
        )


def _belonging(key: int, changes: Values, who: Who) -> int:
    """How many persons belong to a company whose domain changes, of those who this one sees."""
    if "domain" not in changes:
        return 0
    seen = seen_by(who.user if isinstance(who.user, User) else None)
    return Person.objects.filter(seen, company=key, struck=None).count()


def _statement(changes: Values) -> dict[str, object]:
    traits = {name.removeprefix(TRAITS): value for name, value in changes.items() if name.startswith(TRAITS)}
    fields = {name: value for name, value in changes.items() if not name.startswith(TRAITS) and name != OWNER}
    return {**fields, "traits": traits} if traits else fields


def _owner(changes: Values) -> int | None:
    owner = changes[OWNER]
    return owner if isinstance(owner, int) else None
