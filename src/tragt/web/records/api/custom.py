"""Values of custom fields as programs read and write them: typed, by the codes of the fields. The unit is the field."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field as Described

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.records.kinds import Kind, Record
from tragt.web.records.models import Field, FieldType
from tragt.web.records.values import checked

__all__ = ["Shown", "Told", "fields_shown", "fields_told", "users_named"]

_TEXT = Annotated[str, Described(max_length=2_000)]
_NUMBER = Annotated[float, Described(ge=-(10**15), le=10**15)]
_WHOLE = Annotated[int, Described(ge=-(10**15), le=10**15)]

Told = Annotated[
    dict[Annotated[str, Described(max_length=60)], bool | _WHOLE | _NUMBER | _TEXT | None],
    Described(
        max_length=60,
        description="Values of custom fields by their codes, see `/fields`; null empties one. A date is text such as "
        "`2026-03-31`, a user the key of the user.",
    ),
]
"""Custom fields in a body."""

Shown = Annotated[
    dict[str, Any],
    Described(description="Values of custom fields by their codes, see `/fields`; null where there is none."),
]
"""Custom fields in an answer."""

_TYPES: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.NUMBER: (int, float),
    FieldType.USER: (int,),
    FieldType.BOOLEAN: (bool,),
}
_CALLED: Mapping[FieldType, str] = {
    FieldType.NUMBER: "a number",
    FieldType.USER: "the key of a user",
    FieldType.BOOLEAN: "true or false",
}


def fields_shown(kind: Kind, fields: Sequence[Field], record: Record) -> dict[str, object]:
    """The values of a record; what a source told that is not of a field's type stands as it came."""
    values = getattr(record, kind.values)
    held = values if isinstance(values, dict) else {}
    return {field.code: held.get(field.code) for field in fields}


def users_named(fields: Sequence[Field]) -> frozenset[int]:
    """Keys of the users whom fields may name; none where no field names users."""
    named = any(field.type == FieldType.USER for field in fields)
    return frozenset(User.objects.values_list("pk", flat=True)) if named else frozenset()


def fields_told(fields: Sequence[Field], told: Mapping[str, object], users: frozenset[int]) -> dict[str, object]:
    """What is told of custom fields, as it is kept.

    Args:
        fields: Of the kind of the record, those in use.
        told: Values by code.
        users: Whom they may name.

    Raises:
        InvalidDefinition: There is no such field, or it does not take the value.
    """
    by_code = {field.code: field for field in fields}
    for code in told:
        if code not in by_code:
            known = ", ".join(by_code) or "none"
            raise InvalidDefinition(
                "records.no_field", f"There is no field '{code}'; known are: {known}.", field=f"fields.{code}"
            )
    return {code: _kept(by_code[code], value, users) for code, value in told.items()}


def _kept(field: Field, value: object, users: frozenset[int]) -> object:
    place, type_ = f"fields.{field.code}", FieldType(field.type)
    kinds = _TYPES.get(type_, (str,))
    if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
        said = f"{field.code} takes {_CALLED.get(type_, 'a text')} or null."
        raise InvalidDefinition("records.value", said, field=place)
    kept = checked(field, value)
    if type_ == FieldType.USER and kept is not None and kept not in users:
        raise InvalidDefinition("records.value", f"There is no user {kept}.", field=place)
    return kept
