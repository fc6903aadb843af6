"""What a page shows before the figures are there, while newer ones are counted, and how it hears of them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from tragt import Compare, Exclude, Funnel, Step, read
from tragt.lake.index import Kind
from tragt.lake.index.dictionary import code_file
from tragt.web.accounts.models import User
from tragt.web.funnels import queries
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting import answering, glancing, steady, turns
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.figures import Asked, Closed, Figures
from tragt.web.funnels.counting.following import Follower
from tragt.web.funnels.counting.glancing import glimpse, preview_of
from tragt.web.funnels.counting.knowing import know_few_valued
from tragt.web.funnels.counting.turns import one_at_a_time
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.trends import trends
from tragt.web.jobs.models import Job, State
from tragt.web.jobs.worker import drain
from tragt.web.log.queries import index
from tragt.web.people.actions import build_index
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db]

Happened = Callable[[list[tuple[str, str, str]]], None]
FUNNEL = Funnel.of("Visited", "Signed Up", "Paid", window="14d")


@pytest.fixture
def saved(visitors: None, owner: User) -> SavedFunnel:  # noqa: ARG001
    return save(COMMAND_LINE, FUNNEL, "Visitors to customers")


@pytest.fixture
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log takes long, and a worker is there for it."""
    monkeypatch.setattr(queries, "_AT_A_GLANCE", 0)
    monkeypatch.setattr(queries, "_LEAST_PAUSE", timedelta(0))
    monkeypatch.setattr(queries, "_PAUSE", 0)
    monkeypatch.setattr(answering, "_UNNOTICED_MS", -1)
    monkeypatch.setattr(answering, "worker_alive", lambda: True)


def counting_jobs() -> QuerySet[Job]:
    return Job.objects.filter(name="funnels.reckon")


def asking(saved: SavedFunnel) -> Asking:
    return Asking(saved.definition, saved.saved_period, saved.name, SYSTEM)


@pytest.mark.usefixtures("_slow")
def test_page_shows_a_first_answer_then_older_figures_while_jobs_count(
    saved: SavedFunnel, owner_client: Client, happened: Happened
) -> None:
    first = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "A first answer: counts, shares and times so far" in first
    assert 'data-after="0"' in first
    assert counting_jobs().get().arguments["people"] is True
    drain()
    whole = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "A first answer" not in whole
    assert "11 entered = 2 reached the end + 8 expired + 1 open." in whole

    happened([("new", "Visited", "2026-03-02")])
    older = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "What came in since is being counted" in older
    assert "11 entered" in older
    drain()
    newer = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "is being counted" not in newer
    assert "12 entered" in newer


