"""Links that are read on, file by file, are those of the whole log read at once; and few rows by a column's values."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.conftest import ROUNDS
from tests.web.people.conftest import START, Put
from tragt.events.units import CLOSING, Links
from tragt.funnel.postings import LEAST_HUMAN
from tragt.lake.index import Kind
from tragt.lake.index.fresh import resolved
from tragt.web.lexicon.queries import lexicon
from tragt.web.log.actions import hide_batch, purge, show_batch, strike, upkeep
from tragt.web.log.queries import events, index, lake
from tragt.web.people.actions import learn_claims, learn_people, merge
from tragt.web.people.queries import assignment, identity, linking, links
from tragt.web.people.queries.companies import belonging
from tragt.web.people.queries.identity import Identity
from tragt.web.people.queries.lookup import Lookup
from tragt.web.people.queries.naming import named
from tragt.web.shell.acting import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
ACTORS = [None, "u:1", "u:2", "u:3", "a:1", "a:2"]


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def claim(actor: str, user: str, hours: int = 0) -> None:
    told = pl.DataFrame([(actor, user, at(hours))], ["actor", "user", "at"], orient="row")
    learn_claims(told, cause="import:9", who=SYSTEM)


def plain() -> Links:
    """How units hang together, by all events that count, read at once."""
    human = pl.col("human").fill_null(1.0) >= LEAST_HUMAN
    every = events().filter(human, pl.col("traffic").fill_null("outside") == "outside")
    known, words = identity(), lexicon()
    closing = {spelling: name for name in CLOSING for spelling in words.spellings(name)}
    of_deals = named(every.filter(pl.col("deal").is_not_null()), known).with_columns(pl.col("name").replace(closing))
    told = Links.of_log(of_deals.select("id", "time", "name", "person", "company", "deal"))
    own = named(
        every.filter(pl.col("company").is_not_null()), Identity(known.spans, known.persons, known.companies.clear())
    )
    pairs = own.select(pl.col("person", "company").cast(pl.String), "id", since="time").drop_nulls()
    pairs = pairs.join(known.companies, on="person", how="anti").sort("since", "id")
    pairs = pairs.unique(["person", "since"], keep="last").sort("person", "since")
    moved = pairs.filter(pl.col("company").ne_missing(pl.col("company").shift().over("person")))
    certain = known.companies.with_columns(since=pl.lit(EVER, pl.Datetime("us", "UTC")))
    return Links(pl.concat([certain, moved.select(certain.columns)]), told.deals, told.contacts)


def assert_as_plain() -> None:
    found, whole = links(), plain()
    for name in ("companies", "deals", "contacts"):
        assert_frame_equal(getattr(found, name), getattr(whole, name), check_row_order=False)


def arrived(random: Random, number: int) -> list[tuple[object, ...]]:
    return [
        (
            random.choice(["Call", "Deal Created", "Deal Won"]),
            random.choice(ACTORS),
            at(random.randrange(2000)),
            {},
            {
                "company": random.choice([None, None, "Nord", " VEST", "Øst", " "]),
                "deal": random.choice([None, None, "d1", "d2", "d3"]),
                "human": random.choice([None, 0.1, 1.0]),
                "traffic": random.choice([None, "outside", "own"]),
            },
        )
        for _ in range(number)
    ]


def happening(random: Random, put: Put, number: int) -> Callable[[], object]:
    """Something that changes what hangs together."""
    batch, user = f"import:{number}", random.choice(["u:1", "u:2", "u:3"])
    told = pl.DataFrame(
        [(random.choice(["a:1", "a:2"]), user, at(random.randrange(2000)))], ["actor", "user", "at"], orient="row"
    )
    gone = pl.Schema({"actor": pl.String(), "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")})
    return random.choice(
        [
            lambda: put(arrived(random, 15), batch=batch),
            lambda: put(arrived(random, 15), batch=batch),
            lambda: hide_batch("import:0"),
            lambda: show_batch("import:0"),
            upkeep,
            purge,
            lambda: learn_claims(told, cause=batch, who=SYSTEM),
            lambda: learn_people(pl.DataFrame({"actor": [user], "company": ["Nord"]}), cause=batch, who=SYSTEM),
            lambda: strike(pl.DataFrame([(random.choice(ACTORS[1:]), None, at(900))], gone, orient="row")),
        ]
    )


@pytest.mark.parametrize("largest", [0, 4_000_000])
def test_links_after_random_acts_are_those_of_the_whole_log(
    put: Put, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr(linking, "_LARGEST", largest)
    random = Random(largest)
    put(arrived(random, 40), batch="import:0")
    for number in range(1, 9):
        happening(random, put, number)()
        assert_as_plain()


def test_links_look_through_each_file_once(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    read = linking._read

    def noted(path: str) -> pl.DataFrame:
        looked.append(path)
        return read(path)

    monkeypatch.setattr(linking, "_read", noted)
    put([("Call", "u:1", at(0), {}, {"deal": "d1"})])
    put([("Visited", "u:1", at(1))], batch="import:2")
    first = links()
    assert len(set(looked)) == len(looked) == 2
    merge("u:1", "u:2", who=SYSTEM)
    put([("Visited", "u:1", at(2))], batch="import:3")
    again = links()
    assert len(looked) == 3
    assert again is not first
    put([("Visited", "u:1", at(2))], batch="import:4")
    assert links() is again
    put([("Deal Won", "u:2", at(3), {}, {"deal": "d1"})], batch="import:5")
    assert links().deals["closed"].to_list() == [at(3)]
    upkeep()
    links()
    purge()
    links()
    assert linking._memory._known.keys() == set(lake().shown().files["path"])


@pytest.mark.parametrize("seed", range(6))
def test_company_has_the_events_that_the_whole_log_gives_it(put: Put, seed: int) -> None:
    random = Random(seed)
    put(arrived(random, 60), batch="import:0")
    learn_people(pl.DataFrame({"actor": ["u:1"], "company": ["Nord"]}), cause="import:0", who=SYSTEM)
    claim("a:1", random.choice(["u:1", "u:2"]))
    index(Kind.COMPANY).build(assignment(Kind.COMPANY))
    later = [(name, actor, time + timedelta(hours=2000), *rest) for name, actor, time, *rest in arrived(random, 30)]  # type: ignore[operator]
    put(later, batch="import:1")
    every, truth = events(), assignment(Kind.COMPANY)
    for company in ("nord", "vest", "øst", "nobody"):
        own = belonging(company).own(every)
        assert own["id"].is_unique().all()
        assert sorted(own["id"]) == sorted(resolved(every, truth).filter(pl.col("unit") == company)["id"].unique())


KEYS = st.lists(st.sampled_from(["a", "b", "c", "æ", ""]), max_size=12)


@given(keys=KEYS, asked=st.lists(st.sampled_from(["a", "c", "æ", "", "none", None]), max_size=4))
@settings(max_examples=ROUNDS)
def test_lookup_is_a_filter(keys: list[str], asked: list[str | None]) -> None:
    frame = pl.DataFrame({"key": keys, "place": range(len(keys))}, {"key": pl.String, "place": pl.Int64})
    values = pl.Series(asked, dtype=pl.String)
    assert_frame_equal(
        Lookup(frame, "key").of(values), frame.filter(pl.col("key").is_in(values.drop_nulls().implode()))
    )
