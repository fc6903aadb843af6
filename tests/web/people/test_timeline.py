"""Timelines of persons and companies: whose touches they are, what they leave out, and page after page."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

import polars as pl
import pytest

from tests.web.conftest import queries
from tests.web.people.conftest import START, Put
from tragt.errors import InvalidDefinition
from tragt.lake.index import Kind
from tragt.lake.index.fresh import resolved
from tragt.web.log.actions import hide_batch, strike
from tragt.web.log.queries import events, index
from tragt.web.people.actions import learn_claims, learn_people, merge
from tragt.web.people.queries import assignment, event_log, spans_of
from tragt.web.people.queries.timeline import Choice, Cursor, Timeline, company_timeline, names_there, timeline
from tragt.web.shell.acting import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def claim(*claims: tuple[str, str, int]) -> None:
    rows = [(actor, user, at(hours)) for actor, user, hours in claims]
    learn_claims(pl.DataFrame(rows, ["actor", "user", "at"], orient="row"), cause="import:1", who=SYSTEM)


def of(person: str, choice: Choice | None = None) -> list[str]:
    """The names of the touches of a person."""
    return [touch.name for touch in timeline(spans_of(person), choice=choice).touches]


def walked(page: Callable[[Cursor | None], Timeline]) -> list[str]:
    """The ids of page after page."""
    found, before = [], None
    while True:
        here = page(before)
        found += [touch.id for touch in here.touches]
        if here.before is None:
            return found
        before = Cursor.of(str(here.before))


def test_timeline_has_each_actor_of_a_person_only_in_its_time(put: Put) -> None:
    put([(f"{hours} {actor}", actor, at(hours)) for hours in range(4) for actor in ("a:1", "u:2", "u:3", "u:4")])
    claim(("a:1", "u:2", 1), ("a:1", "u:3", 2))
    merge("u:3", "u:4", who=SYSTEM)
    assert of("u:2") == ["3 u:2", "2 u:2", "1 u:2", "1 a:1", "0 u:2", "0 a:1"]
    assert sorted(of("u:3")) == sorted(
        [f"{hours} {actor}" for hours in range(4) for actor in ("u:3", "u:4")] + ["2 a:1", "3 a:1"]
    )
    assert of("u:9") == []


def test_touch_tells_what_the_log_holds(put: Put) -> None:
    columns = {"deal": "d1", "company": "Vest", "session": "s1", "context": '{"ip":"10.0.0.0"}', "precision": "day"}
    put([("Call", "u:1", at(0), {"minutes": 7}, columns)])
    touch = timeline(spans_of("u:1")).touches[0]
    assert (touch.id, touch.time, touch.precision, touch.actor) == ("import:1-0", at(0), "day", "u:1")
    assert (touch.company, touch.deal, touch.session, touch.source) == ("Vest", "d1", "s1", "test")
    assert (touch.human, touch.traffic) == (1.0, "outside")
    assert (touch.properties, touch.context) == ({"minutes": 7}, {"ip": "10.0.0.0"})


def test_timeline_leaves_out_hidden_batches_and_who_is_struck(put: Put) -> None:
    put([("Visited", "u:1", at(0)), ("Left", "a:1", at(1)), ("Came", "a:1", at(3))])
    put([("Bought", "u:1", at(2))], batch="import:2")
    claim(("a:1", "u:1", 0))
    assert of("u:1") == ["Came", "Bought", "Left", "Visited"]
    hide_batch("import:2")
    assert of("u:1") == ["Came", "Left", "Visited"]
    times = {"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")}
    strike(pl.DataFrame([("a:1", None, at(2)), ("u:1", None, None)], {"actor": pl.String, **times}, orient="row"))
    assert of("u:1") == ["Came"]


def test_timeline_shows_humans_from_outside_unless_more_is_chosen(put: Put) -> None:
    put(
        [
            ("Seen", "u:1", at(0), {}, {"human": 0.5, "traffic": "outside"}),
            ("Fetched", "u:1", at(1), {}, {"human": 0.1}),
            ("Tested", "u:1", at(2), {}, {"traffic": "test", "source": "shop"}),
        ]
    )
    assert of("u:1") == ["Seen"]
    assert of("u:1", Choice(robots=True)) == ["Fetched", "Seen"]
    assert of("u:1", Choice(robots=True, own=True)) == ["Tested", "Fetched", "Seen"]
    assert of("u:1", Choice(own=True, sources=["shop"])) == ["Tested"]
    assert of("u:1", Choice(robots=True, names=["Fetched", "Gone"])) == ["Fetched"]
    assert of("u:1", Choice(robots=True, own=True, start=at(1), end=at(2))) == ["Fetched"]


def test_pages_neither_repeat_nor_skip_while_newer_events_arrive(put: Put) -> None:
    put([("Visited", "u:1", at(hours // 3)) for hours in range(10)])
    first = timeline(spans_of("u:1"), count=4)
    put([("Late", "u:1", at(hours)) for hours in range(3, 9)], batch="import:2")
    rest = walked(lambda before: timeline(spans_of("u:1"), before=before or first.before, count=4))
    assert [touch.id for touch in first.touches] + rest == [f"import:1-{number}" for number in range(9, -1, -1)]


@pytest.mark.parametrize("indexed", [False, True])
def test_company_has_what_names_it_its_deals_and_its_persons_in_their_time(put: Put, indexed: bool) -> None:
    random = Random(1)
    columns = [
        {"company": random.choice([None, None, " NORD", "Vest"]), "deal": random.choice([None, None, "d1", "d2"])}
        for _ in range(60)
    ]
    actors = ["u:1", "u:2", "u:3", "a:1", None]
    rows: list[tuple[object, ...]] = [
        ("Call", random.choice(actors), at(hours), {}, given) for hours, given in enumerate(columns)
    ]
    put(rows[:40])
    people = {"actor": ["u:1", "u:2"], "company": ["Nord", "Vest"]}
    learn_people(pl.DataFrame(people), cause="import:1", who=SYSTEM)
    claim(("a:1", "u:1", 5), ("a:1", "u:2", 20))
    if indexed:
        index(Kind.COMPANY).build(assignment(Kind.COMPANY))
    put(rows[40:], batch="import:2")
    truth = events_of_companies()
    for company in ("nord", "vest", "nobody"):
        walk = walked(lambda before, company=company: company_timeline(company, before=before, count=7))  # type: ignore[misc]
        assert walk == truth.get(company, [])
        assert bool(walk) == (company != "nobody")


def events_of_companies() -> dict[str, list[str]]:
    """By each company the ids of its events, the newest first, by the index's own rules on the whole log."""
    units = resolved(events(), assignment(Kind.COMPANY)).sort("time", "id", descending=True)
    return {str(company): own["id"].to_list() for (company,), own in units.group_by("unit")}


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.COMPANY])
def test_timeline_by_an_index_is_that_without_one(put: Put, kind: Kind) -> None:
    actors: Sequence[str] = ("a:1", "a:2", "u:1", "u:2")
    put([("Visited", actors[hours % 4], at(hours)) for hours in range(40)])
    claim(("a:1", "u:1", 10), ("a:1", "u:2", 20), ("a:2", "u:2", 0))
    without = [walked(lambda before, one=one: timeline(spans_of(one), before=before, count=3)) for one in actors]  # type: ignore[misc]
    index(kind).build(assignment(kind))
    put([("Visited", "u:1", at(hours)) for hours in range(-5, 50, 5)], batch="import:2")
    found = [walked(lambda before, one=one: timeline(spans_of(one), before=before, count=3)) for one in actors]  # type: ignore[misc]
    old = [[each for each in one if each.startswith("import:1-")] for one in found]
    assert old == without
    assert [len(new) - len(before) for new, before in zip(found, without, strict=True)] == [0, 0, 11, 0]
    people = event_log().frame["person"].cast(pl.String).value_counts()
    assert len(found[2]) == people.filter(pl.col("person") == "u:1")["count"][0]


def test_timeline_may_be_narrowed_to_names_newer_than_the_index(put: Put) -> None:
    put([("Visited", "u:1", at(0)), ("Bought", "u:1", at(1))])
    index(Kind.PERSON).build(assignment(Kind.PERSON))
    put([("Called", "u:2", at(2))], batch="import:2")
    assert names_there() == ["Bought", "Called", "Visited"]


def test_timeline_asks_the_database_as_often_however_long_it_is(put: Put) -> None:
    put([("Visited", "u:1", at(hours)) for hours in range(60)])
    spans = spans_of("u:1")
    for count in (1, 50):
        assert queries(lambda: timeline(spans, count=count)) == QUERIES  # noqa: B023 - it is called at once
        assert len(timeline(spans, count=count).touches) == count


QUERIES = 7


@pytest.mark.parametrize("text", ["", "yesterday.x", "9" * 40 + ".x"])
def test_cursor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        Cursor.of(text)
    assert caught.value.code == "timeline.cursor"


@pytest.mark.parametrize("count", [0, 1001])
def test_page_of_no_or_too_many_touches_is_refused(count: int) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        timeline(spans_of("u:1"), count=count)
    assert caught.value.code == "timeline.count"
