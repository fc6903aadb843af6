"""A funnel counted on the index says what it says counted in memory, whatever happened since the index was built."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import polars as pl
import pytest
from django.test import Client
from hypothesis import settings

from tests.lake.index.making import START, made
from tragt import Funnel, Period
from tragt.events import EventLog
from tragt.funnel.definition import Unit
from tragt.lake import Marker
from tragt.lake.index import Kind
from tragt.lake.index.assignment import STRUCK
from tragt.lake.index.disk import locked
from tragt.web.accounts.models import User
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.counting import Way, members_of, report_of, way_of
from tragt.web.funnels.counting.figures import without_words
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.tasks import reckon, warm
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.registry import Task
from tragt.web.jobs.worker import drain
from tragt.web.log.actions import hide_batch, show_batch, strike, upkeep
from tragt.web.log.queries import index, lake
from tragt.web.people.actions import build_index, indexing, learn_claims, learn_people, merge
from tragt.web.people.queries import event_log
from tragt.web.people.tasks import build_indexes
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db]

Answer = TypeVar("Answer")
ROUNDS = max(settings().max_examples // 300, 1)
FUNNELS = [
    Funnel(["Visit", "Cart", "Call"], window="2d", count="best"),
    Funnel(["Visit", "Cart|Call"], window="1d", count="every", exclude="Deal Won"),
    Funnel(["Visit", "Visit", "Cart"], window=None, hold="channel"),
    Funnel(["Visit", "Cart", "Call"], window="3d", order="any"),
    Funnel(["Visit", "Cart"], window="2d", order="adjacent"),
]


class Firm:
    """What happens to the log of a firm and to what is known of its people."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.batches = 0
        for _ in range(3):
            self.bring(80)
        rows = {"actor": ["u:p0", "u:p1", "u:p2"], "company": ["Acme", "Nord", None]}
        learn_people(pl.DataFrame(rows), cause="import:people", who=SYSTEM)
        self.claim()

    def bring(self, number: int = 30) -> None:
        self.batches += 1
        events = made(self.random, number, 1000 * self.batches)
        events = events.with_columns(pl.lit(None, pl.Float64).alias("human"), pl.lit(None, pl.String).alias("traffic"))
        batch = f"import:{self.batches}"
        lake().append(events, marker=Marker(batch, 1), batch=batch)

    def claim(self) -> None:
        moment = START + timedelta(minutes=60 * self.random.randrange(100))
        rows = [(f"a:v{self.random.randrange(6)}", f"u:p{self.random.randrange(6)}", moment)]
        learn_claims(pl.DataFrame(rows, ["actor", "user", "at"], orient="row"), cause="import:claims", who=SYSTEM)

    def merge(self) -> None:
        first, second = self.random.sample(range(6), 2)
        merge(f"u:p{first}", f"u:p{second}", who=SYSTEM)

    def undo(self) -> None:
        lake().remove_batch("import:1", Marker("undo", self.batches))

    def hide(self) -> None:
        hide_batch(f"import:{self.batches}")

    def strike(self) -> None:
        span = {"actor": ["u:p1", "a:v1"], "start": [None, START + timedelta(hours=30)], "end": [None, None]}
        strike(pl.DataFrame(span, schema=STRUCK))

    def erase(self) -> None:
        lake().erase(pl.Series(["u:p4"]), Marker("erase", self.batches))

    def tidy(self) -> None:
        upkeep()


def ways(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Answer]) -> list[Answer]:
    """The answer on the index, and the one in memory."""
    found = []
    for way in (Way.INDEX, Way.MEMORY):
        monkeypatch.setattr(counting, "way_of", lambda _funnel, way=way: way)
        found.append(ask())
    return found


