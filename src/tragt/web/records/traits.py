"""Values of custom fields, which lie in a JSON object of a record: as the database reads them, typed.

What a source told that is not of the field's type is no value here: it is neither found nor sorted by.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Field, FloatField, Func, TextField

from tragt.web.records.models import FieldType

__all__ = ["Trait"]

_DAY = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]"
_NUMBERS = {FieldType.NUMBER, FieldType.USER}

_Written = Mapping[FieldType, tuple[str, str]]
"""Of each type the condition that a value is one, and the value."""

_SQLITE: _Written = {
    FieldType.TEXT: ("json_type({one}) = 'text'", "LOWER(json_extract({one}))"),
    FieldType.LINK: ("json_type({one}) = 'text'", "LOWER(json_extract({one}))"),
    FieldType.CHOICE: ("json_type({one}) = 'text'", "json_extract({one})"),
    FieldType.DATE: (f"json_extract({{one}}) GLOB '{_DAY}'", "json_extract({one})"),
    FieldType.BOOLEAN: ("json_type({one}) IN ('true', 'false')", "json_type({one})"),
    FieldType.NUMBER: ("json_type({one}) IN ('integer', 'real')", "json_extract({one})"),
    FieldType.USER: ("json_type({one}) = 'integer'", "json_extract({one})"),
}
_POSTGRESQL: _Written = {
    FieldType.TEXT: ("jsonb_typeof({one}) = 'string'", 'LOWER({text}) COLLATE "C"'),
    FieldType.LINK: ("jsonb_typeof({one}) = 'string'", 'LOWER({text}) COLLATE "C"'),
    FieldType.CHOICE: ("jsonb_typeof({one}) = 'string'", '{text} COLLATE "C"'),
    FieldType.DATE: (f"{{text}} ~ '^{_DAY}$'", '{text} COLLATE "C"'),
    FieldType.BOOLEAN: ("jsonb_typeof({one}) = 'boolean'", '{text} COLLATE "C"'),
    FieldType.NUMBER: ("jsonb_typeof({one}) = 'number'", "({text})::double precision"),
    FieldType.USER: ("jsonb_typeof({one}) = 'number'", "({text})::double precision"),
}


class Trait(Func):
    """The value of a custom field; NULL where there is none of its type.

    Args:
        values: Name of the field of JSON.
        code: Name of the value in it; without quotes, backslashes and per cents, for it stands in an index.
        type: What the value must be.
    """

    arity = 1

    def __init__(self, values: str | F, code: str = "", type: str = FieldType.TEXT) -> None:  # noqa: A002
        output: Field[Any, Any] = FloatField() if type in _NUMBERS else TextField()
        super().__init__(values, output_field=output, code=code, type=type)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **_context: Any) -> Any:  # noqa: ARG002 - Django calls it so
        """By SQLite's functions of JSON."""
        return self._as(compiler, _SQLITE, "{source}, '$.\"{code}\"'", "")

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **_context: Any) -> Any:  # noqa: ARG002 - Django calls it so
        """By PostgreSQL's operators of JSON."""
        return self._as(compiler, _POSTGRESQL, "{source} -> '{code}'", "({source} ->> '{code}')")

    def _as(self, compiler: Any, written: _Written, one: str, text: str) -> tuple[str, list[Any]]:
        source, given = compiler.compile(self.source_expressions[0])
        code = self.extra["code"]
        parts = {"one": one.format(source=source, code=code), "text": text.format(source=source, code=code)}
        condition, value = (part.format(**parts) for part in written[FieldType(self.extra["type"])])
        return f"CASE WHEN {condition} THEN {value} END", list(given)
