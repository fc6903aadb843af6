"""ClickHouse inside the process (chDB), with the events in two orders.

Counts are `windowFunnel` in milliseconds. It gives a level and not the attempt, so whatever needs the attempt's
entry or times takes what is fastest of those that give the same: a chain of ASOF joins, or arrays of each person.
"""

from chdb import session

from benchmarks.funnel_peers.question import WINDOW, Answer, Asked, Given, Question, entered

__all__ = ["ClickHouse"]

LAYOUTS = {"by event": "(event, toDate(time), person)", "by person": "(person, time)"}
COLUMNS = "person UInt32, time DateTime64(3, 'UTC'), event LowCardinality(String), source LowCardinality(String)"
IN_ORDER = ", optimize_aggregation_in_order = 1"
MEMORY = 8_000_000_000
MS = "toUnixTimestamp64Milli(time)"


class ClickHouse:
    """chDB on tables that are kept beside the events."""

    def __init__(self, given: Given) -> None:
        self._threads = given.threads
        self._session = session.Session(  # type: ignore[no-untyped-call]
            str(given.events.folder / "clickhouse")
        )
        self._ask(f"SET max_memory_usage = {MEMORY}")
        self._ask("CREATE DATABASE IF NOT EXISTS peers")
        for layout, order in LAYOUTS.items():
            table = _table(layout)
            if self._ask(f"EXISTS TABLE {table}") == [["1"]]:
                continue
            self._ask(f"CREATE TABLE {table}_new ({COLUMNS}) ENGINE = MergeTree ORDER BY {order}")
            self._ask(
                f"INSERT INTO {table}_new SELECT person, time, toString(event), toString(source) "
                f"FROM file('{given.events.parquet}', Parquet)"
            )
            self._ask(f"OPTIMIZE TABLE {table}_new FINAL")
            self._ask(f"RENAME TABLE {table}_new TO {table}")

    def ways(self, question: Question) -> list[str]:
        if question.asked is Asked.COUNTS:
            return [*LAYOUTS, "by person, in order"]
        return [f"{layout}, {form}" for layout in LAYOUTS for form in ("ASOF joins", "arrays")]

    def answer(self, question: Question, way: str) -> Answer:
        layout, _, form = way.partition(", ")
        steps, table = question.steps, _table(layout)
        settings = f" SETTINGS max_threads = {self._threads}{IN_ORDER if form == 'in order' else ''}"
        if question.asked is Asked.COUNTS:
            rows = self._ask(_levels(steps, table) + settings)
            reached = {int(level): int(number) for level, number in rows}
            return {"": entered([reached.get(level, 0) for level in range(len(steps) + 1)], len(steps))}
        attempts = _by_arrays(steps, table) if form == "arrays" else _by_joins(steps, table)
        if question.asked is Asked.TIMES:
            return {"": [int(median) for median in self._ask(_times(steps, attempts) + settings)[0]]}
        return {row[0]: [int(number) for number in row[1:]] for row in self._ask(_sources(steps, attempts) + settings)}

    def _ask(self, sql: str) -> list[list[str]]:
        text = str(self._session.query(sql, "TabSeparated"))  # type: ignore[no-untyped-call]
        return [line.split("\t") for line in text.splitlines()]


def _table(layout: str) -> str:
    return "peers." + layout.replace(" ", "_")


def _named(steps: tuple[str, ...]) -> str:
    return ", ".join(f"'{step}'" for step in steps)


def _levels(steps: tuple[str, ...], table: str) -> str:
    conditions = ", ".join(f"event = '{step}'" for step in steps)
    return (
        f"SELECT level, count() FROM (SELECT windowFunnel({WINDOW})(toUInt64({MS}), {conditions}) AS level "
        f"FROM {table} WHERE event IN ({_named(steps)}) GROUP BY person) GROUP BY level"
    )


def _by_joins(steps: tuple[str, ...], table: str) -> str:
    """Every attempt: person, source and t1 … tk, 0 where a step was not reached."""
    times, joins = ["t1"], []
    for number, step in enumerate(steps[1:], start=2):
        before = "v" if number == 2 else f"s{number - 1}"
        joins.append(
            f"ASOF LEFT JOIN (SELECT person, {MS} AS t{number} FROM {table} WHERE event = '{step}') AS s{number} "
            f"ON {before}.person = s{number}.person AND {before}.t{number - 1} <= s{number}.t{number}"
        )
        times.append(f"if(s{number}.t{number} <= t1 + {WINDOW}, s{number}.t{number}, 0) AS r{number}")
    return (
        f"SELECT v.person AS person, source, {', '.join(times)} "
        f"FROM (SELECT person, source, {MS} AS t1 FROM {table} WHERE event = '{steps[0]}') AS v {' '.join(joins)}"
    )


def _by_arrays(steps: tuple[str, ...], table: str) -> str:
    """The same, from the times of each step of a person."""
    arrays = ", ".join(f"arraySort(groupArrayIf({MS}, event = '{step}')) AS a{n}" for n, step in enumerate(steps, 1))
    reached = ", ".join(
        f"if(r{n - 1} = 0, 0, arrayFirst(t -> t >= r{n - 1} AND t <= e.1 + {WINDOW}, a{n})) AS r{n}"
        if n > 2
        else f"arrayFirst(t -> t >= e.1 AND t <= e.1 + {WINDOW}, a2) AS r2"
        for n in range(2, len(steps) + 1)
    )
    parts = ", ".join(f"a.{n} AS r{n}" for n in range(2, len(steps) + 1))
    return (
        f"SELECT person, a.1.2 AS source, a.1.1 AS t1, {parts} FROM (SELECT person, "
        f"arrayJoin(arrayMap(e -> (e, {reached}), entries)) AS a FROM (SELECT person, "
        f"arraySort(groupArrayIf(({MS}, source), event = '{steps[0]}')) AS entries, {arrays} "
        f"FROM {table} WHERE event IN ({_named(steps)}) GROUP BY person))"
    )


def _best(steps: tuple[str, ...], attempts: str) -> str:
    """The deepest attempt of each person, the earliest of these, as tuple b of source, t1 … tk."""
    reached = [f"r{number}" for number in range(2, len(steps) + 1)]
    depth = " + ".join(f"({time} > 0)" for time in reached)
    return (
        f"SELECT argMin((source, t1, {', '.join(reached)}), ({len(steps)} - ({depth})) * 10000000000000 + t1) AS b "
        f"FROM ({attempts}) GROUP BY person"
    )


def _sources(steps: tuple[str, ...], attempts: str) -> str:
    counts = ", ".join(f"countIf(b.{number + 1} > 0)" for number in range(1, len(steps) + 1))
    return f"SELECT b.1 AS value, {counts} FROM ({_best(steps, attempts)}) GROUP BY value"


def _times(steps: tuple[str, ...], attempts: str) -> str:
    medians = ", ".join(
        f"quantileExactLowIf(0.5)(b.{number + 1} - b.{number}, b.{number + 1} > 0)"
        for number in range(2, len(steps) + 1)
    )
    return f"SELECT {medians} FROM ({_best(steps, attempts)})"