@pytest.mark.usefixtures("organisation", "home")
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.soak
def test_report_and_lists_on_the_index_are_those_in_memory(
    kind: Kind, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Firm(seed)
    assert build_index(kind)
    acts = [firm.bring, firm.claim, firm.merge, firm.hide, firm.strike, firm.erase, firm.undo, firm.tidy]
    for act in firm.random.sample(acts, len(acts)):
        act()
        one = firm.random.choice(FUNNELS)
        window = "session" if kind is Kind.SESSION else one.window
        count = "best" if window == "session" and one.count == "every" else one.count
        funnel = Funnel(
            one.steps, unit=Unit(kind), window=window, count=count, order=one.order, lost=one.lost, hold=one.hold
        )
        period = Period("2024-01-31", "2024-02-03")
        reports = ways(monkeypatch, lambda: without_words(report_of(funnel, period)))  # noqa: B023 - called at once
        assert reports[0] == reports[1], (act, funnel)
    lists = ways(monkeypatch, lambda: members_of(funnel, period))
    for step in range(len(funnel.steps)):
        assert lists[0].at(step).rows() == lists[1].at(step).rows()


def whole(actor: str) -> pl.DataFrame:
    """Everything that an actor did."""
    return pl.DataFrame([(actor, None, None)], schema=STRUCK, orient="row")


@pytest.fixture
def saved(visitors: None, owner: User) -> SavedFunnel:  # noqa: ARG001
    return save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid", window="14d"), "Visitors to customers")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten events are a large log, and more than a process reads."""
    monkeypatch.setattr(counting, "MOST_IN_MEMORY", 10)
    monkeypatch.setattr(indexing, "LEAST_EVENTS", 10)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the whole log into memory fails; what is known of people may be read of the rarest events."""

    def refuse(names: Sequence[str] | None = None, **named: Any) -> EventLog:
        assert names is not None, "The log was read into memory."
        return event_log(names, **named)

    monkeypatch.setattr("tragt.web.people.queries.event_log", refuse)
    monkeypatch.setattr(counting, "log_of", lambda _funnel: refuse())


@pytest.mark.usefixtures("large", "unread")
def test_page_of_a_large_log_is_counted_on_the_index_that_its_job_builds(
    saved: SavedFunnel, owner_client: Client
) -> None:
    page, listed = f"/funnels/{saved.pk}/", f"/funnels/{saved.pk}/steps/2/"
    assert owner_client.get(page).context["job"].name == "funnels.reckon"
    drain()
    assert owner_client.get(page).context["page"].report.steps[1].entered == 4
    assert Job.objects.get(name="funnels.reckon").state == "done"
    for address, total in ((listed, 4), (f"{listed}?outcome=passed", 2)):
        assert owner_client.get(address).context["total"] == total
    week = owner_client.get(page, {"period": "fixed", "from": "2026-01-01", "to": "2026-01-07"})
    assert week.context["page"].report.steps[0].entered == 0, "another period needs no job"


@pytest.mark.usefixtures("large", "unread")
def test_page_of_a_large_log_follows_what_happens_after_the_index_was_built(
    saved: SavedFunnel, owner_client: Client, happened: Callable[..., None]
) -> None:
    def entered() -> list[int]:
        report = owner_client.get(f"/funnels/{saved.pk}/").context["page"].report
        return [line.entered for line in report.steps]

    assert build_index(Kind.PERSON)
    assert entered() == [11, 4, 2]
    happened([("late", "Signed Up", "2026-03-02"), ("new", "Visited", "2026-03-02")])
    assert entered() == [12, 5, 2]
    merge("u:late", "u:p9", who=SYSTEM)
    assert entered() == [11, 5, 2]
    strike(whole("u:p0"))
    assert entered() == [10, 4, 1]
    lake().remove_batch("import:2", Marker("undo", 1))
    assert entered() == [9, 3, 1]
    assert build_index(Kind.PERSON)
    assert entered() == [9, 3, 1]


@pytest.mark.usefixtures("large", "saved", "organisation")
def test_index_is_not_asked_while_too_much_of_the_log_is_newer(happened: Callable[..., None]) -> None:
    funnel = Funnel.of("Visited", "Paid")
    assert way_of(funnel) is Way.NOT_YET
    hide_batch("import:1")
    assert way_of(funnel) is Way.MEMORY
    assert build_index(Kind.PERSON)
    assert way_of(funnel) is Way.INDEX
    show_batch("import:1")
    assert way_of(funnel) is Way.NOT_YET, "all events came into sight"
    assert build_index(Kind.PERSON)
    happened([(f"new{number}", "Visited", "2026-03-02") for number in range(8)])
    assert way_of(funnel) is Way.INDEX
    happened([(f"newer{number}", "Visited", "2026-03-02") for number in range(8)])
    assert way_of(funnel) is Way.NOT_YET


@pytest.mark.usefixtures("large", "saved")
def test_upkeep_builds_what_funnels_count_and_only_when_it_has_grown_old(happened: Callable[..., None]) -> None:
    def generation() -> str | None:
        found = index(Kind.PERSON).current()
        return found.folder.name if found else None

    def done(job: Task) -> None:
        enqueue(job, SYSTEM)
        drain()

    done(build_indexes)
    first = generation()
    assert first is not None
    assert index(Kind.DEAL).current() is None
    done(build_indexes)
    assert generation() == first
    happened([("late", "Signed Up", "2026-03-02")])
    done(warm)
    assert generation() != first


@pytest.mark.usefixtures("large")
def test_job_whose_index_is_being_built_elsewhere_comes_back_later(saved: SavedFunnel, home: Path) -> None:
    folder = home / "index" / "person"
    folder.mkdir(parents=True)
    job = enqueue(reckon, SYSTEM, definition=saved.definition, period="all", start="", end="")
    with locked(folder / "lock", wait=False):
        assert not build_index(Kind.PERSON)
        drain()
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("waiting", "index.busy")


@pytest.mark.usefixtures("large", "unread")
def test_half_of_an_index_changes_no_page_and_is_swept_by_the_next_build(
    saved: SavedFunnel, owner_client: Client, home: Path, happened: Callable[..., None]
) -> None:
    assert build_index(Kind.PERSON)
    happened([("late", "Signed Up", "2026-03-02")])
    half = home / "index" / "person" / ".building-killed"
    half.mkdir()
    (half / "keys").write_bytes(b"half of them")
    page = owner_client.get(f"/funnels/{saved.pk}/").context["page"]
    assert [line.entered for line in page.report.steps] == [11, 5, 2]
    assert build_index(Kind.PERSON)
    assert not half.exists()
