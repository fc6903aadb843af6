"""Correcting what is known of persons and companies from their pages, where two may do so at once."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.reach import check_change
from tragt.web.people.actions.folding import refold_companies
from tragt.web.people.actions.who_is_who import by_hand, edit_person
from tragt.web.people.models import Company, Mention, Person
from tragt.web.people.told import joined
from tragt.web.shell.acting import Who, acting

__all__ = ["known_of", "save_company", "save_person"]

TRAITS = "traits."
"""How custom fields are called beside the fields of a record: ``traits.<code>``."""

Values = Mapping[str, object]


def known_of(record: Person | Company) -> dict[str, object]:
    """What is known of a record, by the names under which it is changed; what is empty is None."""
    fields: dict[str, object] = {"name": record.name}
    if isinstance(record, Person):
        fields |= {"email": record.email, "phone": record.phone, "company": record.company and record.company.name}
    traits = {f"{TRAITS}{code}": value for code, value in record.traits.items()}
    return {name: value for name, value in (fields | traits).items() if value not in (None, "")}


def save_person(key: int, changes: Values, seen: Values, *, who: Who) -> bool:
    """Correct a person; only the fields that somebody changed, and none that somebody else changed meanwhile.

    Args:
        key: Key of the person.
        changes: New values by their names, as `known_of` has them; None empties a field.
        seen: What stood in these fields when they were changed; a field that is not there was empty.
        who: Who corrects.

    Returns:
        Whether that changed anything.

    Raises:
        NotFound: There is no such person.
        NotAllowed: The person belongs to somebody else.
        Conflict: A field holds something else by now; ``fields`` says which.
        InvalidDefinition: A value that the field cannot have.
    """
    with acting(who, "people.edit", f"person {key}", act="edit", fields=sorted(changes)):
        person = Person.objects.select_for_update(of=("self",)).select_related("company").filter(pk=key, struck=None)
        _check_unchanged(_only(person.first(), "person"), changes, seen)
        return edit_person(key, _statement(changes), who=who)


def save_company(key: int, changes: Values, seen: Values, *, who: Who) -> None:
    """Correct a company, as `save_person` does a person.

    Args:
        key: Key of the company.
        changes: New values by their names, as `known_of` has them; None empties a field.
        seen: What stood in these fields when they were changed; a field that is not there was empty.
        who: Who corrects.

    Raises:
        NotFound: There is no such company.
        NotAllowed: The company belongs to somebody else.
        Conflict: A field holds something else by now; ``fields`` says which.
        InvalidDefinition: It would have no name.
    """
    with acting(who, "people.edit", f"company {key}", act="edit company", fields=sorted(changes)):
        company = _only(Company.objects.select_for_update().filter(pk=key).first(), "company")
        check_change(who, company.owner_id)
        _check_unchanged(company, changes, seen)
        if not changes.get("name", company.name):
            raise InvalidDefinition("people.no_name", "A company needs a name.", field="name")
        cause = by_hand(who)
        mention, _new = Mention.objects.get_or_create(company=company, cause=cause, trusted=True)
        mention.told, mention.at = joined(mention.told, _statement(changes)), timezone.now()
        mention.save()
        refold_companies([key])


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


def _statement(changes: Values) -> dict[str, object]:
    traits = {name.removeprefix(TRAITS): value for name, value in changes.items() if name.startswith(TRAITS)}
    fields = {name: value for name, value in changes.items() if not name.startswith(TRAITS)}
    return {**fields, "traits": traits} if traits else fields
