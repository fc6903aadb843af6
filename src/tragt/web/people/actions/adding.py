"""Adding a person or a company by hand."""

from collections.abc import Mapping
from uuid import uuid4

from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import owned_by, visible_owners
from tragt.web.log.actions import touch
from tragt.web.people.actions.folding import companies_by_name, mention, refold
from tragt.web.people.actions.who_is_who import by_hand, spelled
from tragt.web.people.models import Company, Identifier, Person, Statement
from tragt.web.shell.acting import Who, acting

__all__ = ["add_company", "add_person"]


def add_person(told: Mapping[str, object], who: Who) -> Person:
    """Make a person known whom no source told of. The log knows them by an identifier that is made here.

    Args:
        told: Any of ``name``, ``email``, ``phone``, ``company`` (a name) and ``traits``; at least one of the first
            three.
        who: Who adds the person, and becomes the owner.

    Returns:
        The person, as the statement adds up.

    Raises:
        InvalidDefinition: Nothing tells the person apart, a value cannot be, or the e-mail address is another person's
            already (``person`` is the key, where this one may see that person).
    """
    with acting(who, "people.edit", act="add", fields=sorted(told)) as act:
        bare = {name: value.strip() if isinstance(value, str) else value for name, value in told.items()}
        statement = {name: value for name in bare if (value := spelled(name, bare[name])) not in (None, {})}
        if not statement.keys() & {"name", "email", "phone"}:
            raise InvalidDefinition(
                "people.nobody", "A person needs a name, an e-mail address or a telephone number.", field="name"
            )
        _check_new(str(statement.get("email", "")), who)
        person = Person.objects.create(owner=who.user if isinstance(who.user, User) else None)
        Identifier.objects.create(actor=f"u:{uuid4().hex}", person=person)
        Statement.objects.create(person=person, cause=by_hand(who), told=statement)
        if isinstance(company := statement.get("company"), str):
            mention([company], by_hand(who))
        refold([person.pk])
        person.refresh_from_db()
        act.target = f"person {person.pk}"
        touch()
    return person


def add_company(name: str, who: Who) -> Company:
    """The company of a name; one that is not known is made.

    Args:
        name: As people write it; capitals and spaces tell no two companies apart.
        who: Who names it.

    Raises:
        InvalidDefinition: The name is blank, or is that of a company that is not theirs to see.
    """
    with acting(who, "people.edit", act="add company") as act:
        begun = timezone.now()
        key = companies_by_name([name]).get(name)
        if key is None:
            raise InvalidDefinition("people.no_name", "A company needs a name.", field="company")
        mention([name], by_hand(who))
        act.target = f"company {key}"
        company = Company.objects.get(pk=key)
        if isinstance(who.user, User) and not owned_by(visible_owners(who.user), company.owner_id):
            raise InvalidDefinition(
                "people.company_hidden",
                f"{name} is known already and not yours to see. Ask its owner or a manager.",
                field="company",
                name=name,
            )
        act.details["new"] = company.created >= begun
    return company


def _check_new(email: str, who: Who) -> None:
    """Refuse an address that is somebody's; who it is, is told only to those who may see that person."""
    other = Person.objects.filter(email=email, struck=None).first() if email else None
    if other is None:
        return
    if isinstance(who.user, User) and not owned_by(visible_owners(who.user), other.owner_id):
        raise InvalidDefinition(
            "people.email_hidden",
            f"{email} belongs to somebody already who is not yours to see. Ask a manager to add the person.",
            email=email,
        )
    raise InvalidDefinition(
        "people.email_stands",
        f"{email} belongs to {other} already. Choose that person instead, or give another address.",
        email=email,
        name=str(other),
        person=other.pk,
    )
