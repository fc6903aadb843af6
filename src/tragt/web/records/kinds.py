"""Kinds of records: what the lists, the search, the custom fields and the tags of one are made from.

An app that has records registers their kind when it is ready. The unit of observation is the kind. What a user may see
of a kind is said here once, by `Kind.visible`: whoever reads records for somebody begins with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.functional import Promise

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.records.expressions import Aside, Folded

__all__ = ["Asked", "Column", "ColumnType", "Kind", "add_columns", "add_kind", "kind_of", "kinds"]

Text = str | Promise
Record = Any
Rows = QuerySet[Any, Any]


class ColumnType(StrEnum):
    """What the values of a column are: how they are shown, filtered and sorted."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    USER = "user"
    TAGS = "tags"
    LINK = "link"
    RECORD = "record"


def _as_given(text: str) -> str:
    return text.strip()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a filter asks of a column that is no field of its records.

    Attributes:
        operator: How it compares.
        value: With what, typed; of ``empty``, whether it is to be empty.
        user: Who asks; None sees everything.
        aside: Whether no index may be asked for it, since the rows are found otherwise.
        path: What stands before the fields of the column's own table, where that is one beside the records'.
        values: All that it is compared with.
    """

    operator: str
    value: object
    user: User | None
    aside: bool
    path: str = ""
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """Something that a list may show of each record.

    Attributes:
        code: Its name in addresses; the field of the model, unless `source` says another.
        title: What people call it.
        type: What its values are.
        source: Path of its field from the model, such as ``standing__since``; empty means the code. Of two names the
            first links to a table beside the records', which has a row for a record at most.
        sorts: Whether a list of any length is sorted by it: then an index must begin with its expression.
        filters: Whether a list is filtered by it.
        shown: Whether a list shows it until somebody chooses columns.
        folded: Whether capitals do not matter: its index is over ``Folded(source)``. Otherwise it is over the field,
            and what is stored is spelled in one way.
        searched: Whether the search looks into it; then a filter may ask what it contains.
        always: Whether every record has a value.
        choices: Values and what they are called, of a choice.
        offers: Gives the same as far as a user may know of them, where that differs: then the values are keys, and the
            condition leaves nothing for one that the user may not know of.
        unfold: Gives the filters that say the same as values of this column, for a user; None where none do.
        currency: Path of the currency of an amount of money in minor units; empty means the organisation's.
        spelled: How what somebody typed is spelled in the table.
        kind: Code of the kind of the other record.
        url: Where the value of a record leads; empty where it leads nowhere. None means that it is plain text.
        expression: What is compared and sorted by, where that is no field: a custom field's value.
        value: Gives what is shown, where that is no field.
        condition: Gives the condition of a filter, where it compares no field.
        attached: Gives what is shown of some records at once, by their keys, to whom looks; where that is read apart.
        aged: Whether a moment is shown with the days since then.
        warns: Whether a yes asks to be looked at.
        bare: Whether lists are filtered by it and never show it.
    """

    code: str
    title: Text
    type: ColumnType = ColumnType.TEXT
    source: str = ""
    sorts: bool = False
    filters: bool = True
    shown: bool = True
    folded: bool = False
    searched: bool = False
    always: bool = False
    choices: Callable[[], Sequence[tuple[str, Text]]] = tuple
    offers: Callable[[User | None], Sequence[tuple[str, Text]]] | None = None
    unfold: Callable[[Sequence[object], User | None], Sequence[Any] | None] | None = None
    currency: str = ""
    spelled: Callable[[str], str] = _as_given
    kind: str = ""
    url: Callable[[Record], str] | None = None
    expression: Combinable | None = None
    value: Callable[[Record], object] | None = None
    condition: Callable[[Asked], Q] | None = None
    attached: Callable[[Sequence[Record], User | None], Mapping[int, object]] | None = None
    aged: bool = False
    warns: bool = False
    bare: bool = False

    @property
    def field(self) -> str:
        """Path of its field."""
        return self.source or self.code

    @property
    def link(self) -> str:
        """The link to the table beside the records' in which its values stand; empty where they stand with them."""
        return self.field.rpartition("__")[0]

    @property
    def slot(self) -> str:
        """The attribute of a record in which its value lies, where it is read apart, as its tags may be."""
        return f"attached_{self.code}"

    def compared(self) -> Any:
        """What is compared and sorted by."""
        if self.expression is not None:
            return self.expression
        return Folded(self.field) if self.folded else F(self.field)

    def of(self, record: Record) -> object:
        """The value of a record, as Python has it, of a user their key, of tags all; None where there is none."""
        if self.value is not None:
            return self.value(record)
        if self.type == ColumnType.TAGS:
            read = getattr(record, self.slot, None)
            return tuple(getattr(record, self.field).all() if read is None else read)
        if self.attached is not None:
            return getattr(record, self.slot, None)
        if self.type == ColumnType.USER:
            return getattr(record, f"{self.field}_id")
        for name in self.field.split("__"):
            record = getattr(record, name, None)
        return record


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record.

    Attributes:
        code: ``person``, ``company``, ``deal``.
        title: What many are called.
        one: What one is called.
        icon: Name of a Lucide icon.
        model: Its table. It has the fields that `owner`, `tags` and `values` name.
        columns: What a list may show, besides custom fields and what other apps add; the first leads to the record.
        list_url: Name of the address of the list; that of its files is ``<list_url>_file``, with an ending.
        url: Address of a record, by its key.
        sort: Code of the column that a list is sorted by, with ``-`` before it from the end.
        label: What a record is called; never empty.
        hint: What tells it from others of its name; empty where nothing does.
        gone: Field that says when a record went, of one that is being erased; empty where that is not kept.
        owner: Field of the user who owns a record; empty where records have no owner.
        tags: Field of the tags of a record; empty where records have none.
        values: Field of the JSON object in which the values of custom fields lie; empty where there are none.
        version: Field that counts the changes of a record; empty where none is kept.
        touched: Field that says when somebody last did something about a record; empty where none is kept.
        related: What a list reads together with the records.
        see: Permission to see the records.
        edit: Permission to change them.
        export: Permission to take lists of them away.
        empty: What stands in a list before there are records: a title, a text.
        begin: Name of the address where the first ones come from, and what its button says; empty where there is none.
        make: Name of the address where one is made, and what its button says; empty where there is none.
        beside: Codes of the kinds whose lists stand in one room, as tabs; empty where it stands alone.
    """

    code: str
    title: Text
    one: Text
    icon: str
    model: type[Model]
    columns: tuple[Column, ...]
    list_url: str
    url: Callable[[int], str]
    sort: str = "-created"
    label: Callable[[Record], str] = str
    hint: Callable[[Record], str] = field(default=lambda _record: "")
    gone: str = ""
    owner: str = "owner"
    tags: str = "tags"
    values: str = "traits"
    version: str = ""
    touched: str = ""
    related: tuple[str, ...] = ()
    see: str = "people.see"
    edit: str = "people.edit"
    export: str = "people.export"
    empty: tuple[Text, Text] = ("", "")
    begin: tuple[str, Text] = ("", "")
    make: tuple[str, Text] = ("", "")
    beside: tuple[str, ...] = ()

    @property
    def listed(self) -> tuple[Column, ...]:
        """The columns of its list: its own, and those that other apps add; custom fields are not among them."""
        return (*self.columns, *(column for one in _added.get(self.code, {}).values() for column in one[0]))

    @property
    def joined(self) -> tuple[str, ...]:
        """What a list reads together with the records, for the columns that other apps add too."""
        return (*self.related, *(name for one in _added.get(self.code, {}).values() for name in one[1]))

    @property
    def searched(self) -> tuple[Column, ...]:
        """The columns that the search looks into."""
        return tuple(column for column in self.columns if column.searched)

    @property
    def table(self) -> str:
        """The name of its table."""
        return self.model._meta.db_table  # noqa: SLF001 - Django's public name

    @property
    def link(self) -> str:
        """The name that tables beside it link to it by."""
        return str(self.model._meta.model_name)  # noqa: SLF001 - Django's public name

    @property
    def search_table(self) -> str:
        """The name of its search index."""
        return f"tragt_search_{self.code}"

    @property
    def address(self) -> str:
        """Where its list is."""
        return reverse(self.list_url)

    @property
    def neighbours(self) -> "list[Kind]":
        """The kinds whose lists stand in one room with this one, itself among them."""
        return [kind_of(code) for code in self.beside]

    def rows(self) -> Rows:
        """All records that are still there, whoever may see them."""
        there = {f"{self.gone}__isnull": True} if self.gone else {}
        manager: Any = self.model._default_manager  # noqa: SLF001 - Django's public name
        rows: Rows = manager.filter(**there)
        return rows

    def visible(self, user: User | None, *, aside: bool = False) -> Rows:
        """The records that a user may see; those that nobody owns are seen by everyone.

        Args:
            user: Who looks; None is a command line or a job, which sees everything.
            aside: Whether owners are looked at in rows found otherwise, since most rows are seen.
        """
        owners = visible_owners(user) if user is not None and self.owner else None
        if user is not None and not user.has_perm(self.see):
            return self.rows().none()
        if owners is None:
            return self.rows()
        owner = Aside(F(f"{self.owner}_id")) if aside else F(f"{self.owner}_id")
        rows = self.rows().alias(owned_by=owner)
        seen: Rows = rows.filter(Q(owned_by__isnull=True) | Q(owned_by__in=sorted(owners)))
        return seen


_kinds: dict[str, Kind] = {}
_added: dict[str, dict[str, tuple[tuple[Column, ...], tuple[str, ...]]]] = {}


def add_columns(kind: str, app: str, columns: Sequence[Column], related: Sequence[str] = ()) -> None:
    """Let the list of a kind show columns of an app above the one that has its records.

    Args:
        kind: Code of the kind.
        app: Which app adds them; what it added before goes.
        columns: They stand after those of the kind.
        related: What is read together with the records for them.
    """
    _added.setdefault(kind, {})[app] = tuple(columns), tuple(related)


def add_kind(kind: Kind) -> None:
    """Let a kind of record have lists, search, custom fields and tags."""
    _kinds[kind.code] = kind


def kinds() -> list[Kind]:
    """All kinds of records, in the order in which they were registered."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind:
    """The kind of a code.

    Raises:
        NotFound: No app has registered it.
    """
    if code not in _kinds:
        raise NotFound("records.kind", f"There is no kind of record '{code}'; known are {', '.join(_kinds)}.")
    return _kinds[code]
