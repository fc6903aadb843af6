"""The event log as funnels read it: resolved, without what is hidden or struck."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from tests.web.conftest import queries
from tests.web.people.conftest import START, Put
from tragt.events import EventLog
from tragt.web.accounts.models import Organisation
from tragt.web.lexicon import actions as lexicon
from tragt.web.log.actions import hide_batch, show_batch, strike
from tragt.web.log.queries import version
from tragt.web.people.actions import learn_claims, learn_people, merge, unmerge
from tragt.web.people.queries import companies_of, event_log, links, persons_of, units
from tragt.web.shell.acting import SYSTEM

pytestmark = pytest.mark.django_db


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def claim(*claims: tuple[str, str, int], cause: str = "import:1") -> None:
    rows = [(actor, user, at(hours)) for actor, user, hours in claims]
    learn_claims(pl.DataFrame(rows, ["actor", "user", "at"], orient="row"), cause=cause, who=SYSTEM)


def persons(log: EventLog | None = None) -> list[str | None]:
    frame = (log or event_log()).frame.sort("id")
    return frame["person"].cast(pl.String).to_list()


def test_event_log_without_a_ledger_has_actors_as_persons(put: Put, organisation: Organisation) -> None:
    put([("Visited", "a:1", at(0)), ("Bought", "u:1", at(1), {"price": 12.5})])
    log = event_log(["Bought"], properties=["price"])
    assert (persons(log), log.frame["properties.price"].to_list()) == (["u:1"], [12.5])
    assert (log.zone.key, log.units) == (organisation.time_zone, ("person",))


def test_event_log_follows_claims_in_time_and_merges(put: Put) -> None:
    put([("Visited", "a:1", at(hours)) for hours in range(4)] + [("Bought", "u:3", at(9)), ("Left", None, at(9))])
    claim(("a:1", "u:2", 1), ("a:1", "u:3", 2))
    assert persons() == ["u:2", "u:2", "u:3", "u:3", "u:3", None]
    edge = merge("u:3", "u:1", who=SYSTEM)
    assert persons() == ["u:2", "u:2", "u:1", "u:1", "u:1", None]
    unmerge(edge.pk, who=SYSTEM)
    assert persons() == ["u:2", "u:2", "u:3", "u:3", "u:3", None]


def test_event_log_company_is_the_events_own_else_the_persons(put: Put) -> None:
    put(
        [
            ("Visited", "a:1", at(0)),
            ("Visited", "u:1", at(1), {}, {"company": " VEST  Energi"}),
            ("Visited", "u:2", at(1)),
        ]
    )
    rows = [{"actor": "u:1", "company": "Nordlys"}, {"actor": None, "company": "Vest Energi"}]
    learn_people(pl.DataFrame(rows), cause="import:1", who=SYSTEM)
    claim(("a:1", "u:1", 0))
    merge("u:0", "u:1", who=SYSTEM)
    frame = event_log().frame.sort("id")
    assert frame["person"].cast(pl.String).to_list() == ["u:0", "u:0", "u:2"]
    assert frame["company"].cast(pl.String).to_list() == ["nordlys", "vest energi", None]
    assert [one.label for one in companies_of(["vest energi", "nobody"])] == ["Vest Energi", "nobody"]


def test_event_log_company_of_a_deals_event_is_the_deals_before_the_persons(put: Put) -> None:
    put(
        [
            ("Deal Created", "u:1", at(0), {}, {"deal": "d1"}),
            ("Call", "u:2", at(1), {}, {"deal": "d1"}),
            ("Call", "u:2", at(2)),
            ("Call", "u:2", at(3), {}, {"deal": "d1", "company": "Vest"}),
        ]
    )
    learn_people(pl.DataFrame({"actor": ["u:1", "u:2"], "company": ["Øst", "Nord"]}), cause="import:1", who=SYSTEM)
    companies = event_log().frame.sort("id")["company"].cast(pl.String).to_list()
    assert companies == ["øst", "øst", "nord", "vest"]


def test_links_hold_what_deals_and_events_tell_of_persons(put: Put) -> None:
    deal = {"deal": "d1"}
    robot = {"deal": "d1", "company": "Bots", "human": 0.1}
    put(
        [
            ("Deal Created", "a:1", at(0), {}, deal),
            ("Call", "u:2", at(1), {}, {**deal, "company": "Vest"}),
            ("Visited", "u:2", at(2), {}, {"company": "Nord"}),
            ("Visited", "u:2", at(3), {}, {"company": "NORD"}),
            ("Visited", "u:2", at(4), {}, {"company": "Vest"}),
            ("Visited", "u:9", at(4), {}, robot),
            ("Deal Won", None, at(5), {}, deal),
        ]
    )
    claim(("a:1", "u:1", 0))
    learn_people(pl.DataFrame({"actor": ["u:1"], "company": ["Acme"]}), cause="import:1", who=SYSTEM)
    found = links()
    assert found.deals.rows() == [("d1", "acme", at(0), at(5))]
    assert found.contacts.select("person", "primary").rows() == [("u:1", True), ("u:2", False)]
    theirs = found.companies.filter(person="u:2").sort("since").select("company", "since").rows()
    assert theirs == [("vest", at(1)), ("nord", at(2)), ("vest", at(4))]
    assert found.companies.filter(person="u:1")["company"].to_list() == ["acme"]


def test_deal_that_a_merged_spelling_closes_is_closed_until_that_is_undone(put: Put) -> None:
    deal, other = {"deal": "d1"}, {"deal": "d2"}
    put([("Deal Created", "u:1", at(0), {}, deal), ("deal_won", "u:1", at(1), {}, deal)], batch="import:1")
    put([("Deal Created", "u:2", at(0), {}, other), ("Deal Won", "u:2", at(2), {}, other)], batch="import:2")

    def closed() -> dict[str, datetime | None]:
        return dict(links().deals.select("deal", "closed").iter_rows())

    apart, before = {"d1": None, "d2": at(2)}, version()
    assert closed() == apart
    merged = lexicon.merge(SYSTEM, "deal_won", "Deal Won")
    assert version() != before
    assert closed() == {"d1": at(1), "d2": at(2)}
    lexicon.unmerge(SYSTEM, merged.pk)
    assert closed() == apart


def test_units_frame_joins_to_what_the_event_log_says(put: Put) -> None:
    put([("Visited", actor, at(hours)) for actor in ("a:1", "a:2", "u:1", "u:2", "u:3") for hours in range(5)])
    learn_people(pl.DataFrame({"actor": ["u:3", "u:2"], "company": ["C3", "C2"]}), cause="import:1", who=SYSTEM)
    claim(("a:1", "u:1", 1), ("a:1", "u:3", 3))
    merge("u:1", "u:2", who=SYSTEM)
    frame = event_log().frame.select("id", "time", pl.col("person", "company").cast(pl.String)).sort("id")
    told = units()
    assert told.columns == ["actor", "from", "to", "person", "company"]
    actors = pl.Series([actor for actor in ("a:1", "a:2", "u:1", "u:2", "u:3") for _ in range(5)])
    numbers = pl.Series([int(one.rsplit("-", 1)[1]) for one in frame["id"]])
    rows = frame.with_columns(actor=actors.gather(numbers)).join(told, on="actor", how="left", suffix=" told")
    inside = (pl.col("from").is_null() | (pl.col("from") <= pl.col("time"))) & (
        pl.col("to").is_null() | (pl.col("time") < pl.col("to"))
    )
    joined = rows.filter(inside).sort("id")
    expected = joined.select(pl.coalesce("person told", "actor"), "company told").rows()
    assert expected == frame.select("person", "company").rows()


def test_event_log_leaves_out_hidden_batches_and_struck_spans(put: Put) -> None:
    put([("Visited", "a:1", at(hours)) for hours in range(4)])
    put([("Visited", "u:2", at(0))], batch="import:2")
    hide_batch("import:2")
    span = pl.DataFrame({"actor": ["a:1"], "start": [at(1)], "end": [at(3)]})
    assert len(event_log()) == 4
    strike(span)
    assert event_log().frame["time"].sort().to_list() == [at(0), at(3)]
    show_batch("import:2")
    strike(span.with_columns(pl.lit(None, span.schema["start"]).alias(name) for name in ("start", "end")))
    assert persons() == ["u:2"]


def test_version_changes_with_everything_that_figures_rest_on(put: Put, organisation: Organisation) -> None:
    seen = [version()]

    def changed() -> None:
        seen.append(version())

    put([("Visited", "a:1", at(0))])
    changed()
    hide_batch("import:1")
    changed()
    claim(("a:1", "u:1", 0))
    changed()
    edge = merge("u:1", "u:2", who=SYSTEM)
    changed()
    unmerge(edge.pk, who=SYSTEM)
    changed()
    Organisation.objects.filter(pk=organisation.pk).update(time_zone="Europe/Oslo")
    changed()
    assert len(set(seen)) == len(seen)


def test_event_log_number_of_queries_is_constant(put: Put, organisation: Organisation) -> None:
    put([("Visited", f"a:{number}", at(number)) for number in range(50)])
    claim(*[(f"a:{number}", f"u:{number}", 0) for number in range(50)])
    assert queries(event_log) == 19
    assert queries(event_log) == 7
    assert queries(lambda: persons_of([f"u:{number}" for number in range(50)])) == 2
    assert organisation.pk == 1


def test_persons_of_names_everyone_in_order() -> None:
    rows = [{"actor": "u:1", "name": "Anna", "email": "anna@nordlys.dk"}, {"actor": "u:3", "name": None, "email": None}]
    learn_people(pl.DataFrame(rows), cause="import:1", who=SYSTEM)
    merge("u:0", "u:1", who=SYSTEM)
    named = persons_of(["u:7", "u:0", "a:0123456789", "u:3"])
    assert [one.label for one in named] == ["7", "Anna", "Anonymous visitor 01234567", "3"]
    assert (named[1].email, named[1].company) == ("anna@nordlys.dk", "nordlys.dk")
