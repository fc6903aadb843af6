"""The trend of a funnel, its targets by day, and what happened meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.web.funnels.conftest import Happened
from tragt.errors import InvalidDefinition, NotAllowed, NotEnoughData
from tragt.funnel import Funnel, Step
from tragt.funnel.definition import Order, Skips
from tragt.funnel.question import Every
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions.stages import edit_stage
from tragt.web.crm.models import Pipeline, PipelineKind, Stage
from tragt.web.funnels import queries
from tragt.web.funnels.actions import Judging, choose_judging, restore, save
from tragt.web.funnels.actions.annotations import Noted, annotate
from tragt.web.funnels.actions.targets import bring_forward, forget_target, set_targets
from tragt.web.funnels.counting.figures import Asked
from tragt.web.funnels.models import Annotation, AnnotationKind, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.pipelines import funnel_over
from tragt.web.funnels.steps import remembering
from tragt.web.funnels.steps import trend as steps_trend
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.trends import trends
from tragt.web.funnels.trends.attainment import Verdict, attained
from tragt.web.funnels.trends.targets import targets_at, targets_of, today
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db(transaction=True)

FUNNEL = Funnel.of("Visited", "Signed Up", "Paid", window="11d")
JANUARY, MARCH = date(2026, 1, 5), date(2026, 3, 2)


def _weeks(shares: Sequence[int], start: date = JANUARY) -> list[tuple[str, str, str]]:
    """Forty enter on each Monday; so many of them sign up on Wednesday, half of these pay on Thursday."""
    rows = []
    for week, signed in enumerate(shares):
        monday = start + timedelta(weeks=week)
        for number in range(40):
            person = f"p{week}-{number}"
            rows.append((person, "Visited", str(monday)))
            if number < signed:
                rows.append((person, "Signed Up", str(monday + timedelta(days=2))))
            if number < signed // 2:
                rows.append((person, "Paid", str(monday + timedelta(days=3))))
    return rows


@pytest.fixture
def saved(organisation: object, happened: Happened) -> SavedFunnel:  # noqa: ARG001
    """Six weeks, the last of which is not over: 20 of 40 sign up, then 8."""
    happened(_weeks([20, 20, 20, 8, 8, 8]))
    return save(COMMAND_LINE, FUNNEL, "Shop")


def _trend(saved: SavedFunnel, every: Every = Every.WEEK) -> trends.Trend:
    return trends.reckoned(queries.ask(saved.funnel, saved.saved_period), every)


# ---------------------------------------------------------------- targets


def test_target_holds_from_its_day_and_the_past_keeps_what_was_asked_then(saved: SavedFunnel) -> None:
    set_targets(COMMAND_LINE, saved, {"Signed Up": 0.4})
    row = set_targets(COMMAND_LINE, saved, {"Signed Up": 0.5}, date(2026, 1, 26))
    assert targets_at(row, date(2025, 6, 1)) == {"Signed Up": 0.4}
    assert targets_at(row, date(2026, 1, 25)) == {"Signed Up": 0.4}
    assert targets_at(row, date(2026, 1, 26)) == {"Signed Up": 0.5}
    assert row.targets == {"Signed Up": 0.5}
    later = set_targets(COMMAND_LINE, row, {"Signed Up": None}, date(2026, 2, 9))
    assert targets_at(later, date(2026, 2, 1)) == {"Signed Up": 0.5}
    assert targets_at(later, date(2026, 2, 9)) == {}
    assert later.targets == {}


def test_target_of_which_no_day_was_said_is_kept_for_the_past_when_another_begins(saved: SavedFunnel) -> None:
    choose_judging(COMMAND_LINE, saved, Judging(targets={"Paid": 0.3}))
    row = set_targets(COMMAND_LINE, SavedFunnel.objects.get(), {"Paid": 0.6}, date(2026, 2, 1))
    assert targets_at(row, date(2026, 1, 1)) == {"Paid": 0.3}
    assert targets_at(row, date(2026, 2, 1)) == {"Paid": 0.6}
    choose_judging(COMMAND_LINE, row, Judging(targets={"Paid": 0.7}))
    row = SavedFunnel.objects.get()
    assert targets_at(row, today() - timedelta(days=1)) == {"Paid": 0.6}
    assert targets_at(row, today()) == {"Paid": 0.7}


def test_target_of_a_day_to_come_is_in_force_when_it_comes(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    set_targets(COMMAND_LINE, saved, {"Paid": 0.3})
    coming = today() + timedelta(days=10)
    row = set_targets(COMMAND_LINE, saved, {"Paid": 0.6}, coming)
    assert row.targets == {"Paid": 0.3}
    assert targets_at(row, coming) == {"Paid": 0.6}
    assert bring_forward() == 0
    for module in ("actions.targets", "trends.targets"):
        monkeypatch.setattr(f"tragt.web.funnels.{module}.today", lambda: coming)
    assert bring_forward() == 1
    assert SavedFunnel.objects.get().targets == {"Paid": 0.6}
    assert bring_forward() == 0


def test_target_taken_back_lets_hold_what_was_said_before(saved: SavedFunnel) -> None:
    set_targets(COMMAND_LINE, saved, {"Paid": 0.3})
    row = set_targets(COMMAND_LINE, saved, {"Paid": 0.6}, date(2026, 2, 1))
    last = max(targets_of(row).changes, key=lambda one: one.rank)
    assert last.key is not None
    row = forget_target(COMMAND_LINE, row, last.key)
    assert row.targets == {"Paid": 0.3} == targets_at(row, date(2026, 3, 1))


def test_targets_of_a_version_brought_back_hold_from_today(saved: SavedFunnel) -> None:
    set_targets(COMMAND_LINE, saved, {"Paid": 0.3})
    first = SavedFunnel.objects.get().version
    set_targets(COMMAND_LINE, saved, {"Paid": 0.6}, date(2026, 2, 1))
    restore(COMMAND_LINE, SavedFunnel.objects.get(), first)
    row = SavedFunnel.objects.get()
    assert targets_at(row, date(2026, 2, 1)) == {"Paid": 0.6}
    assert targets_at(row, today()) == {"Paid": 0.3}


def test_targets_of_a_funnel_over_a_pipeline_are_those_of_its_stages_then(
    organisation: object,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipeline = Pipeline.objects.create(name="Sales")
    need = Stage.objects.create(pipeline=pipeline, name="Need", position=0, target=40)
    Stage.objects.create(pipeline=pipeline, name="Offer", position=1)
    Pipeline.objects.update(created=timezone.now() - timedelta(days=30))
    edit_stage(need.pk, {"target": 60}, who=COMMAND_LINE)
    row = funnel_over(pipeline)
    yesterday = today() - timedelta(days=1)
    assert targets_at(row, yesterday) == {"Offer": 0.4}
    assert targets_at(row, today()) == {"Offer": 0.6}
    coming = today() + timedelta(days=400)
    monkeypatch.setattr("tragt.web.funnels.trends.targets.today", lambda: coming)
    assert targets_at(row, coming) == {"Offer": 0.6}
    with pytest.raises(InvalidDefinition, match="follows a pipeline"):
        set_targets(COMMAND_LINE, row, {"Offer": 0.5})


@pytest.mark.parametrize("share", [0, 1, -0.2, 3])
def test_target_that_nobody_could_be_below_is_refused(saved: SavedFunnel, share: float) -> None:
    with pytest.raises(InvalidDefinition, match="above 0 and below 1"):
        set_targets(COMMAND_LINE, saved, {"Paid": share})
    with pytest.raises(InvalidDefinition, match="Signed Up, Paid"):
        set_targets(COMMAND_LINE, saved, {"Visited": 0.5})


def test_target_is_not_set_by_a_seller(saved: SavedFunnel, make_user: object) -> None:
    seller: User = make_user(role=Role.SELLER)  # type: ignore[operator]
    with pytest.raises(NotAllowed):
        set_targets(Who.of(seller), saved, {"Paid": 0.4})


# ---------------------------------------------------------------- attainment


def test_trend_tells_each_week_and_what_it_attained(saved: SavedFunnel) -> None:
    set_targets(COMMAND_LINE, saved, {"Signed Up": 0.45})
    row = set_targets(COMMAND_LINE, saved, {"Signed Up": 0.3}, date(2026, 1, 26))
    found = _trend(saved)
    weeks = attained(found, row.funnel, 1, targets_of(row))
    assert [one.start for one in weeks] == [JANUARY + timedelta(weeks=week) for week in range(6)]
    assert [(one.came, one.passed) for one in weeks] == [(40, 20)] * 3 + [(40, 8)] * 3
    assert [one.target for one in weeks] == [0.45] * 3 + [0.3] * 3
    assert [one.young for one in weeks] == [False] * 4 + [True] * 2  # the log ends ten days after the fifth Monday
    assert [one.verdict for one in weeks] == [Verdict.MET] * 3 + [Verdict.SHORT, None, None]
    assert weeks[0].ratio == pytest.approx(0.5 / 0.45)
    assert weeks[0].low is not None
    assert weeks[5].low is None
    assert weeks[5].rate == pytest.approx(0.2)
    strict = set_targets(COMMAND_LINE, saved, {"Signed Up": 0.45}, date(2026, 1, 26))
    assert attained(found, row.funnel, 1, targets_of(strict))[3].verdict is Verdict.MISSED


def test_trend_of_the_whole_way_has_the_share_of_those_who_entered(saved: SavedFunnel) -> None:
    weeks = attained(_trend(saved), saved.funnel, None, targets_of(saved))
    assert [(one.came, one.passed) for one in weeks][::5] == [(40, 10), (40, 4)]
    assert weeks[0].rate == pytest.approx(0.25)


@pytest.mark.usefixtures("organisation")
def test_trend_without_a_limit_in_time_calls_over_what_had_the_usual_time(happened: Happened) -> None:
    happened(_weeks([20] * 6))
    endless = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid", window=None), "Endless")
    found = _trend(endless)
    assert found.timeless
    assert [stretch.over for stretch in found.stretches] == [True] * 5 + [False]


def test_trend_of_many_weeks_is_cut_to_the_last_and_says_so(
    saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(trends.MOST, Every.WEEK, 2)
    found = _trend(saved)
    assert [stretch.start for stretch in found.stretches] == [date(2026, 2, 2), date(2026, 2, 9)]
    assert found.cut
    months = [(one.start, one.lines[0].entered) for one in _trend(saved, Every.MONTH).stretches]
    assert months == [(date(2026, 1, 1), 160), (date(2026, 2, 1), 80)]


@pytest.mark.usefixtures("organisation")
@pytest.mark.parametrize("funnel", [FUNNEL, replace(FUNNEL, order=Order.ANY), replace(FUNNEL, skips=Skips.FILL)])
def test_trend_is_cut_where_somebody_entered_before_what_it_shows(
    funnel: Funnel, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = [row for row in _weeks([20] * 6) if not row[0].startswith("p2-")]
    happened(quiet)
    row = save(COMMAND_LINE, funnel, "Shop")
    told = []
    for most in (6, 5, 4):
        monkeypatch.setitem(trends.MOST, Every.WEEK, most)
        found = _trend(row, Every.WEEK)
        told.append((len(found.stretches), found.cut))
        cache.clear()
    assert told == [(6, False), (5, True), (3, True)], "of a stretch that begins with an empty week too"


# ---------------------------------------------------------------- pages


def test_page_of_the_trend_shows_shares_targets_and_what_happened(saved: SavedFunnel, owner_client: Client) -> None:
    set_targets(COMMAND_LINE, saved, {"Signed Up": 0.45})
    annotate(COMMAND_LINE, Noted("New price list", date(2026, 1, 27), kind=AnnotationKind.PRICE))
    annotate(COMMAND_LINE, Noted("Long ago", date(2020, 1, 27)))
    page = owner_client.get(f"/funnels/{saved.pk}/trend/?step=2").content.decode()
    assert "less than the target of 45" in page
    assert page.count("tp-missed") == 2  # drawn wide and narrow
    assert page.count('class="tp-dot young"') == 4
    assert "New price list" in page
    assert "Long ago" not in page
    assert page.count('class="tp-target"') == 2
    whole = owner_client.get(f"/funnels/{saved.pk}/trend/").content.decode()
    assert 'class="tp-target"' not in whole


def test_finding_of_a_trend_is_marked_only_where_it_is_bad(saved: SavedFunnel, owner_client: Client) -> None:
    def finding(step: str) -> str:
        page = owner_client.get(f"/funnels/{saved.pk}/trend/?step={step}").content.decode()
        return page.split('<p class="finding')[1].split("</p>")[0]

    assert finding("").startswith(' calm"><strong>')
    assert "no change" in finding("")
    assert "fewer go on" in finding("2")
    assert finding("2").startswith('">')
    set_targets(COMMAND_LINE, saved, {"Signed Up": 0.2})
    assert finding("2").startswith(' calm">'), "the target is met"
    set_targets(COMMAND_LINE, saved, {"Signed Up": 0.45})
    assert finding("2").startswith('">')


def test_trend_as_csv_has_a_line_a_stretch(saved: SavedFunnel, owner_client: Client) -> None:
    answer = owner_client.get(f"/funnels/{saved.pk}/trend.csv?step=2&every=month")
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("start,until,step,came,passed")
    assert [line.split(",")[3:5] for line in lines[1:]] == [["160", "68"], ["80", "16"]]


def test_trend_of_a_large_log_is_counted_by_a_job_and_then_stands_there(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trends, "works_at_once", lambda _asked: False)
    waits = owner_client.get(f"/funnels/{saved.pk}/trend/").content.decode()
    assert "It is being counted" in waits
    assert "tp-wide" not in waits
    drain()
    assert "tp-wide" in owner_client.get(f"/funnels/{saved.pk}/trend/").content.decode()


def test_trend_of_before_is_shown_while_a_large_log_is_counted_anew(
    saved: SavedFunnel, owner_client: Client, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    _trend(saved)
    monkeypatch.setattr(trends, "works_at_once", lambda _asked: False)
    happened(_weeks([20], MARCH))
    page = owner_client.get(f"/funnels/{saved.pk}/trend/").content.decode()
    assert "it is being counted anew" in page
    assert "tp-wide" in page


def test_page_of_the_targets_sets_them_and_tells_what_was_attained(saved: SavedFunnel, owner_client: Client) -> None:
    address = f"/funnels/{saved.pk}/targets/"
    page = owner_client.get(address).content.decode()
    assert "No step has a target yet" in page
    sent = {"target-1": "45", "target-2": "12.5", "since": "", "version": str(saved.version)}
    assert owner_client.post(f"{address}change/", sent).status_code == 302
    assert SavedFunnel.objects.get().targets == {"Signed Up": 0.45, "Paid": 0.125}
    page = owner_client.get(address).content.decode()
    assert 'class="missed"' in page
    assert "the beginning" in page
    assert page.index(">9 Feb 2026</th>") < page.index(">5 Jan 2026</th>"), "the newest stands first"
    stale = owner_client.post(f"{address}change/", {**sent, "target-1": "50"})
    assert stale.status_code == 409
    assert "Somebody changed this funnel meanwhile" in stale.content.decode()
    wrong = owner_client.post(f"{address}change/", {**sent, "target-1": "100", "since": "2026-13-01"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count('class="errorlist"') == 2
    assert SavedFunnel.objects.get().targets["Signed Up"] == 0.45


# ---------------------------------------------------------------- annotations


def test_annotation_is_made_in_place_changed_by_version_and_its_removal_undone(
    saved: SavedFunnel, owner_client: Client
) -> None:
    back = f"/funnels/{saved.pk}/trend/?every=week"
    sent = {"kind": "campaign", "text": " Spring\ncampaign ", "day": "2026-01-20", "until": "", "funnel": str(saved.pk)}
    answer = owner_client.post("/funnels/annotations/", {**sent, "following": back})
    assert answer["Location"] == back
    row = Annotation.objects.get()
    assert (row.text, row.day, row.funnel_id, row.version) == ("Spring campaign", date(2026, 1, 20), saved.pk, 1)
    address = f"/funnels/annotations/{row.pk}/"
    assert owner_client.post(address, {**sent, "text": "Spring", "version": "1"}).status_code == 302
    late = owner_client.post(address, {**sent, "text": "Summer", "version": "1"})
    assert late.status_code == 409
    assert "Spring" in late.content.decode()
    assert 'value="Summer"' in late.content.decode()
    owner_client.post(f"{address}remove/")
    listed = owner_client.get(f"/funnels/annotations/?removed={row.pk}").content.decode()
    assert "was removed" in listed
    assert owner_client.get(address).status_code == 404
    owner_client.post(f"{address}bring-back/")
    assert owner_client.get(address).status_code == 200


def test_annotation_that_ends_before_it_begins_is_refused_where_it_is_wrong(owner_client: Client) -> None:
    sent = {"kind": "campaign", "text": "Fair", "day": "2026-01-20", "until": "2026-01-01", "funnel": ""}
    answer = owner_client.post("/funnels/annotations/", {**sent, "following": "//evil.example"})
    assert answer.status_code == 422
    assert "The last day comes before the first" in answer.content.decode()
    assert not Annotation.objects.exists()
    answer = owner_client.post("/funnels/annotations/", {**sent, "until": "", "following": "//evil.example"})
    assert answer["Location"] == "/funnels/annotations/"


# ---------------------------------------------------------------- what must not mislead


def _opened(saved: SavedFunnel, period: SavedPeriod) -> Opened:
    asked = queries.ask(saved.funnel, period)
    return Opened(asked, queries.reckoned(asked), 0, all_seen=True)


@pytest.mark.parametrize(("every", "starts"), [(Every.WEEK, 6), (Every.DAY, 36), (Every.MONTH, 2)])
def test_dates_of_entry_are_counted_back_from_the_data_where_the_period_ends_later(
    saved: SavedFunnel, every: Every, starts: int
) -> None:
    found = steps_trend.trend_of(_opened(saved, SavedPeriod(PeriodKind.THIS_YEAR)), every)
    assert len(found.stretches) == starts
    assert sum(one.entered for one in found.stretches) == 240
    assert not found.first_left_out


def test_dates_of_entry_say_that_earlier_ones_are_left_out_where_some_are(
    saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(steps_trend._MOST, Every.WEEK, 2)
    found = steps_trend.trend_of(_opened(saved, SavedPeriod()), Every.WEEK)
    assert (len(found.stretches), found.first_left_out) == (2, True)
    monkeypatch.setitem(steps_trend._MOST, Every.WEEK, 6)
    remembering.forget()
    assert not steps_trend.trend_of(_opened(saved, SavedPeriod()), Every.WEEK).first_left_out


def test_dates_of_entry_say_that_all_entered_before_what_can_be_shown(saved: SavedFunnel, happened: Happened) -> None:
    happened([("p0-0", "Paid", "2026-12-01")])
    with pytest.raises(NotEnoughData) as refused:
        steps_trend.trend_of(_opened(saved, SavedPeriod(PeriodKind.THIS_YEAR)), Every.WEEK)
    assert refused.value.code == "steps.no_trend_lately"


def test_trend_counted_last_is_that_of_the_same_days(saved: SavedFunnel, happened: Happened) -> None:
    def of(year: int) -> Asked:
        return queries.ask(saved.funnel, SavedPeriod(PeriodKind.FIXED, date(year, 1, 1), date(year, 12, 31)))

    trends.reckoned(of(2025), Every.WEEK)
    assert trends.trend_before(of(2026), Every.WEEK) is None
    happened(_weeks([20], MARCH))
    assert trends.trend_before(of(2025), Every.WEEK) is not None


@pytest.mark.usefixtures("organisation")
def test_figures_of_another_fiscal_year_are_not_those_counted_last(saved: SavedFunnel) -> None:
    asked = queries.ask(saved.funnel, SavedPeriod(PeriodKind.THIS_YEAR))
    before = asked.lasting
    Organisation.objects.update(fiscal_year_start=7)
    asked = queries.ask(saved.funnel, SavedPeriod(PeriodKind.THIS_YEAR))
    assert asked.lasting != before


@pytest.mark.usefixtures("organisation")
def test_stretch_of_which_nobody_knows_whether_it_is_over_has_no_verdict(
    happened: Happened, owner_client: Client, program_of: Callable[..., Client], owner: User
) -> None:
    happened(_weeks([1, 1, 1]))
    made = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid", window=None), "Endless")
    row = set_targets(COMMAND_LINE, made, {"Signed Up": 0.9})
    weeks = attained(_trend(row), row.funnel, 1, targets_of(row))
    assert [(one.over, one.verdict, one.ratio, one.low) for one in weeks] == [(None, None, None, None)] * 3
    assert weeks[0].rate == pytest.approx(1 / 40)
    page = owner_client.get(f"/funnels/{made.pk}/trend/?step=2").content.decode()
    assert 'class="tp-missed"' not in page
    assert "too few have come so far" in page
    lines = b"".join(owner_client.get(f"/funnels/{made.pk}/trend.csv?step=2")).decode("utf-8-sig").splitlines()
    assert [line.split(",")[8] for line in lines] == ["over", "", "", ""]
    told = program_of(owner).get(f"/api/v1/funnels/{made.pk}/trend?step=2").json()["stretches"]
    assert [one["over"] for one in told] == [None] * 3


def test_trend_of_a_log_with_events_to_come_is_looked_at_from_now(saved: SavedFunnel, happened: Happened) -> None:
    happened([("late", "Visited", str(today() + timedelta(days=400)))])
    found = _trend(saved)
    assert found.as_of == found.computed


# ---------------------------------------------------------------- targets of steps that change


def test_step_taken_out_of_a_funnel_gets_no_target_when_one_begins(
    saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = today() + timedelta(days=3)
    row = set_targets(COMMAND_LINE, saved, {"Signed Up": 0.4, "Paid": 0.3}, coming)
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="11d"), "Shop", saved=row)
    for module in ("actions.targets", "trends.targets"):
        monkeypatch.setattr(f"tragt.web.funnels.{module}.today", lambda: coming)
    assert bring_forward() == 1
    assert SavedFunnel.objects.get().targets == {"Paid": 0.3}
    assert bring_forward() == 0


def test_target_holds_from_the_first_minute_of_its_day(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    set_targets(COMMAND_LINE, saved, {"Paid": 0.3})
    coming = today() + timedelta(days=3)
    row = set_targets(COMMAND_LINE, saved, {"Paid": 0.6}, coming)
    monkeypatch.setattr("tragt.web.funnels.trends.targets.today", lambda: coming)
    assert targets_at(row, coming) == {"Paid": 0.6}


def test_target_of_a_renamed_step_keeps_its_past(saved: SavedFunnel) -> None:
    set_targets(COMMAND_LINE, saved, {"Paid": 0.3})
    row = set_targets(COMMAND_LINE, saved, {"Paid": 0.6}, date(2026, 2, 1))
    renamed = Funnel.of("Visited", "Signed Up", Step("Paid", label="Bought"), window="11d")
    row = save(COMMAND_LINE, renamed, "Shop", saved=row)
    assert row.targets == {"Bought": 0.6}
    assert targets_at(row, date(2026, 1, 1)) == {"Bought": 0.3}


def test_step_of_many_names_may_have_a_target(organisation: object, happened: Happened) -> None:  # noqa: ARG001
    happened(_weeks([20]))
    names = [f"Paid by the {number}. of many cards" for number in range(20)]
    made = save(COMMAND_LINE, Funnel.of("Visited", Step(names), window="11d"), "Shop")
    title = made.funnel.steps[1].title
    assert len(title) > 300
    row = set_targets(COMMAND_LINE, made, {title: 0.4}, date(2026, 1, 5))
    assert targets_at(row, date(2026, 1, 6)) == {title: 0.4}


@pytest.mark.parametrize("kind", [PipelineKind.DEALS, PipelineKind.LIFECYCLE])
def test_past_of_stages_stays_when_a_funnel_leaves_its_pipeline(
    organisation: object,  # noqa: ARG001
    kind: PipelineKind,
) -> None:
    pipeline = Pipeline.objects.create(name="Sales", kind=kind)
    need = Stage.objects.create(pipeline=pipeline, name="Need", position=0, target=40)
    Stage.objects.create(pipeline=pipeline, name="Offer", position=1)
    Stage.objects.create(pipeline=pipeline, name="Order", position=2)
    Pipeline.objects.update(created=timezone.now() - timedelta(days=30))
    edit_stage(need.pk, {"target": 60}, who=COMMAND_LINE)
    row = funnel_over(pipeline)
    yesterday = today() - timedelta(days=1)
    assert (targets_at(row, yesterday), targets_at(row, today())) == ({"Offer": 0.4}, {"Offer": 0.6})

    own = replace(row.funnel, steps=(row.funnel.steps[0], row.funnel.steps[1], Step("Signed")))
    left = save(COMMAND_LINE, own, "Ours", saved=row)
    assert left.pipeline_id is None
    assert (targets_at(left, yesterday), targets_at(left, today())) == ({"Offer": 0.4}, {"Offer": 0.6})
