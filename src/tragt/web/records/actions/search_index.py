"""The search index: letters in threes of what is searched in each kind of record, kept by the database itself.

On SQLite it is an FTS5 table beside the table of the records, which holds no text of its own; triggers keep it, so that
no way of writing goes past it. On PostgreSQL it is an index of the extension ``pg_trgm``. It is derived: whatever is
not as it should be is made anew after each migration.
"""

from collections.abc import Iterator

from django.db import DatabaseError, connection, transaction

from tragt.errors import TragtError
from tragt.web.records.kinds import Kind, kinds

__all__ = ["compact_search_index", "ensure_search_index", "let_be_searched"]

_others: list[Kind] = []


def let_be_searched(kind: Kind) -> None:
    """Let texts be searched that stand in no record of their own: they get an index, and no list, fields or tags."""
    if kind not in _others:
        _others.append(kind)


def ensure_search_index() -> None:
    """Make the index of every kind whose table is there, where it is not as it should be."""
    tables = set(connection.introspection.table_names())
    for kind in (*kinds(), *_others):
        if kind.searched and kind.table in tables:
            _ensure_postgresql(kind) if connection.vendor == "postgresql" else _ensure_sqlite(kind)


def compact_search_index() -> None:
    """Let nothing of deleted records stay in the index. Of what is deleted, SQLite's keeps the letters until then."""
    if connection.vendor != "sqlite":
        return
    tables = set(connection.introspection.table_names())
    with transaction.atomic(), connection.cursor() as cursor:
        for kind in (*kinds(), *_others):
            if kind.search_table in tables:
                cursor.execute(f"INSERT INTO {kind.search_table}({kind.search_table}) VALUES('optimize')")


def _ensure_postgresql(kind: Kind) -> None:
    fields = ", ".join(f"{_quoted(name)} gin_trgm_ops" for name in _columns(kind))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = %s", [kind.search_table])
        if cursor.fetchone()[0]:
            return
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        if not cursor.fetchone()[0]:
            try:
                cursor.execute("CREATE EXTENSION pg_trgm")
            except DatabaseError as problem:
                raise TragtError(
                    "records.extension",
                    "The search needs PostgreSQL's extension pg_trgm, and this user may not add it. Let an "
                    f"administrator run CREATE EXTENSION pg_trgm in this database, then try again ({problem}).",
                ) from problem
        cursor.execute(f"CREATE INDEX {kind.search_table} ON {_quoted(kind.table)} USING gin ({fields})")


def _ensure_sqlite(kind: Kind) -> None:
    wanted = dict(_made_of(kind))
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE %s", [f"{kind.search_table}%"])
        there = dict(cursor.fetchall())
        if all(there.get(name) == text for name, text in wanted.items()):
            return
    with transaction.atomic(), connection.cursor() as cursor:
        for name, text in wanted.items():
            cursor.execute(f"DROP {text.split()[1].replace('VIRTUAL', 'TABLE')} IF EXISTS {name}")
        for text in wanted.values():
            cursor.execute(text)
        listed, table = ", ".join(_columns(kind)), _quoted(kind.table)
        rows = f"SELECT id, {listed} FROM {table} WHERE {_living(kind, table)}"
        cursor.execute(f"INSERT INTO {kind.search_table}(rowid, {listed}) {rows}")


def _made_of(kind: Kind) -> Iterator[tuple[str, str]]:
    """What the index of a kind is made of on SQLite, in the order of making: names, and what makes them."""
    name, table, fields = kind.search_table, _quoted(kind.table), _columns(kind)
    listed = ", ".join(fields)
    old, new = (", ".join(f"{row}.{one}" for one in fields) for row in ("old", "new"))
    was, now, changed = _living(kind, "old"), _living(kind, "new"), _changed(fields, kind)
    add = f"INSERT INTO {name}(rowid, {listed}) SELECT new.id, {new} WHERE {now};"
    drop = f"INSERT INTO {name}({name}, rowid, {listed}) SELECT 'delete', old.id, {old} WHERE {was};"
    text = f"content='{kind.table}', content_rowid='id', columnsize=0, tokenize='trigram'"
    yield name, f"CREATE VIRTUAL TABLE {name} USING fts5({listed}, {text})"
    for event, what, when in (
        ("insert", add, ""),
        ("delete", drop, ""),
        ("update", f"{drop} {add}", f" WHEN {changed}"),
    ):
        yield (
            f"{name}_{event}",
            f"CREATE TRIGGER {name}_{event} AFTER {event.upper()} ON {table}{when} BEGIN {what} END",
        )


def _living(kind: Kind, row: str) -> str:
    return f"{row}.{_quoted(kind.gone)} IS NULL" if kind.gone else "true"


def _changed(fields: list[str], kind: Kind) -> str:
    watched = [*fields, kind.gone] if kind.gone else fields
    return " OR ".join(f"old.{one} IS NOT new.{one}" for one in watched)


def _columns(kind: Kind) -> list[str]:
    return [str(kind.model._meta.get_field(column.field).column) for column in kind.searched]  # type: ignore[union-attr] # noqa: SLF001


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
