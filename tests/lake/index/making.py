"""Random logs of a small firm, their lakes, and what an index of them must hold."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.events.sessions import with_sessions
from tragt.events.units import Links, with_units
from tragt.funnel.postings import FrameSource, Layered, Source
from tragt.lake import Lake, Marker
from tragt.lake.index.assigning import companies, deals, persons, sessions
from tragt.lake.index.assignment import SPANS, STRUCK, Assignment, Kind
from tragt.lake.json_properties import encoded
from tragt.lake.schema import EVENTS

ZONE = ZoneInfo("Europe/Copenhagen")
LOOKBACK = timedelta(hours=30)
START = datetime(2024, 1, 30, 22, tzinfo=UTC)
NAMES = ["Visit", "Cart", "Call", "Deal Created", "Deal Won"]
TIME = pl.Datetime("us", "UTC")


def made(random: Random, number: int, first: int = 0) -> pl.DataFrame:
    """Events with ties, days, robots, own traffic and gaps in every column that may have them."""
    rows = []
    for each in range(first, first + number):
        moment = START + timedelta(minutes=random.randrange(6000), microseconds=random.choice([0, 0, 1, 999, 1000]))
        rows.append(
            {
                "id": f"shop:{random.randrange(10**9)}-{each}",
                "time": moment.replace(minute=0, second=0) if random.random() < 0.4 else moment,
                "precision": random.choice(["exact", "exact", "day"]) if random.random() < 0.3 else "exact",
                "name": random.choice(NAMES),
                "actor": random.choice([None, *(f"u:p{n}" for n in range(6)), *(f"a:v{n}" for n in range(6))]),
                "company": random.choice([None, None, None, "Acme", "Øst"]),
                "deal": random.choice([None, None, None, "d1", "d2", "d3"]),
                "session": random.choice([None, None, "s1", "s2", "s3"]),
                "human": random.choice([None, None, 0.1, 0.5, 1.0]),
                "traffic": random.choice([None, None, "outside", "own", "test"]),
                "amount": random.choice([None, 1, 2, 2.0, 3]),
                "channel": random.choice([None, "mail", "søg"]),
            }
        )
    frame = pl.DataFrame(rows, schema_overrides={"time": TIME, "human": pl.Float64, "amount": pl.Float64}, strict=False)
    properties = encoded(frame.select("amount", "channel"))
    return (
        frame.drop("amount", "channel")
        .with_columns(properties.alias("properties"), source=pl.lit("shop"), received=pl.lit(START))
        .match_to_schema(EVENTS, missing_columns={"batch": "insert", "context": "insert"})
    )


def ledger(random: Random) -> pl.DataFrame:
    """Who the visitors are, and when: spans without gaps; some are themselves."""
    rows: list[tuple[str, datetime | None, datetime | None, str]] = []
    for actor in (f"a:v{n}" for n in range(6)):
        cuts = sorted(START + timedelta(minutes=60 * random.randrange(100)) for _ in range(random.randrange(3)))
        ends = [None, *dict.fromkeys(cuts), None]
        if random.random() < 0.8:
            rows += [(actor, ends[n], ends[n + 1], f"u:p{random.randrange(6)}") for n in range(len(ends) - 1)]
    if random.random() < 0.7:
        rows += [("u:p3", None, None, "u:p1"), ("u:p1", None, None, "u:p1")]
    return pl.DataFrame(rows, schema={**SPANS}, orient="row").rename({"unit": "person"})


def links(random: Random) -> Links:
    """Companies of persons, deals and their contacts, by the persons of the ledger."""

    def moment() -> datetime:
        return START + timedelta(minutes=60 * random.randrange(100))

    people = [f"u:p{n}" for n in range(6)]
    of_persons = [(random.choice(people), random.choice(["Acme", "Nord", None]), moment()) for _ in range(5)]
    of_deals, contacts = [], []
    for deal in ("d1", "d2", "d3"):
        created = moment()
        closed = created + timedelta(hours=random.randrange(80)) if random.random() < 0.5 else None
        of_deals.append((deal, random.choice([None, "Acme", "Vest"]), created, closed))
        for person in random.sample(people, random.randrange(3)):
            since, until = sorted([moment(), moment()])
            span = (random.choice([None, since]), random.choice([None, until]))
            contacts.append((deal, person, random.random() < 0.5, *span))
    empty = Links()
    return Links(
        pl.DataFrame(of_persons, schema=empty.companies.schema, orient="row").unique(["person", "since"]),
        pl.DataFrame(of_deals, schema=empty.deals.schema, orient="row"),
        pl.DataFrame(contacts, schema=empty.contacts.schema, orient="row"),
    )


@dataclass
class Known:
    """What is known besides the events: who is who, how units hang together, what no figure shows."""

    who: pl.DataFrame
    how: Links
    hidden: frozenset[str] = frozenset()
    struck: pl.DataFrame = field(default_factory=STRUCK.to_frame)

    @classmethod
    def made(cls, random: Random) -> "Known":
        return cls(ledger(random), links(random))

    def assignment(self, kind: Kind) -> Assignment:
        match kind:
            case Kind.PERSON:
                given = persons(self.who, self.how, "all")
            case Kind.COMPANY:
                given = companies(self.who, self.how)
            case Kind.DEAL:
                given = deals(self.who, self.how, LOOKBACK)
            case _:
                given = sessions(self.who)
        return replace(given, hidden=self.hidden, struck=self.struck)

    def truth(self, lake: Lake, kind: Kind, *, in_sessions: bool = False) -> pl.DataFrame:
        """The events with their units, as the library gives them on a frame with the ledger's persons."""
        frame = lake.read(properties=["amount", "channel"], without_batches=list(self.hidden))
        frame = frame.join(_within(frame.join(self.struck, on="actor")), on="id", how="anti")
        theirs = _within(frame.join(self.who, on="actor")).select("id", "person")
        frame = frame.join(theirs, on="id", how="left", maintain_order="left", validate="1:1")
        frame = frame.with_columns(pl.coalesce("person", "actor").alias("person"))
        return with_units(with_sessions(frame) if in_sessions else frame, str(kind), self.how, "all", LOOKBACK)


