"""Correcting what is known of persons and companies from their pages, where two may do so at once."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.reach import check_change
from tragt.web.people.actions.adding import check_company
from tragt.web.people.actions.folding import refold_companies
from tragt.web.people.actions.owners import assign
from tragt.web.people.actions.who_is_who import by_hand, edit_person
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Mention, Person
from tragt.web.people.told import joined
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.holding import hold

__all__ = ["OWNER", "TRAITS", "known_of", "save_company", "save_person"]

TRAITS = "traits."
"""How custom fields are called beside the fields of a record: ``traits.<code>``."""

OWNER = "owner"
"""How the key of the user is called whose a record is."""

Values = Mapping[str, object]


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
        person = Person.objects.select_related("company").filter(pk=key, struck=None)
        _check_unchanged(_only(person.first(), "person"), changes, seen)
        check_company(told, who)
        changed = edit_person(key, told, who=who) if told else False
        if OWNER in changes:
            changed |= assign(PERSON, [key], _owner(changes), who=who) > 0
        return changed


def save_company(key: int, changes: Values, seen: Values, *, who: Who) -> None:
    """Correct a company, as `save_person` does a person.

    Args:
        key: Key of the company.
        changes: New values by their names, as `known_of` has them; None empties a field, of the owner it means nobody.
        seen: What stood in these fields when they were changed; a field that is not there was empty.
        who: Who corrects.

    Raises:
        NotFound: There is no such company, or the owner is nobody who can sign in.
        NotAllowed: The company belongs to somebody else.
        Conflict: A field holds something else by now; ``fields`` says which.
        InvalidDefinition: It would have no name, or lose the domain by which it is known.
    """
    with _act(who, f"company {key}", "edit company", changes):
        company = _only(Company.objects.select_for_update().filter(pk=key).first(), "company")
        check_change(who, company.owner_id)
        _check_unchanged(company, changes, seen)
        if not changes.get("name", company.name):
            raise InvalidDefinition("people.no_name", "A company needs a name.", field="name")
        _check_domain(company, changes)
        if told := _statement(changes):
            cause = by_hand(who)
            mention, _new = Mention.objects.get_or_create(company=company, cause=cause, trusted=True)
            mention.told, mention.at = joined(mention.told, told), timezone.now()
            mention.save()
            refold_companies([key])
        if OWNER in changes:
            assign(COMPANY, [key], _owner(changes), who=who)


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


def _check_domain(company: Company, changes: Values) -> None:
    """Refuse a domain that is another company's, and to empty the one by which events and addresses know a company."""
    if "domain" not in changes or (changes["domain"] or "") == company.domain:
        return
    domain = changes["domain"]
    if not domain and company.domain == company.key:
        raise InvalidDefinition(
            "people.known_by_domain",
            f"This company is known by its domain, {company.domain}. Give another one instead of none.",
            field="domain",
            domain=company.domain,
        )
    if domain and Company.objects.filter(domain=domain).exclude(pk=company.pk).exists():
        raise InvalidDefinition(
            "people.domain_taken",
            f"{domain} is the domain of another company already. Give another one.",
            field="domain",
            domain=domain,
        )


def _statement(changes: Values) -> dict[str, object]:
    traits = {name.removeprefix(TRAITS): value for name, value in changes.items() if name.startswith(TRAITS)}
    fields = {name: value for name, value in changes.items() if not name.startswith(TRAITS) and name != OWNER}
    return {**fields, "traits": traits} if traits else fields


def _owner(changes: Values) -> int | None:
    owner = changes[OWNER]
    return owner if isinstance(owner, int) else None
