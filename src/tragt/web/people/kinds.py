"""Persons and companies as kinds of records: what their lists show, and what is searched."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import Company, Market, Person
from tragt.web.people.normal import email, phone
from tragt.web.records.kinds import Column, ColumnType, Kind

__all__ = ["COMPANY", "PERSON"]


def _address(typed: str) -> str:
    return (email(typed) if "@" in typed else "") or typed.strip().lower()


def _number(typed: str) -> str:
    return phone(typed) or "".join(letter for letter in typed if letter.isdigit() or letter == "+")


def _company_of(person: Person) -> str:
    return reverse("company", args=[person.company_id]) if person.company_id else ""


_OWNER = Column("owner", _("Owner"), ColumnType.USER)
_TAGS = Column("tags", _("Tags"), ColumnType.TAGS)
_CREATED = Column("created", _("Created"), ColumnType.MOMENT, sorts=True, always=True)

_ROOM = ("person", "company")

PERSON = Kind(
    code="person",
    title=_("Persons"),
    one=_("Person"),
    icon="user",
    model=Person,
    columns=(
        Column("name", _("Name"), sorts=True, folded=True, searched=True, value=str),
        Column("email", _("E-mail"), sorts=True, searched=True, spelled=_address),
        Column("phone", _("Telephone"), sorts=True, searched=True, spelled=_number),
        Column("company", _("Company"), ColumnType.RECORD, kind="company", url=_company_of),
        _OWNER,
        _TAGS,
        _CREATED,
        Column("updated", _("Last changed"), ColumnType.MOMENT, sorts=True, always=True, shown=False),
    ),
    list_url="persons",
    url=lambda key: reverse("person", args=[key]),
    hint=lambda person: " · ".join(filter(None, (person.email, person.company.name if person.company else ""))),
    gone="struck",
    related=("company",),
    empty=(
        _("No persons yet"),
        _("Everybody with a name, an address or another trait stands here: from files, forms and what you track."),
    ),
    begin=("imports:list", _("Import a file")),
    make=("new_person", _("New person")),
    beside=_ROOM,
)

COMPANY = Kind(
    code="company",
    title=_("Companies"),
    one=_("Company"),
    icon="building-2",
    model=Company,
    columns=(
        Column("name", _("Name"), sorts=True, folded=True, searched=True),
        Column("domain", _("Domain"), sorts=True, searched=True, spelled=lambda typed: typed.strip().lower()),
        Column("market", _("Market"), ColumnType.CHOICE, choices=lambda: Market.choices),
        _OWNER,
        _TAGS,
        _CREATED,
    ),
    list_url="companies",
    url=lambda key: reverse("company", args=[key]),
    hint=lambda company: company.domain if company.domain != company.name else "",
    empty=(_("No companies yet"), _("A company stands here once a person belongs to it, or somebody names it.")),
    begin=("imports:list", _("Import a file")),
    make=("new_company", _("New company")),
    beside=_ROOM,
)
