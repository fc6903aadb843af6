"""Custom fields of a kind of record, and the columns they make. The unit of observation is the field."""

from collections.abc import Callable, Sequence

from tragt.web.records.kinds import Column, ColumnType, Kind, Record
from tragt.web.records.models import Field, FieldType, Layout
from tragt.web.records.traits import Trait

__all__ = ["chosen_columns", "column_of", "columns_of", "fields_of", "value_of"]

_TYPES = {
    FieldType.TEXT: ColumnType.TEXT,
    FieldType.NUMBER: ColumnType.NUMBER,
    FieldType.DATE: ColumnType.DATE,
    FieldType.CHOICE: ColumnType.CHOICE,
    FieldType.BOOLEAN: ColumnType.BOOLEAN,
    FieldType.USER: ColumnType.USER,
    FieldType.LINK: ColumnType.LINK,
}


def fields_of(kind: Kind) -> list[Field]:
    """The custom fields of a kind that are in use, in their order."""
    return list(Field.objects.filter(kind=kind.code, retired=None)) if kind.values else []


def columns_of(kind: Kind, fields: Sequence[Field]) -> list[Column]:
    """All columns of a kind: its own, those that other apps add, and one for each custom field."""
    return [*kind.listed, *(column_of(kind, field) for field in fields)]


def column_of(kind: Kind, field: Field) -> Column:
    """The column of a custom field; lists are sorted by it once its index is there."""
    return Column(
        code=f"f{field.pk}",
        title=field.title,
        type=_TYPES[FieldType(field.type)],
        sorts=field.indexed and field.type != FieldType.USER,
        shown=False,
        choices=lambda: [(one, one) for one in field.choices],
        expression=Trait(kind.values, field.code, field.type),
        value=value_of(kind, field),
    )


def value_of(kind: Kind, field: Field) -> Callable[[Record], object]:
    """Gives the value of a field in a record, as it lies there; None where there is none."""

    def value(record: Record) -> object:
        values = getattr(record, kind.values)
        return values.get(field.code) if isinstance(values, dict) else None

    return value


def chosen_columns(kind: Kind, user: int) -> list[str]:
    """Codes of the columns that a user chose to see; none where they chose none."""
    found = Layout.objects.filter(user=user, kind=kind.code).values_list("columns", flat=True).first()
    return [str(code) for code in found] if isinstance(found, list) else []
