"""Where a session is cut is a fact of the log: whatever counts, and wherever the events are read from."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.index.making import START, ZONE, filled, made
from tests.lake.index.test_index import NOON, rows
from tragt import Funnel, Period
from tragt.events.log import EventLog
from tragt.funnel.question import Question
from tragt.funnel.run import report_on, run
from tragt.funnel.step_report import StepReport
from tragt.lake import Lake
from tragt.lake.index import Index, Kind, persons, sessions
from tragt.lake.index.assignment import SPANS

NOBODY = pl.DataFrame(schema={**SPANS}).rename({"unit": "person"})
LATER = NOON + timedelta(days=2)
FUNNELS = st.builds(
    Funnel,
    st.just(["Visit", "Cart"]),
    unit=st.sampled_from(["person", "session"]),
    window=st.just("session"),
    robots=st.booleans(),
    own=st.booleans(),
)


def visit(*seconds: float) -> pl.DataFrame:
    """One session: a visit, a robot's call in the midst of it, a purchase."""
    moments = [NOON + timedelta(seconds=each) for each in seconds]
    events = rows(*((f"e{place}", moment, "Visit", "u:ann") for place, moment in enumerate(moments)))
    return events.with_columns(
        name=pl.Series(["Visit", "Call", "Cart"]), session=pl.lit("s"), human=pl.Series([1.0, 0.1, 1.0])
    )


def of_log(lake: Lake, funnel: Funnel, as_of: datetime = LATER) -> tuple[StepReport, ...]:
    """The steps on the log as a frame."""
    frame = lake.read().with_columns(person="actor")
    return run(funnel, EventLog(frame, ZONE), period=Period(as_of=as_of)).steps


def of_index(lake: Lake, folder: Path, funnel: Funnel, as_of: datetime = LATER) -> tuple[StepReport, ...]:
    """The steps on an index of the same lake."""
    who = sessions(NOBODY) if funnel.unit == "session" else persons(NOBODY)
    index = Index(folder, lake, Kind(str(funnel.unit)), ZONE)
    index.build(who)
    question = Question(funnel, int(as_of.timestamp() * 1000), Period(), ZONE)
    return report_on(question, index.read(who, sessions=True)).steps


@pytest.mark.parametrize("unit", ["person", "session"])
@pytest.mark.parametrize("robots", [False, True])
def test_session_that_a_robot_holds_together_is_one_whether_robots_count_or_not(
    tmp_path: Path, unit: str, robots: bool
) -> None:
    funnel = Funnel(["Visit", "Cart"], unit=unit, window="session", robots=robots)
    lake = filled(tmp_path / "lake", visit(0, 25 * 60, 50 * 60))
    found = of_log(lake, funnel)
    assert [step.entered for step in found] == [1, 1]
    assert of_index(lake, tmp_path / "index", funnel) == found


@pytest.mark.parametrize("unit", ["person", "session"])
@pytest.mark.parametrize(("pause", "passed"), [(1800.0009, 1), (1800.001, 0)])
def test_session_is_cut_where_more_than_thirty_minutes_pass_in_whole_milliseconds(
    tmp_path: Path, unit: str, pause: float, passed: int
) -> None:
    funnel = Funnel(["Visit", "Cart"], unit=unit, window="session")
    lake = filled(tmp_path / "lake", visit(0, 0.0005, pause))
    found = of_log(lake, funnel)
    assert found[0].passed == passed
    assert of_index(lake, tmp_path / "index", funnel) == found


@pytest.mark.soak
@given(funnel=FUNNELS, seed=st.integers(0, 2**32), hours=st.integers(1, 110))
@settings(max_examples=max(settings().max_examples // 12, 2))
def test_sessions_of_a_random_log_are_those_of_its_index_at_any_moment(
    tmp_path_factory: pytest.TempPathFactory, funnel: Funnel, seed: int, hours: int
) -> None:
    folder = tmp_path_factory.mktemp("firm")
    alone = made(Random(seed), 300).with_columns(deal=pl.lit(None, pl.String), company=pl.lit(None, pl.String))
    lake = filled(folder / "lake", alone)
    as_of = START + timedelta(hours=hours)
    assert of_index(lake, folder / "index", funnel, as_of) == of_log(lake, funnel, as_of)
