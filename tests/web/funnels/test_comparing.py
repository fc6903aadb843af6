"""Figures beside those of other days or of a segment: which days these are, and how large a change is."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from django.http import QueryDict
from django.test import Client

from tragt import Funnel, Period, read
from tragt.errors import InvalidDefinition
from tragt.events import EventLog
from tragt.funnel.attempts import Attempts
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Question
from tragt.funnel.run import Context, counted_events
from tragt.funnel.selection import chooser_of
from tragt.stats.intervals import difference
from tragt.web.accounts.models import User
from tragt.web.crm.actions.segments import save_units
from tragt.web.funnels import queries
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting import one_age
from tragt.web.funnels.counting.comparing import Comparison, steps_of
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.views import asking
from tragt.web.records.kinds import kind_of
from tragt.web.shell.acting import COMMAND_LINE

FUNNEL = Funnel.of("Visited", "Paid", window="7d")
FIXED = PeriodKind.FIXED


@pytest.mark.parametrize(
    ("kind", "shown", "days", "first", "last"),
    [
        (Compared.BEFORE, PeriodKind.LAST_30, ("2026-03-02", "2026-04-01"), "2026-01-31", "2026-03-01"),
        (Compared.BEFORE, PeriodKind.LAST_MONTH, ("2026-03-01", "2026-04-01"), "2026-02-01", "2026-02-28"),
        (Compared.BEFORE, PeriodKind.THIS_QUARTER, ("2026-04-01", "2026-07-01"), "2026-01-01", "2026-03-31"),
        (Compared.BEFORE, PeriodKind.THIS_YEAR, ("2026-01-01", "2027-01-01"), "2025-01-01", "2025-12-31"),
        (Compared.YEAR, FIXED, ("2024-02-29", "2024-03-02"), "2023-02-28", "2023-03-01"),
        (Compared.YEAR, PeriodKind.LAST_90, ("2026-01-01", "2026-04-01"), "2025-01-01", "2025-03-31"),
    ],
)
def test_stretch_that_figures_stand_beside_is_as_long_or_the_same_of_the_calendar(
    kind: Compared, shown: PeriodKind, days: tuple[str, str], first: str, last: str
) -> None:
    found = Comparison(kind).period(SavedPeriod(shown), Period(*days))

    assert found == SavedPeriod(FIXED, date.fromisoformat(first), date.fromisoformat(last))


def test_all_time_has_no_stretch_before_it() -> None:
    with pytest.raises(InvalidDefinition, match="no stretch before"):
        Comparison(Compared.BEFORE).period(SavedPeriod(), Period())


@pytest.mark.parametrize("given", ["", "compare=else", "compare=days&compare_from=x&compare_to=", "compare=segment"])
def test_address_that_says_nothing_of_a_comparison_leaves_the_saved_one(given: str) -> None:
    assert Comparison.read(QueryDict(given)) is None


def test_comparison_survives_its_address() -> None:
    for one in (
        Comparison(Compared.YEAR),
        Comparison(),
        Comparison(Compared.SEGMENT, segment=7),
        Comparison(Compared.DAYS, (date(2026, 1, 1), date(2026, 1, 31))),
    ):
        assert Comparison.read(QueryDict(one.query)) == one


@pytest.fixture
def saved(happened: Callable[..., None], owner: User) -> SavedFunnel:  # noqa: ARG001
    """In January four of ten pay, in February eight of ten."""
    rows = []
    for month, paid in ((1, 4), (2, 8)):
        rows += [(f"p{month}-{number}", "Visited", f"2026-0{month}-05") for number in range(10)]
        rows += [(f"p{month}-{number}", "Paid", f"2026-0{month}-06") for number in range(paid)]
    happened([*rows, ("last", "Other", "2026-03-20")])
    return save(COMMAND_LINE, FUNNEL, "Visitors", SavedPeriod(FIXED, date(2026, 2, 1), date(2026, 2, 28)))


@pytest.mark.django_db
def test_page_stands_beside_the_stretch_before_and_says_what_may_be_chance(
    saved: SavedFunnel, owner_client: Client
) -> None:
    alone = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "was 40" not in alone
    assert 'stroke-dasharray="5 3"' not in alone

    page = owner_client.get(f"/funnels/{saved.pk}/?compare=before").content.decode()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")
    assert "was 40.0 %" in shown
    assert "80.0 %" in shown
    assert "+40.0 points" in shown
    assert page.count('stroke-dasharray="5 3"') == 4
    assert f'href="/funnels/{saved.pk}/steps/2/?compare=before"' in page


@pytest.mark.django_db
def test_comparison_that_cannot_be_is_explained_and_the_rest_stands(saved: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/?period=all&compare=before").content.decode()

    assert "has no stretch before it" in page
    assert "funnel-rows" in page


@pytest.mark.django_db
def test_segment_is_compared_as_a_part_with_the_rest(saved: SavedFunnel, owner_client: Client) -> None:
    members = [f"p2-{number}" for number in range(4, 10)]
    made = save_units(kind_of("person"), [f"u:{one}" for one in members], "Some", who=COMMAND_LINE)
    beside = Comparison(Compared.SEGMENT, segment=made.pk)
    whole = queries.reckoned(queries.ask(saved.funnel, saved.saved_period)).report
    part = queries.reckoned(queries.ask(beside.funnel(saved.funnel), saved.saved_period)).report
    assert [line.entered for line in part.steps] == [6, 4]

    change = steps_of(whole, part, part=True)[1].change
    assert change is not None
    assert change.difference == pytest.approx(8 / 10 - 4 / 6)
    independent = steps_of(whole, part, part=False)[1].change
    assert independent is not None
    assert change.high - change.low < independent.high - independent.low
    page = owner_client.get(f"/funnels/{saved.pk}/?compare=segment&compare_segment={made.pk}").content.decode()
    assert "there 66.7" in page


@pytest.mark.django_db
def test_whole_way_has_its_time_and_targets_are_drawn_where_they_are_set(
    happened: Callable[..., None],
    owner_client: Client,
) -> None:
    rows = [(f"p{number:02}", name, f"2026-01-{day:02}") for number in range(40) for name, day in WAY]
    happened([*rows, ("last", "Other", "2026-03-20")])
    made = save(COMMAND_LINE, Funnel.of("Visited", "Asked", "Paid", window="14d"), "Way")
    plain = owner_client.get(f"/funnels/{made.pk}/").content.decode()
    assert "in all 6 days; half of them 6 days to 6 days" in plain
    assert "; in all 6 days" in plain
    assert 'stroke-dasharray="3 3"' not in plain

    SavedFunnel.objects.filter(pk=made.pk).update(targets={"Asked": 0.5})
    aimed = owner_client.get(f"/funnels/{made.pk}/").content.decode()
    assert aimed.count('stroke-dasharray="3 3"') == 2
    assert "target 50" in aimed


WAY = (("Visited", 1), ("Asked", 3), ("Paid", 7))


# ---------------------------------------------------------------- what had less time

END = datetime(2026, 3, 1, tzinfo=UTC)
MIDDLE, BEGIN = END - timedelta(days=30), END - timedelta(days=60)
ENDLESS = Funnel.of("Visited", "Asked", "Paid", window=None)


def _stationary(seed: int) -> EventLog:
    """600 enter evenly over 60 days; six of ten ask, half of these pay, each after 12 days on average."""
    draw = np.random.default_rng(seed)
    entry, asks, pays = draw.uniform(0, 60, 600), draw.random(600) < 0.6, draw.random(600) < 0.5
    asked = entry + draw.exponential(12, 600)
    paid = asked + draw.exponential(12, 600)
    happened = (("Visited", entry, entry < 60), ("Asked", asked, asks), ("Paid", paid, asks & pays))
    rows = [
        (f"p{number}", name, BEGIN + timedelta(days=float(days[number])))
        for name, days, do in happened
        for number in np.flatnonzero(do & (days < 60))
    ]
    return read(pl.DataFrame(rows, schema=["person", "event", "time"], orient="row"))


def _sides(log: EventLog) -> list[Attempts]:
    """The first attempts of the last 30 days, and of the 30 before."""
    frame = counted_events(ENDLESS, log, Context(), END)
    found = []
    for start, end in ((MIDDLE, END), (BEGIN, MIDDLE)):
        period = Period(start.date(), end.date(), as_of=END)
        question = Question(ENDLESS, int(END.timestamp() * 1000), period, log.zone)
        found.append(chooser_of(question, Layered(FrameSource(frame, log.zone)))(period).expected.attempts)
    return found


def test_firm_that_stays_as_it_is_shows_no_change_at_one_age() -> None:
    within = []
    for seed in range(120):
        aged = one_age._at_one_age(ENDLESS, *_sides(_stationary(seed)))
        assert aged is not None
        for here, there in list(zip(aged.here, aged.there, strict=True))[1:]:
            assert here is not None
            assert there is not None
            within.append(not difference(here, there).beyond_chance)

    assert 0.92 <= np.mean(within) <= 0.98


def test_shares_at_an_age_are_of_those_who_reached_the_step_before_by_it() -> None:
    days = {"Visited": {"a": 0, "b": 0, "c": 0, "d": 0}, "Asked": {"a": 1, "b": 2, "c": 9}, "Paid": {"a": 2, "b": 8}}
    rows = [(who, name, BEGIN + timedelta(days=day)) for name, of in days.items() for who, day in of.items()]
    log = read(pl.DataFrame(rows, schema=["person", "event", "time"], orient="row"))
    attempts = _sides(log)[1]
    asked, paid = one_age._rates(ENDLESS, attempts, 3 * 86_400_000)[1:]
    assert asked is not None
    assert paid is not None
    assert (asked.numerator, asked.denominator) == (2, 4)
    assert (paid.numerator, paid.denominator) == (1, 2)


@pytest.mark.django_db
@pytest.mark.parametrize("window", [None, "45d"])
def test_page_compares_at_one_age_where_the_newer_entries_had_less_time(
    window: str | None,
    bring: Callable[[EventLog], None],
    owner: User,
    owner_client: Client,
    program_of: Callable[..., Client],
) -> None:
    bring(_stationary(1))
    funnel = Funnel.of("Visited", "Asked", "Paid", window=window)
    made = save(COMMAND_LINE, funnel, "Way", SavedPeriod(PeriodKind.LAST_30))
    page = owner_client.get(f"/funnels/{made.pk}/?compare=before").content.decode()

    assert "have had less time than the others" in page
    assert "After 1" in page
    assert page.count("may be chance") == 2
    assert "was " not in re.sub(r"<[^>]+>", " ", page).split("funnel as a picture")[-1].split("Entered")[0]
    assert 'stroke-dasharray="5 3"' not in page
    SavedFunnel.objects.update(compare=Compared.BEFORE)
    step = program_of(owner).get(f"/api/v1/funnels/{made.pk}/figures").json()["steps"][1]["beside"]
    assert step["age_seconds"] % 86_400 == 0
    assert step["change"]["difference"] == pytest.approx(step["here"]["rate"] - step["from_previous"]["rate"])
    assert step["change"]["low"] < 0 < step["change"]["high"]


@pytest.mark.django_db
def test_shares_of_different_ages_are_not_compared_before_all_is_counted(
    bring: Callable[[EventLog], None],
    owner_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring(_stationary(1))
    made = save(COMMAND_LINE, ENDLESS, "Way", SavedPeriod(PeriodKind.LAST_30))
    monkeypatch.setattr(asking, "at_one_age", lambda *_: None)
    page = owner_client.get(f"/funnels/{made.pk}/?compare=before").content.decode()
    assert "so their shares are not compared" in page
    assert "points (" not in page


@pytest.mark.parametrize("days", [("1900-01-01", "8000-01-01"), ("0003-01-01", "0009-01-01")])
def test_stretch_before_the_first_year_is_none(days: tuple[str, str]) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        Comparison(Compared.BEFORE).period(SavedPeriod(FIXED), Period(*days))
    assert refused.value.code == "compare.no_stretch"


@pytest.mark.django_db
def test_day_of_a_far_year_is_refused_at_its_field(saved: SavedFunnel, owner_client: Client) -> None:
    address = f"/funnels/{saved.pk}/?period=fixed&from=2020-01-01&to=8000-01-01&compare=before"
    answer = owner_client.get(address)
    assert answer.status_code == 200
    assert "A day lies in the years 1900 to 2200." in answer.content.decode()
    SavedFunnel.objects.update(start=date(2020, 1, 1), end=date(8000, 1, 1), compare=Compared.BEFORE)
    assert owner_client.get(f"/funnels/{saved.pk}/").status_code == 200
