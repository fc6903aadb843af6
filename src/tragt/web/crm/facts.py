"""Custom fields of a deal as its page shows them. The unit of observation is the field."""

from collections.abc import Sequence
from dataclasses import dataclass

from tragt.web.crm.forms.custom import input_name
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import Deal
from tragt.web.records.models import Field, FieldType
from tragt.web.records.presenting import Cell, Names, cell
from tragt.web.records.queries.fields import column_of, fields_of
from tragt.web.records.queries.names import users_named

__all__ = ["Fact", "fact_named", "facts_of"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A custom field of a deal.

    Attributes:
        field: The field.
        name: What addresses call it.
        cell: The value in words.
    """

    field: Field
    name: str
    cell: Cell

    @property
    def lacking(self) -> bool:
        """Whether it must be filled in and is not, as of a deal that came in with a file."""
        return self.field.required and not self.cell.text


def facts_of(deal: Deal) -> list[Fact]:
    """The custom fields of a deal that are in use, in their order."""
    return _facts(deal, fields_of(DEAL))


def fact_named(deal: Deal, name: str) -> Fact | None:
    """A custom field of a deal by what addresses call it; None where no field in use is called that."""
    fields = [field for field in fields_of(DEAL) if input_name(field) == name]
    return next(iter(_facts(deal, fields)), None)


def _facts(deal: Deal, fields: Sequence[Field]) -> list[Fact]:
    users = users_named() if any(field.type == FieldType.USER for field in fields) else {}
    names = Names(users, (), {}, {})
    return [Fact(field, input_name(field), cell(column_of(DEAL, field), deal, field, names)) for field in fields]
