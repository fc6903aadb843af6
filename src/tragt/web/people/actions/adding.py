"""Adding a person or a company by hand."""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tragt.errors import Conflict, InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import owned_by, visible_owners
from tragt.web.log.actions import touch
from tragt.web.people.actions.domains import take_turns_at
from tragt.web.people.actions.folding import companies_by_name, mention, refold, refold_companies
from tragt.web.people.actions.owners import assign
from tragt.web.people.actions.who_is_who import by_hand, spelled
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Identifier, Mention, Person, Statement
from tragt.web.people.normal import company_key, domain_spellings
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Field
from tragt.web.records.queries.fields import fields_of
from tragt.web.shell.acting import Who, acting

__all__ = [
    "Owner",
    "add_company",
    "add_person",
    "check_company",
    "check_filled",
    "check_new",
    "company_hidden",
    "make_company",
    "make_person",
]

Owner = int | None | Literal["maker"]
"""Whose a new record is: a user by their key, nobody's, or that of the one who makes it."""


def make_person(told: Mapping[str, object], who: Who, *, owner: Owner = "maker") -> Person:
    """Make a person known with all that the firm asks of one.

    Args:
        told: As `add_person` takes it.
        who: Who adds the person.
        owner: Whose the person is.

    Returns:
        The person, as the statement adds up.

    Raises:
        InvalidDefinition: As `add_person` says; or a custom field that must be filled in is empty.
        NotFound: The owner is nobody who can sign in.
    """
    with transaction.atomic():
        person = add_person(told, who, fields=[one for one in fields_of(PERSON) if one.required])
        if owner not in ("maker", person.owner_id):
            assign(PERSON, [person.pk], _key(owner), who=who)
            person.refresh_from_db()
    return person


def make_company(told: Mapping[str, object], who: Who, *, owner: Owner = None) -> Company:
    """Make a company known that is not known yet. By its domain it is that of everyone with an address there.

    Args:
        told: Any of ``name``, ``domain`` and ``traits``; at least one of the first two.
        who: Who adds the company.
        owner: Whose the company is.

    Returns:
        The company, as what is told of it adds up.

    Raises:
        InvalidDefinition: It has neither name nor domain, or a custom field that must be filled in is empty.
        Conflict: There is a company of this name or domain already (``company`` is its key, where this one sees it).
        NotFound: The owner is nobody who can sign in.
    """
    with acting(who, "people.edit", act="add company", fields=sorted(told)) as act:
        statement = {name: value for name, value in told.items() if value not in (None, "", {})}
        name, domain = (str(statement.get(one, "")) for one in ("name", "domain"))
        known_by = domain or name
        if not company_key(known_by):
            raise InvalidDefinition("people.nameless", "A company needs a name or a domain.", field="name")
        check_filled([one for one in fields_of(COMPANY) if one.required], statement.get("traits"))
        take_turns_at([domain])
        check_new(COMPANY, statement, who)
        key, made = company_key(known_by), {"name": name or known_by, "domain": domain}
        company, new = Company.objects.get_or_create(key=key, defaults=made)
        if not new:
            raise _stands(company, known_by, who)
        Mention.objects.create(company=company, cause=by_hand(who), told=statement)
        refold_companies([company.pk], waits=False)
        act.target, act.details["new"] = f"company {company.pk}", True
        owner = (who.user.pk if who.user else None) if owner == "maker" else owner
        if owner is not None:
            assign(COMPANY, [company.pk], _key(owner), who=who)
        touch()
        company.refresh_from_db()
    return company


def add_person(told: Mapping[str, object], who: Who, *, fields: Sequence[Field] = ()) -> Person:
    """Make a person known whom no source told of. The log knows them by an identifier that is made here.

    Args:
        told: Any of ``name``, ``email``, ``phone``, ``company`` (a name) and ``traits``; at least one of the first
            three.
        who: Who adds the person, and becomes the owner.
        fields: Custom fields that must be filled in. Who names somebody in passing, on a deal, is asked for none.

    Returns:
        The person, as the statement adds up.

    Raises:
        InvalidDefinition: Nothing tells the person apart, a value cannot be, a custom field is empty that must not be,
            the e-mail address is another person's already (``person`` is the key, where this one may see that person),
            or the company is not theirs to see.
    """
    with acting(who, "people.edit", act="add", fields=sorted(told)) as act:
        bare = {name: value.strip() if isinstance(value, str) else value for name, value in told.items()}
        statement = {name: value for name in bare if (value := spelled(name, bare[name])) not in (None, {})}
        if not statement.keys() & {"name", "email", "phone"}:
            raise InvalidDefinition(
                "people.nobody", "A person needs a name, an e-mail address or a telephone number.", field="name"
            )
        check_filled(fields, statement.get("traits"))
        check_new(PERSON, statement, who)
        check_company(statement, who)
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
        if not _sees(who, company.owner_id):
            raise company_hidden(name)
        act.details["new"] = company.created >= begun
    return company


