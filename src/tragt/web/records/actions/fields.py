"""Custom fields: making, changing and retiring them, and the indexes by which lists are filtered."""

import re
from collections.abc import Mapping, Sequence

from django.db import connection, models, transaction
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.records.expressions import sql
from tragt.web.records.kinds import Kind, kind_of, kinds
from tragt.web.records.models import Field, FieldType
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.traits import Trait
from tragt.web.shell.acting import Who, acting

__all__ = ["CODE", "EDIT", "MOST_FIELDS", "change_field", "index_fields", "make_field", "retire_field"]

EDIT = "records.edit"
MOST_FIELDS = 60
CODE = re.compile(r"[^\s\"'\\%{}\x00-\x1f][^\"'\\%{}\x00-\x1f]{0,59}")
"""Codes stand in indexes as they are, so they have no signs that could end a text there."""


def make_field(kind: Kind, told: Mapping[str, object], *, who: Who) -> Field:
    """Make a custom field; what sources told under its code so far becomes its values.

    Args:
        kind: Of which records.
        told: ``code``, ``title``, ``type``, and any of ``choices``, ``required``, ``help``.
        who: Who makes it.

    Raises:
        InvalidDefinition: A field of this code is there, the code cannot be, a choice has no choices, or there are as
            many fields as there may be.
    """
    with acting(who, EDIT, act="field created") as act:
        field = Field(kind=kind.code, **told)
        _check(field)
        there = Field.objects.filter(kind=kind.code)
        if there.filter(code=field.code).exists():
            raise InvalidDefinition(
                "records.code", f"There is a field with the code '{field.code}' already.", field="code"
            )
        if there.filter(retired=None).count() >= MOST_FIELDS:
            raise InvalidDefinition("records.fields", f"There may be {MOST_FIELDS} fields. Retire one first.")
        field.order = (there.aggregate(last=models.Max("order"))["last"] or 0) + 1
        field.save()
        act.target = f"field {field.pk}"
    return field


def change_field(key: int, told: Mapping[str, object], *, who: Who) -> Field:
    """Change how a field is called and what it takes. Its code and type stay, for values and indexes rest on them.

    Args:
        key: Key of the field.
        told: Any of ``title``, ``choices``, ``required``, ``help``, ``order``.
        who: Who changes it.

    Raises:
        NotFound: There is no such field.
        InvalidDefinition: It cannot be so.
    """
    with acting(who, EDIT, f"field {key}", act="field changed", fields=sorted(told)):
        field = _field(key)
        for name in ("title", "choices", "required", "help", "order"):
            setattr(field, name, told.get(name, getattr(field, name)))
        _check(field)
        field.save()
    return field


def retire_field(key: int, *, who: Who, back: bool = False) -> None:
    """Show a field no more, or again. Its values stay.

    Args:
        key: Key of the field.
        who: Who does so.
        back: Whether it is shown again.

    Raises:
        NotFound: There is no such field.
    """
    with acting(who, EDIT, f"field {key}", act="field brought back" if back else "field retired"):
        _field(key)
        Field.objects.filter(pk=key).update(retired=None if back else timezone.now())


def index_fields() -> int:
    """Make the indexes of custom fields, and drop those that no field needs; how many changed.

    On PostgreSQL nobody waits for it; then it must stand outside a transaction.
    """
    wanted = {_index(field): (kind, field) for kind in kinds() for field in fields_of(kind)}
    there = {name for kind in kinds() for name in _indexes(kind)}
    concurrently = " CONCURRENTLY" if connection.vendor == "postgresql" and not connection.in_atomic_block else ""
    with connection.cursor() as cursor:
        for name in sorted(there - set(wanted)):
            cursor.execute(f"DROP INDEX{concurrently} IF EXISTS {name}")
        for name in sorted(set(wanted) - there):
            kind, field = wanted[name]
            value = sql(Trait(kind.values, field.code, field.type), kind.model, connection)
            table = connection.ops.quote_name(kind.table)
            cursor.execute(f"CREATE INDEX{concurrently} {name} ON {table} (({value}), id)")
    keys = [field.pk for _kind, field in wanted.values()]
    with transaction.atomic():
        Field.objects.filter(pk__in=keys).update(indexed=True)
        Field.objects.exclude(pk__in=keys).update(indexed=False)
    return len(there ^ set(wanted))


def _index(field: Field) -> str:
    return f"tragt_field_{kind_of(field.kind).code}_{field.pk}"


def _indexes(kind: Kind) -> Sequence[str]:
    """Names of the indexes of fields that are there and whole: one whose making was broken off is dropped."""
    prefix = f"tragt_field_{kind.code}_"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON indexrelid = oid "
                "WHERE starts_with(relname, %s)",
                [prefix],
            )
            found = cursor.fetchall()
            for name, whole in found:
                if not whole:
                    cursor.execute(f"DROP INDEX IF EXISTS {name}")
            return [name for name, whole in found if whole]
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, %s) = %s", [len(prefix), prefix]
        )
        return [name for (name,) in cursor.fetchall()]


def _field(key: int) -> Field:
    field = Field.objects.select_for_update().filter(pk=key).first()
    if field is None:
        raise NotFound("records.no_field", "There is no such field. Perhaps somebody removed it.")
    return field


def _check(field: Field) -> None:
    if not CODE.fullmatch(field.code):
        raise InvalidDefinition(
            "records.code",
            "A code is one to sixty letters without quotes, backslashes, braces and per cents.",
            field="code",
        )
    if field.type == FieldType.CHOICE and not field.choices:
        raise InvalidDefinition(
            "records.choices", "A field of choices needs at least one. Write one a line.", field="choices"
        )
