"""A funnel with a condition on the unit counts, on the index and in memory, what the library counts of those units."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import polars as pl
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.web.funnels.conftest import Happened
from tragt import Funnel, Period
from tragt.errors import Conflict, InvalidDefinition
from tragt.events import read
from tragt.funnel import AllOf, AnyOf, Compare, Context, Member, run
from tragt.funnel.condition import Condition
from tragt.funnel.definition import Unit
from tragt.lake.index import Kind
from tragt.web.accounts.models import User
from tragt.web.crm.actions import segments as acts
from tragt.web.crm.models import Segment
from tragt.web.crm.queries.segment_units import units_in
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting import counting, units
from tragt.web.funnels.counting.counting import Way, members_of, report_of
from tragt.web.funnels.counting.figures import kept, without_words
from tragt.web.funnels.counting.sources import log_of
from tragt.web.funnels.counting.standing import keep_members, kept_members
from tragt.web.funnels.counting.units import state_of, units_inside
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.queries import ask, reckoned
from tragt.web.people.actions import build_index, learn_people, merge
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Person
from tragt.web.people.queries import links
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "home")]

Answer = TypeVar("Answer")
STEPS = ["Visited", "Signed Up", "Paid"]

# What is known of the persons, written out by hand: p0 to p3 have rows, the others are visitors without any.
KNOWN: dict[str, dict[str, object]] = {
    "u:p0": {"plan": "pro", "seats": 3, "name": "Ann"},
    "u:p1": {"plan": "free", "seats": 1, "name": "Bo"},
    "u:p2": {"plan": "pro", "name": "Cy", "seats": True},
    "u:p3": {"name": "Di"},
}
IN_SEGMENT = ("u:p1", "u:p2", "u:p7")

CONDITIONS: list[Condition] = [
    Compare("plan", "equals", "pro"),
    Compare("plan", "not_equals", "pro"),
    Compare("plan", "is_set"),
    Compare("name", "contains", "o"),
    Compare("seats", "greater", 1),
    Compare("seats", "less", 2),
    Compare("unknown", "not_equals", 1),
    Member("S"),
    AllOf((Member("S"), Compare("plan", "equals", "pro"))),
    AnyOf((Member("S"), Compare("name", "in", ("Ann", "Di")))),
]


def ways(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Answer]) -> list[Answer]:
    """The answer on the index, and the one in memory."""
    found = []
    for way in (Way.INDEX, Way.MEMORY):
        monkeypatch.setattr(counting, "way_of", lambda _funnel, way=way: way)
        found.append(ask())
    return found


def named(condition: Condition, key: str) -> Condition:
    """The condition with the segment S called by its key."""
    match condition:
        case Member():
            return Member(key)
        case AllOf(parts):
            return AllOf(tuple(named(part, key) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(named(part, key) for part in parts))
    return condition


@pytest.fixture
def people(visitors: None) -> None:  # noqa: ARG001
    """Four of the visitors are known, with what `KNOWN` says of them."""
    traits = [{name: one for name, one in told.items() if name != "name"} for told in KNOWN.values()]
    rows = {"actor": list(KNOWN), "name": [str(told["name"]) for told in KNOWN.values()]}
    learn_people(pl.DataFrame(rows), cause="import:people", who=SYSTEM)
    for actor, told in zip(KNOWN, traits, strict=True):
        Person.objects.filter(identifiers__actor=actor).update(traits=told)


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_funnel_with_a_condition_on_persons_counts_what_the_library_counts(
    condition: Condition, people: None, monkeypatch: pytest.MonkeyPatch, happened: Happened
) -> None:
    segment = acts.save_units(PERSON, IN_SEGMENT, "S", who=COMMAND_LINE)
    assert build_index(Kind.PERSON)
    happened([("p7", "Signed Up", "2026-01-15"), ("new", "Visited", "2026-01-20"), ("p1", "Paid", "2026-01-16")])
    plain = Funnel(STEPS, window="14d")
    asked = Funnel(STEPS, window="14d", where=named(condition, str(segment.pk)))
    context = Context(links=links(), properties=KNOWN, segments={"S": IN_SEGMENT})
    expected = run(Funnel(STEPS, window="14d", where=condition), log_of(plain), context=context)
    reports = ways(monkeypatch, lambda: without_words(report_of(asked, Period())))
    for report in reports:
        assert [(one.entered, one.passed, one.expired) for one in report.steps] == [
            (one.entered, one.passed, one.expired) for one in expected.steps
        ]
        assert report.funnel == asked
    assert reports[0] == reports[1]
    lists = ways(monkeypatch, lambda: members_of(asked, Period()).at(0)["unit"].sort().to_list())
    assert lists[0] == lists[1]
    assert len(lists[0]) == expected.steps[0].entered
    assert people is None


def test_merged_person_is_one_unit_with_what_is_known_of_either(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_index(Kind.PERSON)
    merge("u:p0", "u:p3", who=SYSTEM)
    asked = Funnel(STEPS[:2], window="14d", where=AllOf((Compare("plan", "equals", "pro"), Compare("name", "is_set"))))
    found = ways(monkeypatch, lambda: members_of(asked, Period()).at(0)["unit"].sort().to_list())
    assert found[0] == found[1]
    assert len(found[0]) == 2
    assert people is None


def test_funnel_of_companies_asks_their_segments(bring: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("acme", "Visited", "2026-01-10"), ("acme", "Paid", "2026-01-11"), ("nord", "Visited", "2026-01-10")]
    frame = pl.DataFrame(rows, schema=["company", "event", "time"], orient="row")
    bring(read(frame.with_columns(pl.col("time") + "T09:00:00Z", person=pl.col("company") + "p")))
    for key in ("acme", "nord"):
        Company.objects.create(key=key, name=key.title())
    segment = acts.save_live(COMPANY, "name.starts=No", "N", who=COMMAND_LINE)
    assert build_index(Kind.COMPANY)
    asked = Funnel(["Visited", "Paid"], unit=Unit.COMPANY, window="14d", where=Member(str(segment.pk)))
    found = ways(monkeypatch, lambda: [one.entered for one in report_of(asked, Period()).steps])
    assert found == [[1, 0], [1, 0]]


def test_figures_are_asked_anew_when_a_segment_has_other_members(people: None) -> None:
    segment = acts.save_live(PERSON, "name.starts=A", "A", who=COMMAND_LINE)
    fixed = acts.save_units(PERSON, ["u:p1"], "F", who=COMMAND_LINE)
    funnels = [Funnel(STEPS, where=Member(str(one.pk))) for one in (segment, fixed)]
    keys = [ask(funnel, SavedPeriod()).key for funnel in funnels]
    Person.objects.filter(name="Bo").update(name="Aase")
    acts.add_members(fixed.pk, [Person.objects.get(name="Cy").pk], who=COMMAND_LINE)
    cache.clear()
    assert all(ask(funnel, SavedPeriod()).key != key for funnel, key in zip(funnels, keys, strict=True))
    assert state_of(Funnel(STEPS)) == ""
    assert people is None


def test_places_of_units_stay_when_others_are_in_the_segment(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_index(Kind.PERSON)
    segment = acts.save_units(PERSON, ["u:p1"], "S", who=COMMAND_LINE)
    asked = Funnel(STEPS, window="14d", where=Member(str(segment.pk)))
    as_of = report_of(asked, Period()).as_of
    before = ways(monkeypatch, lambda: counting.units_of(asked, as_of).to_list())
    acts.add_members(segment.pk, [Person.objects.get(name="Ann").pk], who=COMMAND_LINE)
    assert ways(monkeypatch, lambda: counting.units_of(asked, as_of).to_list()) == before
    assert people is None


def test_figures_of_others_than_were_asked_for_are_not_kept(people: None) -> None:
    segment = acts.save_units(PERSON, ["u:p1"], "S", who=COMMAND_LINE)
    asked = ask(Funnel(STEPS, window="14d", where=Member(str(segment.pk))), SavedPeriod())
    acts.add_members(segment.pk, [Person.objects.get(name="Ann").pk], who=COMMAND_LINE)
    found = reckoned(asked)
    assert found.report.steps[0].entered == 2
    keep_members(asked, found)
    assert (kept(asked), kept_members(asked, found)) == (None, None)
    again = replace(asked, units=state_of(asked.funnel))
    assert kept(again) is None
    reckoned(again)
    assert kept(again)
    assert people is None


def test_units_are_told_as_the_state_that_they_are(people: None) -> None:
    segment = acts.save_live(PERSON, "name.starts=A", "A", who=COMMAND_LINE)
    funnel = Funnel(STEPS, window="14d", where=Member(str(segment.pk)))
    before = state_of(funnel)
    Person.objects.filter(name="Bo").update(name="Aase")
    units._known.forget()
    inside = units_inside(funnel)
    assert inside
    assert inside.digest == state_of(funnel) != before
    assert people is None


def test_list_of_funnels_works_no_units_out(
    people: None, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Compare("plan", "equals", "pro")
    saved = [save(COMMAND_LINE, Funnel(STEPS, window="14d", where=where), name) for name in ("One", "Two")]
    monkeypatch.setattr(units, "facts_of", lambda *_: pytest.fail("They were worked out."))
    assert owner_client.get("/funnels/").content.decode().count("Open it to count it.") == 2
    monkeypatch.undo()
    assert owner_client.get(f"/funnels/{saved[0].pk}/").status_code == 200
    units._known.forget()
    monkeypatch.setattr(units, "facts_of", lambda *_: pytest.fail("They were worked out."))
    assert "Open it to count it." not in owner_client.get("/funnels/").content.decode()
    assert people is None


def test_funnel_on_a_segment_that_is_gone_or_of_another_kind_says_so(
    people: None, owner_client: Client, owner: User
) -> None:
    segment = acts.save_live(PERSON, "name.starts=A", "Those with A", who=COMMAND_LINE)
    saved = save(COMMAND_LINE, Funnel(STEPS, window="14d", where=Member(str(segment.pk))), "Of A")
    of_firms = Funnel(STEPS, unit=Unit.COMPANY, window="14d", where=Member(str(segment.pk)))
    with pytest.raises(InvalidDefinition, match="choose a segment"):
        report_of(of_firms, Period())
    shown = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "removed" not in shown
    assert "they are in the segment <b>Those with A</b>" in shown
    with pytest.raises(Conflict, match="Of A"):
        acts.remove_segment(segment.pk, who=COMMAND_LINE)
    Segment.objects.filter(pk=segment.pk).update(deleted=timezone.now())
    page = owner_client.get(f"/funnels/{saved.pk}/")
    assert page.status_code == 200
    assert "This funnel counts those of a segment that was removed." in page.content.decode()
    assert (people, owner.role) == (None, "owner")


def test_those_at_a_step_are_saved_as_a_segment(people: None, owner_client: Client) -> None:
    saved = save(COMMAND_LINE, Funnel(STEPS, window="14d"), "Visitors to customers")
    step = f"/funnels/{saved.pk}/steps/2/"
    assert "Save as segment" in owner_client.get(f"{step}?outcome=passed").content.decode()
    answer = owner_client.post(f"{step}segment/?outcome=passed", {"name": "Paid"})
    segment = Segment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/segments/{segment.pk}/")
    assert units_in(segment).to_list() == ["u:p0", "u:p1"]
    again = Funnel(STEPS, window="14d", where=Member(str(segment.pk)))
    assert [one.entered for one in report_of(again, Period()).steps] == [2, 2, 2]
    refused = owner_client.post(f"{step}segment/?outcome=passed", {"name": " "}, follow=True)
    assert "Give the segment a name" in refused.content.decode()
    assert people is None