def check_filled(fields: Sequence[Field], traits: object) -> None:
    """Make sure that a new record has what must be filled in.

    Args:
        fields: Custom fields of its kind; only those that must be filled in are asked for.
        traits: What is told of it beside its own fields, by the codes of fields.

    Raises:
        InvalidDefinition: One of them is empty.
    """
    told = traits if isinstance(traits, Mapping) else {}
    for field in fields:
        if field.required and told.get(field.code) in (None, ""):
            sentence = _("%(field)s must be filled in.") % {"field": field.title}
            raise InvalidDefinition("records.value", sentence, field=f"fields.{field.code}")


def check_company(told: Mapping[str, object], who: Who) -> None:
    """Make sure that a person is put to no company that is not seen.

    Args:
        told: What is told of the person.
        who: Who tells.

    Raises:
        InvalidDefinition: The company that is named is known, and not theirs to see.
    """
    name = told.get("company")
    company = Company.objects.filter(key=company_key(name)).first() if isinstance(name, str) and name else None
    if company is not None and not _sees(who, company.owner_id):
        raise company_hidden(str(name))


def company_hidden(name: str) -> InvalidDefinition:
    """What to say where a company that is named is known, and not for this one to see."""
    said = f"{name} is known already and not yours to see. Ask its owner or a manager."
    return InvalidDefinition("people.company_hidden", said, field="company", name=name)


def check_new(kind: Kind, told: Mapping[str, object], who: Who) -> None:
    """Make sure that nobody stands in the way of a new record. Who it is, is told only to those who may see them.

    Args:
        kind: Persons or companies.
        told: What is told of the record, in the one spelling.
        who: Who would make it.

    Raises:
        InvalidDefinition: The e-mail address is somebody's (``person`` is the key, where this one sees that person).
        Conflict: There is a company of this name or domain (``company`` is its key, alike).
    """
    if kind is COMPANY:
        _check_new_company(str(told.get("domain") or told.get("name") or ""), who)
    else:
        _check_new_address(str(told.get("email") or ""), who)


def _check_new_address(email: str, who: Who) -> None:
    others = list(Person.objects.filter(email=email, struck=None).order_by("pk")) if email else []
    if not others:
        return
    other = next((one for one in others if _sees(who, one.owner_id)), None)
    if other is None:
        raise InvalidDefinition(
            "people.email_hidden",
            f"{email} belongs to somebody already who is not yours to see. Ask a manager to add the person.",
            field="email",
            email=email,
        )
    raise InvalidDefinition(
        "people.email_stands",
        f"{email} belongs to {other} already. Choose that person instead, or give another address.",
        field="email",
        email=email,
        name=str(other),
        person=other.pk,
    )


def _check_new_company(known_by: str, who: Who) -> None:
    spelled = domain_spellings(known_by.lower()) if "." in known_by else []
    by_name = Q(key__in=[company_key(one) for one in (known_by, *spelled)])
    others = list(Company.objects.filter(by_name | Q(domain__in=spelled)).order_by("pk"))
    if others:
        raise _stands(next((one for one in others if _sees(who, one.owner_id)), others[0]), known_by, who)


def _stands(other: Company, known_by: str, who: Who) -> Conflict:
    """Why a company is not made again; which it is, is told only to those who may see it."""
    if not _sees(who, other.owner_id):
        said = f"There is a company '{known_by}' already. It is not yours to see: ask a manager."
        return Conflict("people.company_hidden", said, field="name", name=known_by)
    said = f"There is a company '{known_by}' already. It is company {other.pk}: change that one."
    return Conflict("people.company_stands", said, field="name", name=known_by, company=other.pk)


def _sees(who: Who, owner: int | None) -> bool:
    return not isinstance(who.user, User) or owned_by(visible_owners(who.user), owner)


def _key(owner: Owner) -> int | None:
    return owner if isinstance(owner, int) else None