def _within(events: pl.DataFrame) -> pl.DataFrame:
    begun = pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))
    return events.filter(begun & (pl.col("end").is_null() | (pl.col("time") < pl.col("end"))))


def filled(folder: Path, *batches: pl.DataFrame) -> Lake:
    lake = Lake.open(folder)
    for place, frame in enumerate(batches):
        lake.append(frame, marker=Marker(f"import:{place}", 1), batch=f"b{place}")
    return lake


def told(
    source: Source, properties: tuple[str, ...] = (), names: list[str] | None = None, *, in_sessions: bool = False
) -> pl.DataFrame:
    """All that a source says of its events: in the order of units' names, moments and numbers."""
    frames = []
    for name in source.names():
        if names is not None and name not in names:
            continue
        posting = source.posting(name)
        units = source.packing.units(posting.keys)
        columns = {
            "unit": source.unit_names(units),
            "place": units,
            "ms": source.packing.times(posting.keys),
            "number": np.asarray(posting.numbers).astype("int64"),
            "flags": posting.flags if posting.flags is not None else [0] * len(posting),
        }
        for each in properties:
            coded = source.codes(name, each)
            values = pl.concat([pl.Series([None], dtype=coded.values.dtype), coded.values])
            columns[each] = values.gather(coded.codes)
        if in_sessions:
            columns["session"] = source.sessions(name)
        frames.append(pl.DataFrame(columns, schema_overrides={"flags": pl.UInt8}).with_columns(name=pl.lit(name)))
    if not frames:
        return pl.DataFrame()
    whole = pl.concat(frames, how="vertical_relaxed").sort("unit", "ms", "number")
    whole = whole.with_columns(number=pl.int_range(pl.len()).over("unit"))
    if in_sessions:
        first = pl.col("number").first().over("unit", "session")
        whole = whole.with_columns(session=pl.when(pl.col("session") > 0).then(first))
    return whole


def expected(frame: pl.DataFrame, properties: tuple[str, ...] = (), *, in_sessions: bool = False) -> pl.DataFrame:
    whole = told(FrameSource(frame, ZONE), properties, in_sessions=in_sessions)
    return whole.drop("place") if whole.height else whole


def told_layered(
    layers: Layered, properties: tuple[str, ...] = (), names: list[str] | None = None, *, in_sessions: bool = False
) -> pl.DataFrame:
    """What layers say: of units that are not dirty the index, of the others what is fresh."""
    clean = told(layers.clean, properties, names, in_sessions=in_sessions)
    if layers.dirty is not None and clean.height:
        clean = clean.filter(~pl.Series(layers.dirty).gather(clean["place"]))
    fresh = pl.DataFrame() if layers.fresh is None else told(layers.fresh, properties, names, in_sessions=in_sessions)
    both = [each.drop("place") for each in (clean, fresh) if each.height]
    if len(both) == 2:
        assert not set(both[0]["unit"]) & set(both[1]["unit"])
    return pl.concat(both, how="vertical_relaxed").sort("unit", "number") if both else pl.DataFrame()


def simple() -> Assignment:
    """One visitor is a person, all others are themselves."""
    spans = [("a:v1", None, None, "u:p1")]
    return persons(pl.DataFrame(spans, schema={**SPANS}, orient="row").rename({"unit": "person"}))
