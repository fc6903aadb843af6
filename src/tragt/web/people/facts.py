"""What the page of a person or a company says is known of it, line by line. The unit of observation is the fact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tragt.web.accounts.models import User
from tragt.web.people.models import Company, Person
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Field, FieldType
from tragt.web.records.presenting import Names, cell
from tragt.web.records.queries.fields import column_of
from tragt.web.records.queries.names import beside, leave_out_unseen, users_named

__all__ = ["Fact", "facts_of", "hide_company"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known of a record, or could be.

    Attributes:
        name: How the field is called in the address where it is changed.
        title: What people call it.
        text: What is known, in words; empty where nothing is.
        url: Where that leads; empty where it leads nowhere.
        unfit: Whether a source told something that the field does not take.
        address: Where it is changed; empty where the reader may not.
    """

    name: str
    title: str
    text: str
    url: str = ""
    unfit: bool = False
    address: str = ""


def hide_company(kind: Kind, record: Person | Company, user: User) -> bool:
    """Let a person who is shown name no company that the reader does not see; whether there was one.

    Args:
        kind: Persons or companies.
        record: The record; it is there to be shown, and not to be saved.
        user: Who looks.
    """
    before = getattr(record, "company_id", None)
    leave_out_unseen(beside(kind, [record]), user)
    return before is not None and getattr(record, "company_id", None) is None


def facts_of(
    kind: Kind,
    record: Person | Company,
    fields: Sequence[Field],
    *,
    may: bool,
    only: str = "",
    hidden: bool = False,
) -> list[Fact]:
    """What is known of a record, in the order of its page.

    Args:
        kind: Persons or companies.
        record: The record, with its owner, and of a person its company, where the reader sees that one.
        fields: The custom fields of the kind.
        may: Whether the reader may change it; then what is not known stands there too, to be filled in.
        only: The one that is meant; empty means all.
        hidden: Whether the person has a company that the reader does not see, as `hide_company` says.
    """
    own = {field.code for field in fields}
    every = [*_own(record, own, hidden=hidden), *_custom(kind, record, fields), _owner(record)]
    address = reverse(f"edit_{kind.code}", args=[record.pk]) if may else ""
    return [
        Fact(one.name, one.title, one.text, one.url, one.unfit, f"{address}{one.name}/" if may else "")
        for one in every
        if (may or one.text) and only in ("", one.name)
    ]


def _own(record: Person | Company, custom: set[str], *, hidden: bool) -> Iterator[Fact]:
    """The fields that all records of a kind have."""
    yield Fact("name", _("Name"), record.name)
    if isinstance(record, Person):
        company = record.company
        yield Fact("email", _("E-mail"), record.email, f"mailto:{record.email}")
        yield Fact("phone", _("Telephone"), record.phone, f"tel:{record.phone}")
        yield Fact(
            "company",
            _("Company"),
            company.name if company else _("A company that you may not see") if hidden else "",
            reverse("company", args=[company.pk]) if company else "",
        )
        return
    yield Fact("domain", _("Domain"), record.domain, f"https://{record.domain}")
    if "market" not in custom:
        yield Fact("market", _("Market"), str(record.get_market_display()))


def _custom(kind: Kind, record: Person | Company, fields: Sequence[Field]) -> Iterator[Fact]:
    users = users_named() if any(field.type == FieldType.USER for field in fields) else {}
    names = Names(users=users, tags=(), others={}, choices={})
    for field in fields:
        column = column_of(kind, field)
        found = cell(column, record, field, names, field.title)
        yield Fact(column.code, field.title, found.text, found.url, found.unfit)


def _owner(record: Person | Company) -> Fact:
    return Fact("owner", _("Owner"), str(record.owner) if record.owner else _("Nobody"))
