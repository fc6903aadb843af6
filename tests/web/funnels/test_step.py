"""The page of a step and its panels: what they say, to whom, and that each fails alone."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from django.test import Client

from tests.web.funnels.conftest import Bring
from tragt import Funnel, read
from tragt.demo import FUNNEL_STEPS, DemoFirm
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.crm.queries.funnels import funnel_of
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.steps import remembering, sampling
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.views import step as views
from tragt.web.people.models import Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db]

PANEL = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    remembering.forget()
    sampling.forget()


@pytest.fixture
def saved(visitors: None, owner: User) -> SavedFunnel:  # noqa: ARG001
    return save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid", window="14d"), "Visitors to customers")


@pytest.fixture
def firm(bring: Bring, owner: User) -> SavedFunnel:  # noqa: ARG001
    """The demonstration firm, small, in whose funnel too few come from the webinar to the demo by Paid Social."""
    bring(DemoFirm(persons=4_000).log())
    return save(COMMAND_LINE, Funnel.of(*FUNNEL_STEPS, window="90d"), "Marketing")


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def told(client: Client, saved: SavedFunnel, number: int, panel: str, query: str = "") -> str:
    answer = client.get(f"/funnels/{saved.pk}/steps/{number}/panels/{panel}/{query}", headers=PANEL)
    assert answer.status_code == 200
    return text(answer)


def test_step_page_says_what_became_of_them_and_offers_each_panel(saved: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/steps/1/")

    shown = text(page)
    assert "Step 1 of 3." in shown
    assert "Expired 6" in shown
    assert "The whole list: 11" in shown
    assert len(page.context["people"]) == 10
    for panel in views.PANELS:
        assert f'id="{panel.name}"' in page.content.decode()
        assert f"/steps/1/panels/{panel.name}/" in page.content.decode()
    assert b"style=" not in page.content


@pytest.mark.parametrize("panel", [one.name for one in views.PANELS])
def test_panel_answers_alone_and_as_a_page_on_few_people(saved: SavedFunnel, owner_client: Client, panel: str) -> None:
    for number in (1, 2, 3):
        address = f"/funnels/{saved.pk}/steps/{number}/panels/{panel}/"
        alone, page = owner_client.get(address, headers=PANEL), owner_client.get(address)
        assert alone.status_code == page.status_code == 200
        assert b"<html" not in alone.content
        assert b"<html" in page.content
        assert "nobody foresaw" not in text(alone)


def test_panels_tell_the_planted_leak_of_the_firm(firm: SavedFunnel, owner_client: Client) -> None:
    number = FUNNEL_STEPS.index("Webinar Joined") + 1

    broken = told(owner_client, firm, number, "breakdown", "?by=entry:source")
    assert "“Paid Social” do worse than the others, beyond chance" in broken
    assert broken.count("worse than the others") == 2

    drivers = told(owner_client, firm, number, "drivers")
    assert "Source" in drivers
    assert "Paid Social" in drivers
    assert "does not make it the cause" in drivers

    times = told(owner_client, firm, number, "times")
    assert "Half of those who go on from “Webinar Joined” to “Demo Requested”" in times
    trend = told(owner_client, firm, number, "trend", "?every=month")
    assert "Entered from" in trend
    assert "touches at “Webinar Joined” for each one who goes on" in told(owner_client, firm, number, "touches")
    assert "Those who went on from “Webinar Joined”" in told(owner_client, firm, number, "paths")
    assert told(owner_client, firm, number, "inside") != told(owner_client, firm, number + 1, "inside")


def test_panel_that_fails_says_so_alone(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(views, "trend_of", breaks)

    assert "nobody foresaw" in told(owner_client, saved, 1, "trend")
    assert "cannot be told" in caplog.text
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/").status_code == 200
    assert "By date of entry" in text(owner_client.get(f"/funnels/{saved.pk}/steps/1/"))


def test_panel_refuses_properties_that_tell_people_apart(owner_client: Client, saved: SavedFunnel) -> None:
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/panels/breakdown/?by=entry:email").status_code == 404
    assert owner_client.get(f"/funnels/{saved.pk}/steps/1/panels/nothing/").status_code == 404
    assert owner_client.get(f"/funnels/{saved.pk}/steps/9/panels/trend/").status_code == 404


def test_seller_who_sees_own_records_gets_counts_and_the_reason(
    saved: SavedFunnel,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
) -> None:
    organisation.sellers_see = "own"
    organisation.save()
    client = client_of(make_user(Role.SELLER))

    page = client.get(f"/funnels/{saved.pk}/steps/1/")

    assert page.status_code == 200
    assert "this list names everyone's" in text(page).replace("&#x27;", "'")
    assert "Expired 6" in text(page)
    assert "people" not in page.context
    assert b"?outcome=" not in page.content
    listed = client.get(f"/funnels/{saved.pk}/steps/1/?outcome=entered&period=all")
    assert (listed.status_code, listed.headers["Location"]) == (302, f"/funnels/{saved.pk}/steps/1/?period=all#people")


@pytest.fixture
def needs(happened: Callable[..., None], owner: User) -> SavedFunnel:  # noqa: ARG001
    """Those who buy were called and then asked; the others were neither."""
    rows = [
        (f"b{one}", name, f"2026-01-0{day}")
        for one in range(20)
        for day, name in enumerate(("Need", "Call", "Ask", "Won"), 1)
    ]
    rows += [(f"s{one}", "Need", "2026-01-01") for one in range(20)]
    happened(rows)
    return save(COMMAND_LINE, Funnel.of("Need", "Won", window="30d"), "Needs")


def test_funnel_in_between_opens_in_place_nested_and_is_saved(needs: SavedFunnel, owner_client: Client) -> None:
    inside = told(owner_client, needs, 1, "inside")
    assert re.search(r"Need 40 people.*Call median 24 hours 20 .*Ask median 24 hours 20 .*Won 20", inside), inside

    deeper = told(owner_client, needs, 1, "inside", "?then=0")
    assert "Nothing can be proposed" in deeper

    done = owner_client.post(f"/funnels/{needs.pk}/steps/1/inside/", {"then": ""})
    made = SavedFunnel.objects.latest("pk")
    assert done.headers["Location"] == f"/funnels/{made.pk}/"
    assert [step.title for step in made.funnel.steps] == ["Need", "Call", "Ask", "Won"]
    assert made.name == "Need → Won"


def test_paths_and_touches_say_what_those_who_went_on_did(needs: SavedFunnel, owner_client: Client) -> None:
    paths = told(owner_client, needs, 1, "paths")
    assert (
        "Those who go on have more often met “Ask” and “Call” by then" in paths or "“Call” and “Ask” by then" in paths
    )
    assert "Call goes along with going on 100 % 0 % only those who went on at least 6.1 times" in paths
    assert "Call → Ask" in paths
    touches = told(owner_client, needs, 1, "touches")
    assert "It takes 2 touches at “Need” for each one who goes on to “Won”." in touches


def test_large_log_is_sampled_by_whole_people_and_says_so(
    needs: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST", 10)
    monkeypatch.setattr(sampling, "SAMPLE", 40)

    touches = told(owner_client, needs, 1, "touches")

    assert "a sample of whole people: one in 3" in touches
    assert "It takes 2 touches" in touches, "whole people: nobody's touches are halved"


def test_breakdown_is_by_who_owns_the_records_now_too_but_not_for_who_sees_own_ones(
    needs: SavedFunnel,
    owner: User,
    owner_client: Client,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
) -> None:
    other = User.objects.create(email="bo@example.org", name="Bo")
    for one in range(20):
        person = Person.objects.create(name=f"Person {one}", owner=owner if one < 15 else other)
        Identifier.objects.create(actor=f"u:b{one}", person=person)

    broken = told(owner_client, needs, 1, "breakdown", "?by=unit:owner")

    assert "Owner, as it is now" in broken
    assert "Owner 15 15" in broken
    assert "Bo 5 5" in broken
    assert "not given 20 0" in broken
    assert "What share went on" in broken, "nobody has had the full time, so nothing can be judged"

    organisation.sellers_see = "own"
    organisation.save()
    address = f"/funnels/{needs.pk}/steps/1/panels/breakdown/?by=unit:owner"
    assert client_of(make_user(Role.SELLER)).get(address).status_code == 404


@pytest.fixture
def sales(bring: Bring, owner: User) -> SavedFunnel:  # noqa: ARG001
    """A pipeline of two stages: of thirty deals ten are won, eight are lost for a reason, and two without one."""
    pipeline = Pipeline.objects.create(name="Sales")
    need = Stage.objects.create(pipeline=pipeline, name="Need", position=0, playbook="Ask whom it hurts.", criteria="")
    offer = Stage.objects.create(
        pipeline=pipeline, name="Offer", position=1, playbook="", criteria="There is a budget."
    )
    rows: list[tuple[str, str, str, str | None, int | None, str | None]] = []
    for one in range(30):
        deal = f"d{one}"
        rows.append((deal, "Deal Created", "2026-01-05", "Need", need.pk, None))
        rows.append((deal, "Deal Stage Entered", f"2026-01-{6 + one % 9:02}", "Offer", offer.pk, None))
        if one < 10:
            rows.append((deal, "Deal Won", "2026-01-20", None, None, None))
        elif one < 20:
            rows.append((deal, "Deal Lost", "2026-01-21", None, None, "Too dear" if one < 18 else None))
    rows.append(("late", "Deal Created", "2026-03-05", "Need", need.pk, None))
    frame = pl.DataFrame(rows, schema=["deal", "event", "time", "to", "stage_key", "reason"], orient="row")
    bring(read(frame.with_columns(pipeline=pl.lit("Sales"))))
    return save(COMMAND_LINE, funnel_of(pipeline), "Sales")


def test_losses_are_told_with_their_reasons_and_the_silent(sales: SavedFunnel, owner_client: Client) -> None:
    losses = told(owner_client, sales, 2, "losses")

    assert "Too dear 8" in losses
    assert "Lost, no reason given 2" in losses
    assert "Gone silent: still open after more than" in losses
    assert re.search(r"days 10 50.0 %", losses), losses


def test_reasons_are_kept_from_a_seller_who_sees_own_records(
    sales: SavedFunnel, organisation: Organisation, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    organisation.sellers_see = "own"
    organisation.save()

    losses = told(client_of(make_user(Role.SELLER)), sales, 2, "losses")

    assert "Too dear" not in losses
    assert "Lost 10" in losses
    assert "told to those who see everyone" in losses


def test_stage_shows_its_playbook_and_what_must_be_true(sales: SavedFunnel, owner_client: Client) -> None:
    first, second = (text(owner_client.get(f"/funnels/{sales.pk}/steps/{number}/")) for number in (1, 2))

    assert "What to do in Need Ask whom it hurts." in first
    assert "To be here: There is a budget." in second


def test_trend_marks_who_have_not_had_their_time(saved: SavedFunnel, owner_client: Client) -> None:
    answer = owner_client.get(f"/funnels/{saved.pk}/steps/1/panels/trend/?every=month", headers=PANEL)

    assert re.search(r"1 Jan 2026 10 4 40.* 1 Mar 2026 not over yet 1 0 0 %", text(answer))
    assert answer.content.count(b'class="dot young"') == 1


def test_times_say_who_waits_for_longer_than_usual(sales: SavedFunnel, owner_client: Client) -> None:
    times = told(owner_client, sales, 2, "times")

    assert "10 have been at “Offer” for longer than nine of ten of those who go on take" in times


def test_whole_log_is_read_once_for_every_period_and_by_one_at_a_time(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    whole = sampling._read

    def reading(opened: Opened, one_in: int) -> sampling.Read:
        counted.append(one_in)
        return whole(opened, one_in)

    monkeypatch.setattr(sampling, "_read", reading)
    for last in (20, 21, 22):
        told(owner_client, saved, 1, "paths", f"?period=fixed&from=2026-01-01&to=2026-01-{last}")
    assert counted == [1]
    monkeypatch.setattr(sampling, "MOST", 3)
    monkeypatch.setattr(sampling, "SAMPLE", 9)
    for last in (20, 21):
        told(owner_client, saved, 1, "touches", f"?period=fixed&from=2026-01-01&to=2026-01-{last}")
    assert counted == [1, 2, 2]
