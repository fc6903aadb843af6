"""Merged spellings, through saved funnels: figures as on a log in which the names are one, and undone exactly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import polars as pl
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.lake.index.making import NAMES, made
from tests.web.conftest import queries as asked
from tragt import Funnel, Step
from tragt.errors import InvalidDefinition, NotFound
from tragt.funnel.definition import Unit
from tragt.lake import Marker
from tragt.lake.index import Kind
from tragt.web.accounts.models import AuditRow
from tragt.web.funnels import queries
from tragt.web.funnels.actions import save
from tragt.web.funnels.building.offers import offers
from tragt.web.funnels.counting.counting import Way, way_of
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.counting.sources import log_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.as_python import definition_as_python
from tragt.web.funnels.showing.presenting import Page
from tragt.web.jobs.worker import drain
from tragt.web.lexicon import actions
from tragt.web.lexicon.models import Merge
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.queries import lake
from tragt.web.people.actions import build_index
from tragt.web.shell.acting import COMMAND_LINE as ME

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

SPELLED = {name: (name, name.lower().replace(" ", "_"), name.upper()) for name in NAMES}
FUNNELS = [
    Funnel(["Visit", "Cart", "Call"], window="2d"),
    Funnel(["Visit", "Cart|Call"], window="1d", count="every", exclude="Deal Won"),
    Funnel(["Visit", "Visit", Step("Cart", label="Asked")], window=None, hold="channel", lost="Call"),
    Funnel(["Visit", "Cart", "Call"], window="3d", order="any"),
    Funnel(["Visit", "Cart"], window="2d", order="adjacent", among=["Call"]),
    Funnel(["Deal Created", "Call", "Deal Won"], unit=Unit.DEAL, lost="Cart"),
]


@contextmanager
def at(settings: Settings, home: Path) -> Iterator[None]:
    before = settings.TRAGT
    settings.TRAGT = replace(before, home=home)
    cache.clear()  # the first version of one log is called as that of another
    yield
    settings.TRAGT = before


def bring(events: pl.DataFrame) -> None:
    lake().append(events, marker=Marker("import:1", 1), batch="import:1")


def figures(saved: SavedFunnel) -> Figures:
    return queries.reckoned(queries.ask(saved.funnel, saved.saved_period))


def said(found: Figures) -> object:
    page = Page(found)
    lines = [replace(line, name=name) for line, name in zip(found.report.steps, page.step_names, strict=True)]
    return lines, found.report.attempts, found.report.mature, found.events, page.standing, page.ended


@pytest.mark.parametrize(("seed", "index"), [(0, False), (1, True)], ids=["in memory", "on the index"])
def test_saved_funnel_with_merged_spellings_says_what_it_says_of_a_log_whose_names_are_one(
    seed: int, settings: Settings, tmp_path: Path, *, index: bool
) -> None:
    random = Random(seed)
    events = made(random, 150)
    chosen = [random.choice(SPELLED[name]) for name in events["name"]]
    funnels = [save(ME, funnel) for funnel in FUNNELS]
    with at(settings, tmp_path / "one"):
        bring(events)
        expected = [said(figures(saved)) for saved in funnels]
    with at(settings, tmp_path / "several"):
        bring(events.with_columns(name=pl.Series(chosen)))
        if index:
            for kind in {Kind(saved.funnel.unit) for saved in funnels}:
                build_index(kind)
            assert all(way_of(saved.funnel) is Way.INDEX for saved in funnels)
        before = [said(figures(saved)) for saved in funnels]
        assert before != expected
        there = set(chosen)
        for kept, *others in SPELLED.values():
            for spelling in there.intersection(others):
                actions.merge(ME, spelling, kept)
        assert [said(figures(saved)) for saved in funnels] == expected
        for row in Merge.objects.all():
            actions.unmerge(ME, row.pk)
        assert [said(figures(saved)) for saved in funnels] == before


@pytest.fixture
def spelled(happened: Callable[..., None]) -> SavedFunnel:
    """Three visit and sign up, one of them in another spelling."""
    rows = [(f"p{number}", "Visited", "2026-01-10") for number in range(3)]
    rows += [("p0", "Signed Up", "2026-01-11"), ("p1", "Signed Up", "2026-01-11"), ("p2", "signed_up", "2026-01-11")]
    happened(rows)
    return save(ME, Funnel(["Visited", "Signed Up"], window="14d"))


def passed(saved: SavedFunnel) -> int:
    return figures(saved).report.steps[0].passed


def test_python_of_a_page_lists_all_spellings_and_gives_its_numbers(spelled: SavedFunnel) -> None:
    actions.merge(ME, "signed_up", "Signed Up")
    found = figures(spelled)
    lines = definition_as_python(found.report.funnel)
    assert "signed_up" in lines
    again: Funnel = eval(lines, {"Funnel": Funnel, "Step": Step})
    assert again == found.report.funnel
    assert again.run(log_of(again)).steps[0].passed == found.report.steps[0].passed == 3


def test_kept_figures_are_not_shown_after_a_merge_and_again_after_its_undo(spelled: SavedFunnel) -> None:
    assert passed(spelled) == 2
    before = queries.ask(spelled.funnel, spelled.saved_period)
    row = actions.merge(ME, "signed_up", "Signed Up")
    assert queries.figures(queries.ask(spelled.funnel, spelled.saved_period)) is None
    assert passed(spelled) == 3
    actions.unmerge(ME, row.pk)
    after = queries.ask(spelled.funnel, spelled.saved_period)
    assert (after.key, passed(spelled)) == (before.key, 2)


def test_figures_are_worked_out_after_a_merge_before_somebody_looks(spelled: SavedFunnel) -> None:
    row = actions.merge(ME, "signed_up", "Signed Up")
    drain()
    found = queries.figures(queries.ask(spelled.funnel, spelled.saved_period))
    assert found is not None
    assert found.report.steps[0].passed == 3
    cache.clear()
    actions.unmerge(ME, row.pk)
    drain()
    assert queries.figures(queries.ask(spelled.funnel, spelled.saved_period)) is not None


def test_definition_keeps_its_own_names_whatever_is_merged(spelled: SavedFunnel, owner_client: Client) -> None:
    actions.merge(ME, "Signed Up", "signed_up")
    form = {"steps": "2", "name": "Mine", "scale": "days", "amount": "14", "unit": "person", "order": "ordered"}
    names = {"step-0-name": "e:Visited", "step-1-name": "e:Signed Up", "step-0-origin": "0", "step-1-origin": "1"}
    rest = {"count": "best", "period": "all", "do": "save"}
    page = owner_client.get(f"/funnels/{spelled.pk}/edit/").content.decode()
    assert '<option value="e:Signed Up" selected>signed_up (3)</option>' in page
    owner_client.post(f"/funnels/{spelled.pk}/edit/", {**form, **names, **rest})
    spelled.refresh_from_db()
    assert spelled.name == "Mine"
    assert [step.names for step in spelled.funnel.steps] == [("Visited",), ("Signed Up",)]


def test_offers_show_the_kept_spelling_once_with_joint_counts_and_no_hidden_event(spelled: SavedFunnel) -> None:  # noqa: ARG001
    actions.merge(ME, "signed_up", "Signed Up")
    actions.describe(ME, "Signed Up", actions.Said(display="Joined"))
    assert [(one.value, one.text, one.count) for one in offers().events] == [
        ("e:Signed Up", "Joined", 3),
        ("e:Visited", "Visited", 3),
    ]
    actions.hide(ME, "Visited")
    assert [one.text for one in offers().events] == ["Joined"]
    assert offers().has("e:Visited")
    assert offers().has("e:signed_up")


def test_hidden_event_still_counts_in_a_funnel_that_names_it(spelled: SavedFunnel) -> None:
    actions.hide(ME, "Signed Up")
    assert passed(spelled) == 2


def test_pages_call_steps_as_people_call_their_events(spelled: SavedFunnel, owner_client: Client) -> None:
    actions.describe(ME, "Signed Up", actions.Said(display="Blev kunde"))
    for address in ("", "funnel.csv", "funnel.svg", "steps/2/"):
        answer = owner_client.get(f"/funnels/{spelled.pk}/{address}")
        body = b"".join(answer) if answer.streaming else answer.content
        assert "Blev kunde" in body.decode(), address
    assert "&#x27;Signed Up&#x27;" in owner_client.get(f"/funnels/{spelled.pk}/").content.decode()


def test_funnel_whose_rules_contradict_each_other_once_merged_says_so_and_comes_back(
    spelled: SavedFunnel, owner_client: Client
) -> None:
    torn = save(ME, Funnel(["Visited", "Signed Up"], lost="signed_up"))
    row = actions.merge(ME, "signed_up", "Signed Up")
    with pytest.raises(InvalidDefinition):
        queries.ask(torn.funnel, torn.saved_period)
    assert owner_client.get(f"/funnels/{torn.pk}/").status_code == 200
    assert owner_client.get("/funnels/?all").status_code == 200
    actions.unmerge(ME, row.pk)
    assert passed(torn) == passed(spelled) == 2


def test_merge_that_cannot_be_is_refused_and_changes_nothing(spelled: SavedFunnel) -> None:  # noqa: ARG001
    actions.merge(ME, "signed_up", "Signed Up")
    for spelling, kept, code in (
        ("Signed Up", "signed_up", "lexicon.same"),
        ("Visited", "Visited", "lexicon.same"),
        ("signed_up", "Visited", "lexicon.merged"),
    ):
        with pytest.raises(InvalidDefinition) as refused:
            actions.merge(ME, spelling, kept)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        actions.merge(ME, "Visited", "Nothing")
    assert lexicon().merges == (("signed_up", "Signed Up"),)


def test_merges_are_audited_and_stay_as_dated_rows(spelled: SavedFunnel) -> None:  # noqa: ARG001
    row = actions.merge(ME, "signed_up", "Signed Up")
    actions.unmerge(ME, row.pk)
    with pytest.raises(NotFound):
        actions.unmerge(ME, row.pk)
    row.refresh_from_db()
    assert row.undone is not None
    assert row.undone >= row.made
    told = AuditRow.objects.filter(verb="lexicon.edit").order_by("pk")
    assert [(one.target, one.details["what"]) for one in told] == [
        (f"merge {row.pk}", "merged"),
        (f"merge {row.pk}", "unmerged"),
    ]


def test_lexicon_is_one_query_however_much_is_known(happened: Callable[..., None]) -> None:
    names = [f"Event {number} {letter}" for number in range(10) for letter in "ab"]
    happened([("p", name, "2026-01-01") for name in names])
    for name in names[::2]:
        actions.merge(ME, name, name[:-1] + "b")
        actions.describe(ME, name, actions.Said(display=f"{name}!"))
    assert len(lexicon().merges) == 10
    assert asked(lexicon) == 1
