"""DuckDB, with the events by name, person and time, and a chain of ASOF joins."""

from typing import Any

import duckdb

from benchmarks.funnel_peers.question import WINDOW, Answer, Asked, Given, Question

__all__ = ["Duck"]

MEMORY = "8GB"


class Duck:
    """DuckDB on a database that is kept beside the events."""

    def __init__(self, given: Given) -> None:
        self._database = duckdb.connect(
            given.events.folder / "duckdb.db", config={"threads": given.threads, "memory_limit": MEMORY}
        )
        tables = {name for (name,) in self._database.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
        if "events" not in tables:
            self._database.execute(
                "CREATE TABLE events AS SELECT person, epoch_ms(time) AS t, event, source "
                f"FROM read_parquet('{given.events.parquet}') ORDER BY event, person, t"
            )

    def ways(self, _question: Question) -> list[str]:
        return ["ASOF joins"]

    def answer(self, question: Question, _way: str) -> Answer:
        steps = question.steps
        if question.asked is Asked.COUNTS:
            [counts] = self._ask(_counts(steps))
            return {"": list(counts)}
        if question.asked is Asked.TIMES:
            [medians] = self._ask(_times(steps))
            return {"": list(medians)}
        return {value: list(counts) for value, *counts in self._ask(_sources(steps))}

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.execute(sql).fetchall()


def _of(step: str, number: int) -> str:
    return f"(SELECT person, t AS t{number} FROM events WHERE event = '{step}')"


def _counts(steps: tuple[str, ...]) -> str:
    """Level by level, each with those who reached it only."""
    levels = [f"s1 AS MATERIALIZED {_of(steps[0], 1)}"]
    for number, step in enumerate(steps[1:], start=2):
        levels.append(
            f"s{number} AS MATERIALIZED (SELECT a.person, t1, t{number} FROM s{number - 1} AS a "
            f"ASOF JOIN {_of(step, number)} AS b ON a.person = b.person AND a.t{number - 1} <= b.t{number} "
            f"WHERE t{number} <= t1 + {WINDOW})"
        )
    counts = ", ".join(f"(SELECT count(DISTINCT person) FROM s{number})" for number in range(1, len(steps) + 1))
    return f"WITH {', '.join(levels)} SELECT {counts}"


def _best(steps: tuple[str, ...]) -> str:
    """The deepest attempt of each person, the earliest of these: source and t1 … tk, null where not reached."""
    joined = f"(SELECT person, source, t AS t1 FROM events WHERE event = '{steps[0]}') AS s1"
    for number, step in enumerate(steps[1:], start=2):
        joined += (
            f" ASOF LEFT JOIN {_of(step, number)} AS s{number} "
            f"ON s1.person = s{number}.person AND s{number - 1}.t{number - 1} <= s{number}.t{number}"
        )
    inside = ", ".join(
        f"CASE WHEN s{number}.t{number} <= t1 + {WINDOW} THEN s{number}.t{number} END AS r{number}"
        for number in range(2, len(steps) + 1)
    )
    depth = " + ".join(f"(r{number} IS NOT NULL)::BIGINT" for number in range(2, len(steps) + 1))
    attempt = ", ".join(f"t{number} := {'t1' if number == 1 else f'r{number}'}" for number in range(1, len(steps) + 1))
    return (
        f"SELECT arg_min(struct_pack(source := source, {attempt}), ({len(steps)} - ({depth})) * 10000000000000 + t1) "
        f"AS b FROM (SELECT s1.person AS person, source, t1, {inside} FROM {joined}) GROUP BY person"
    )


def _sources(steps: tuple[str, ...]) -> str:
    counts = ", ".join(f"count(b.t{number})" for number in range(1, len(steps) + 1))
    return f"SELECT b.source, {counts} FROM ({_best(steps)}) GROUP BY b.source"


def _times(steps: tuple[str, ...]) -> str:
    medians = ", ".join(f"quantile_disc(b.t{n} - b.t{n - 1}, 0.5)" for n in range(2, len(steps) + 1))
    return f"SELECT {medians} FROM ({_best(steps)})"
