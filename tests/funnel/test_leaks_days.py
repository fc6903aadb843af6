"""Days of a funnel as they are watched: only those on which all have had their time, and when a leak was known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from tragt.events import EventLog
from tragt.funnel import Funnel
from tragt.funnel.leaks import Kind, Rules
from tragt.funnel.leaks.days import LEARNT, Daily, Usual, daily, spans
from tragt.funnel.leaks.monitoring import Watching
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Period, Question

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
FUNNEL = Funnel.of("Visited", "Asked", "Paid", window="2d")
RULES = Watching(false_alarm=0.05)


def _log(days: int, fallen_from: int, sources: tuple[str, ...] = ("ads", "mail")) -> EventLog:
    """Forty visits a day and source; half ask, of ads a tenth from a day on, and half of those pay 10."""
    dice = np.random.default_rng(7)
    rows: list[tuple[str, datetime, str, str, float | None]] = []
    for day in range(days):
        for source in sources:
            share = 0.1 if source == "ads" and day >= fallen_from else 0.5
            for number in range(40):
                person, at = f"{source}{day}-{number}", START + timedelta(days=day, minutes=number)
                rows.append((person, at, "Visited", source, None))
                if dice.random() < share:
                    rows.append((person, at + timedelta(hours=1), "Asked", source, None))
                    if dice.random() < 0.5:
                        rows.append((person, at + timedelta(hours=2), "Paid", source, 10.0))
    columns = ("person", "time", "name", "properties.source", "properties.value")
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.format("e{}", pl.int_range(pl.len())).alias("id"), pl.lit("exact").alias("precision")
    )
    return EventLog(frame.sort("time"), zone=ZoneInfo("UTC"))


def _daily(log: EventLog, as_of: datetime) -> tuple[Daily, ...]:
    question = Question(FUNNEL, int(as_of.timestamp() * 1000), Period(), log.zone)
    frame = log.frame.filter(pl.col("time") <= as_of).with_columns(unit="person")
    return daily(question, Layered(FrameSource(frame, log.zone)), by=["source"], rules=Rules(value="value"))


def _of(found: tuple[Daily, ...], kind: Kind, *, by: bool) -> list[Daily]:
    return [one for one in found if one.kind is kind and (one.by is not None) is by]


@pytest.fixture(scope="module")
def counted() -> tuple[Daily, ...]:
    return _daily(_log(60, 45), START + timedelta(days=59, hours=10))


def test_days_are_only_those_on_which_all_have_had_their_time(counted: tuple[Daily, ...]) -> None:
    (whole,) = _of(counted, Kind.DRIFTED, by=False)
    assert whole.first == date(2026, 1, 5)
    assert whole.days == 57  # the window is two days, and the last of 60 days is not over
    assert whole.passages == (("Visited", "Asked"), ("Asked", "Paid"))
    assert whole.entered.shape == (2, 1, 57)
    assert (whole.entered[0] == 80).all()
    assert (whole.entered[1] == whole.kept[0]).all()
    assert whole.value == pytest.approx(10)
    assert whole.chance[0] == pytest.approx(whole.kept[1].sum() / whole.kept[0].sum(), abs=0.01)
    assert whole.chance[1] == 1


def test_days_by_value_add_up_to_those_of_all(counted: tuple[Daily, ...]) -> None:
    (whole,), (parts,) = _of(counted, Kind.DRIFTED, by=False), _of(counted, Kind.DRIFTED, by=True)
    assert sorted(map(str, parts.values)) == ["ads", "mail"]
    assert (parts.entered.sum(axis=1) == whole.entered[:, 0]).all()
    assert (parts.kept.sum(axis=1) == whole.kept[:, 0]).all()


def test_days_of_those_who_stand_are_told_step_by_step(counted: tuple[Daily, ...]) -> None:
    found = _of(counted, Kind.STUCK, by=False)
    assert [one.passages for one in found] == [(("Visited", "Asked"),), (("Asked", "Paid"),)]
    assert all(one.days == 59 for one in found)  # it usually takes an hour, so that only the last day is too young


def test_leak_is_known_within_days_at_its_value_and_only_there(counted: tuple[Daily, ...]) -> None:
    (parts,) = _of(counted, Kind.DRIFTED, by=True)
    (span,) = [one for one in spans(parts, RULES) if parts.values[one.cell[1]] == "ads"]
    assert span.cell[0] == 0
    assert 45 <= span.opened <= 48
    assert span.closed is None
    assert span.reference == pytest.approx(0.5, abs=0.05)
    assert span.kept / span.entered < 0.35
    assert span.days == 57 - span.opened + 6
    assert not [one for one in spans(parts, RULES) if parts.values[one.cell[1]] == "mail"]


def test_leak_of_the_past_is_known_on_the_same_day_however_much_came_later() -> None:
    log = _log(80, 45)
    known = []
    for days in (60, 79):
        (parts,) = _of(_daily(log, START + timedelta(days=days, hours=10)), Kind.DRIFTED, by=True)
        known.append([(one.cell, one.opened) for one in spans(parts, RULES)])
    assert known[0] == known[1]


def test_days_until_somebody_acted_are_neither_held_against_the_remedy_nor_learnt(counted: tuple[Daily, ...]) -> None:
    (parts,) = _of(counted, Kind.DRIFTED, by=True)
    (span,) = spans(parts, RULES)
    assert not spans(parts, RULES, {span.cell: 56})
    (again,) = spans(parts, RULES, {span.cell: 50})
    assert again.opened > 50  # it is still as bad, and the reference is still what it was before
    assert again.reference == pytest.approx(span.reference, abs=0.03)


def test_few_days_are_learnt_from_and_not_watched(counted: tuple[Daily, ...]) -> None:
    (parts,) = _of(counted, Kind.DRIFTED, by=True)
    assert spans(parts, RULES, learnt=57) == []
    assert LEARNT == 28


def test_day_without_a_window_stays_what_it_was_while_the_log_grows_where_the_time_is_told() -> None:
    late_on = (pl.col("time") > START + timedelta(days=30)) | pl.col("person").str.ends_with("-0")
    later = pl.when((pl.col("name") == "Paid") & late_on).then(timedelta(hours=60)).otherwise(timedelta())
    slow = _log(60, 90).frame.with_columns(time=pl.col("time") + later)
    log, question = EventLog(slow.sort("time"), zone=ZoneInfo("UTC")), replace(FUNNEL, window=None)

    def counted_on(day: int, usual: Usual | None = None) -> list[Daily]:
        at = START + timedelta(days=day, hours=10)
        asked = Question(question, int(at.timestamp() * 1000), Period(), log.zone)
        frame = log.frame.filter(pl.col("time") <= at).with_columns(unit="person")
        return list(daily(asked, Layered(FrameSource(frame, log.zone)), usual=usual))

    early, late = counted_on(29), counted_on(59)
    assert [one.usual for one in early] != [one.usual for one in late]
    stays = {one.passages[0][0]: one.usual for one in early if one.kind is Kind.STUCK and one.usual is not None}
    told = counted_on(59, Usual(early[0].usual, stays))
    assert [one.usual for one in told] == [one.usual for one in early]
    for one, then in zip(told, early, strict=True):
        assert one.days > then.days
        assert (one.kept[..., : then.days] == then.kept).all()
        assert (one.entered[..., : then.days] == then.entered).all()
    assert any((one.kept[..., :20] != then.kept[..., :20]).any() for one, then in zip(late, early, strict=True))