@pytest.mark.usefixtures("_slow")
def test_older_figures_are_counted_anew_once_in_a_while_and_by_one_job(
    saved: SavedFunnel, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries.reckoned(asking(saved).asked)
    happened([("new", "Visited", "2026-03-02")])
    monkeypatch.setattr(queries, "_LEAST_PAUSE", timedelta(hours=1))
    assert isinstance(asking(saved).at_once(), Figures)
    assert not counting_jobs().exists()

    monkeypatch.setattr(queries, "_LEAST_PAUSE", timedelta(0))
    for _ in range(3):
        answer = asking(saved).at_once()
        assert isinstance(answer, Figures)
        assert answer.behind
    assert counting_jobs().count() == 1
    exact = asking(saved).exactly()
    assert isinstance(exact, Figures)
    assert (exact.behind, exact.report.attempts) == (False, 12)


def test_figures_that_take_no_time_are_those_of_the_log_as_it_is(saved: SavedFunnel, happened: Happened) -> None:
    queries.reckoned(asking(saved).asked)
    happened([("new", "Visited", "2026-03-02")])
    answer = asking(saved).at_once()

    assert isinstance(answer, Figures)
    assert (answer.report.attempts, answer.behind, counting_jobs().exists()) == (12, False, False)


@pytest.mark.parametrize("period", [SavedPeriod(), SavedPeriod(PeriodKind.LAST_30)])
def test_first_answer_has_the_counts_of_the_figures(saved: SavedFunnel, period: SavedPeriod) -> None:
    asked = queries.ask(saved.funnel, period)
    first, whole = glimpse(asked), queries.reckoned(asked)

    assert first is not None
    assert (first.first, first.one_in) == (True, 1)
    assert [(one.entered, one.passed, one.open, one.from_previous) for one in first.report.steps] == [
        (one.entered, one.passed, one.open, one.from_previous) for one in whole.report.steps
    ]
    assert (first.report.as_of, first.report.period) == (whole.report.as_of, whole.report.period)


@pytest.mark.usefixtures("organisation")
def test_preview_of_what_is_not_plain_is_counted_among_one_in_several_where_events_are_many(
    happened: Happened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened([(f"p{number:03}", name, "2026-01-10") for number in range(90) for name in ("Visited", "Called")])
    happened([(f"p{number:03}", "Paid", "2026-01-11") for number in range(90)])
    funnel = Funnel(["Visited", "Paid"], window="14d", exclude=[Exclude("Refused")])
    whole = preview_of(funnel, SavedPeriod()).page
    assert whole is not None
    assert (whole.report.attempts, whole.figures.one_in) == (90, 1)

    monkeypatch.setattr(glancing, "_COUNTED", 60)
    glancing._known.forget()
    some = preview_of(funnel, SavedPeriod()).page
    assert some is not None
    assert (some.report.attempts, some.figures.one_in) == (30, 3)
    assert preview_of(Funnel.of("Visited", "Paid", unit="deal"), SavedPeriod()).page is None


@pytest.mark.usefixtures("organisation")
def test_property_that_nobody_asked_for_is_made_known_by_a_job(
    monkeypatch: pytest.MonkeyPatch,
    bring: Callable[..., None],
) -> None:
    rows: list[tuple[str | None, ...]] = [
        (f"p{n:03}", "Visited", "2026-01-10T09:00:00Z", "Search" if n % 2 else "Mail", f"v{n}") for n in range(200)
    ]
    rows += [(f"p{n:03}", "Paid", "2026-01-11T09:00:00Z", None, None) for n in range(100)]
    bring(read(pl.DataFrame(rows, schema=["person", "event", "time", "source", "visit"], orient="row")))
    assert build_index(Kind.PERSON)
    monkeypatch.setattr(glancing, "_AT_ONCE", 50)
    funnel = Funnel([Step("Visited", where=Compare("visit", "equals", "v7")), "Paid"], window="14d")

    assert preview_of(funnel, SavedPeriod()).preparing
    assert preview_of(funnel, SavedPeriod()).page is None
    assert Job.objects.filter(name="funnels.prepare").count() == 1
    drain()
    page = preview_of(funnel, SavedPeriod()).page
    assert page is not None
    assert page.report.attempts == 1

    generation = index(Kind.PERSON).current()
    assert generation is not None
    assert not code_file(generation.folder, "Visited", "source").exists()
    know_few_valued([Kind.PERSON])
    assert code_file(generation.folder, "Visited", "source").exists()
    assert not code_file(generation.folder, "Visited", "session").exists()


def test_days_that_were_over_are_said_to_be_recomputed_where_events_came_late(
    saved: SavedFunnel, owner_client: Client, happened: Happened
) -> None:
    owner_client.get(f"/funnels/{saved.pk}/")
    happened([("new", "Visited", "2026-03-01")])
    page = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "12 entered" in page
    assert "Recomputed since" not in page

    happened([(name, "Visited", "2026-01-15") for name in ("late1", "late2", "late3")])
    page = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "3 more entered on days that were over" in page
    happened([("late4", "Visited", "2026-01-15"), ("p1", "Visited", "2026-02-20")])
    page = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "4 more entered on days that were over" in page


@pytest.fixture
def follower(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> Follower:
    monkeypatch.setattr("tragt.web.funnels.counting.following._PACE_SECONDS", 0.0)
    return Follower(saved.definition, saved.saved_period, saved.name, SYSTEM)


def test_page_hears_of_newer_figures_once(saved: SavedFunnel, follower: Follower, happened: Happened) -> None:
    shown = queries.reckoned(asking(saved).asked).stamp
    assert follower.look(shown) is None
    happened([("new", "Visited", "2026-03-02")])

    came = follower.look(shown)
    assert came is not None
    assert (came.after > shown, came.text) == (True, "newer")
    assert follower.look(came.after) is None


@pytest.mark.usefixtures("_slow")
def test_page_that_shows_a_first_answer_hears_of_the_figures_when_the_job_has_them(
    saved: SavedFunnel, follower: Follower
) -> None:
    assert isinstance(asking(saved).at_once(), Figures)
    assert follower.look(0) is None
    drain()
    came = follower.look(0)
    assert came is not None
    newest = queries.newest_figures(asking(saved).asked)
    assert newest is not None
    assert came.after == newest.stamp


def test_stream_of_a_funnel_begins_and_refuses_what_is_no_moment(saved: SavedFunnel, owner_client: Client) -> None:
    answer = owner_client.get(f"/funnels/{saved.pk}/live/?after=0")
    assert answer["Content-Type"] == "text/event-stream"
    assert owner_client.get(f"/funnels/{saved.pk}/live/?after=-1").status_code == 404
    assert owner_client.get("/funnels/99/live/?after=1").status_code == 404


def test_question_that_several_ask_at_once_is_counted_by_one() -> None:
    there: list[int] = []
    counted: list[int] = []
    inside, go_on = threading.Event(), threading.Event()

    def ask() -> None:
        with one_at_a_time("question"):
            if not there:
                inside.set()
                go_on.wait(5)
                counted.append(1)
                there.append(1)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    threads[0].start()
    assert inside.wait(5)
    for thread in threads[1:]:
        thread.start()
    with one_at_a_time("another"):
        go_on.set()
    for thread in threads:
        thread.join(5)
    assert counted == [1]


@pytest.mark.usefixtures("organisation")
def test_what_is_offered_of_a_large_log_outlasts_events_and_not_names(
    happened: Happened,
    monkeypatch: pytest.MonkeyPatch,
    time_machine: object,
) -> None:
    happened([("ann", "Visited", "2026-01-01")])
    few = steady.steady_version()
    happened([("bo", "Visited", "2026-01-02")])
    assert steady.steady_version() != few

    time_machine.move_to("2026-02-01T12:00:00Z", tick=False)  # type: ignore[attr-defined]
    monkeypatch.setattr(steady, "_FEW", 0)
    many = steady.steady_version()
    happened([("carl", "Visited", "2026-01-03")])
    assert steady.steady_version() == many
    happened([("carl", "Paid", "2026-01-03")])
    assert steady.steady_version() != many


@pytest.fixture(autouse=True)
def _no_turns_left() -> Iterator[None]:
    yield
    assert not turns._turns


@pytest.mark.usefixtures("_slow")
def test_job_that_failed_is_not_asked_for_anew_within_the_hour(saved: SavedFunnel, happened: Happened) -> None:
    queries.reckoned(asking(saved).asked)
    happened([("new", "Visited", "2026-03-02")])
    for _ in range(3):
        assert isinstance(asking(saved).at_once(), Figures)
        counting_jobs().update(state=State.FAILED, error="The disk is full.", finished=timezone.now())
    assert counting_jobs().count() == 1
    counting_jobs().update(finished=timezone.now() - timedelta(hours=2))
    asking(saved).at_once()
    assert counting_jobs().count() == 2


def test_program_is_told_that_counting_failed(
    saved: SavedFunnel, program_of: Callable[..., Client], owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "is_quick", lambda _asked: False)
    monkeypatch.setattr(trends, "works_at_once", lambda _asked: False)
    program, address = program_of(owner), f"/api/v1/funnels/{saved.pk}"
    assert program.get(f"{address}/figures").json()["state"] == "counting"
    assert program.get(f"{address}/trend").json()["code"] == "funnels.counting"
    Job.objects.update(state=State.FAILED, error="The disk is full.", finished=timezone.now())
    for path in ("figures", "trend", "steps/1/units"):
        answer = program.get(f"{address}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (422, "funnels.not_counted"), path
        assert "The disk is full." in answer.content.decode()
    Job.objects.update(finished=timezone.now() - timedelta(hours=2))
    assert program.get(f"{address}/figures").json()["state"] == "counting"
    assert program.get(f"{address}/trend").json()["code"] == "funnels.counting"


def test_first_answer_is_counted_once_while_a_job_counts(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Asked] = []
    whole = glancing._glimpse

    def counting_it(asked: Asked) -> Figures:
        counted.append(asked)
        return whole(asked)

    monkeypatch.setattr(glancing, "_glimpse", counting_it)
    asked = queries.ask(saved.funnel, SavedPeriod())
    first, again = glimpse(asked), glimpse(asked)
    assert first is not None
    assert again is not None
    assert first.report.steps == again.report.steps
    assert len(counted) == 1


def test_days_that_are_over_end_with_the_log_after_later_events_were_undone(
    saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asking(saved).asked
    before = replace(queries.reckoned(asked), closed=Closed(None, date(2026, 4, 1), 12))
    monkeypatch.setattr(queries, "newest", lambda _asked: before)
    found = queries.compute(asked)
    assert found.closed is not None
    assert found.closed.until == date(2026, 3, 1)
    assert found.recomputed is not None
    assert found.recomputed.entered == -1
