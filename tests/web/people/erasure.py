"""A person in every store of an installation, and where anything of that person is found."""

import io
import json
import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from django.core.cache import cache
from django.db import connection

from tests.web.people.touching import call, learn
from tragt.events import Options
from tragt.funnel import Funnel, Step, run
from tragt.funnel.definition import Unit
from tragt.lake import Marker
from tragt.lake.index import Kind
from tragt.web.accounts.models import Organisation, User
from tragt.web.imports.actions import import_file
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain
from tragt.web.log.queries import index, lake
from tragt.web.mail.models import OutgoingMail
from tragt.web.people.actions import (
    anonymise_person,
    build_index,
    edit_person,
    erase_person,
    export_person,
    finish_erasures,
    learn_claims,
    learn_consents,
    learn_people,
    merge,
    undo_learning,
)
from tragt.web.people.actions.consent import Said
from tragt.web.people.models import Basis, Channel, ConsentState, Identifier, Purpose
from tragt.web.people.queries import Consent, assignment, event_log, found
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

NEEDLES = {
    "name": "Annabella Needlewood",
    "email": "anna.needle@nordlys.dk",
    "phone": "77665544",
    "user": "crm-needle-4711",
    "visitor": "visitor-needle-77",
    "text": "plays the oboe quietly",
}
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OTHERS = 40


@dataclass(frozen=True, slots=True)
class Figures:
    """What a funnel says, and how many events there are: by name, and by name and month."""

    entered: int
    passed: int
    companies: int
    events: dict[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of the person, by the kind of store, and what the figures were."""

    before: dict[str, list[str]]
    struck: Figures
    after: dict[str, list[str]]
    figures_before: Figures
    figures_after: Figures
    exported: list[str]


def plant(home: Path) -> None:
    """The person, among others, in the log, the ledger, the rows and the files."""

    Organisation.objects.create(pk=1, name="Nordlys", time_zone="Europe/Copenhagen")
    owner = User.objects.create(email="owner@example.org", role="owner")
    file = home / "events.csv"
    file.write_text("\n".join(["user_id,event,time,contact,note", *_rows()]))
    import_file(file, COMMAND_LINE, Options(person="user_id", event="event", time="time"))
    file.unlink()
    _visits()
    people = [{"actor": f"u:user-{number}", "name": f"Person {number}"} for number in range(OTHERS)]
    anna = {"actor": f"u:{NEEDLES['user']}", "name": NEEDLES["name"], "email": NEEDLES["email"]}
    anna |= {"phone": f"+45{NEEDLES['phone']}", "hobby": NEEDLES["text"]}
    learn_people(pl.DataFrame([*people[:20], anna, *people[20:]]), cause="import:7", who=SYSTEM)
    key = Identifier.objects.get(actor=anna["actor"]).person_id
    if connection.vendor == "sqlite":
        # What is written from here on stands in the write-ahead log only, what was written before in the file.
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    edit_person(key, {"name": NEEDLES["name"] + " Jr"}, who=Who.of(owner))
    learn_people(_many(), cause="import:8", who=SYSTEM)
    undo_learning(cause="import:8", who=SYSTEM)
    claims = [("a:" + NEEDLES["visitor"], anna["actor"], START), ("a:shared", anna["actor"], START)]
    claims += [("a:shared", "u:user-3", START + timedelta(hours=5))]
    learn_claims(pl.DataFrame(claims, ["actor", "user", "at"], orient="row"), cause="import:7", who=SYSTEM)
    _tracked(str(anna["actor"]))
    merge(str(anna["actor"]), "u:other-name", who=SYSTEM)
    Job.objects.create(name="mail.send", title=NEEDLES["email"], arguments={"to": NEEDLES["email"]}, state="done")
    OutgoingMail.objects.create(
        template="x", language="en", to=NEEDLES["email"], subject=NEEDLES["name"], state="sent", message="m1"
    )
    _left_behind(home / "incoming" / "half.upload.csv")
    _left_behind(home / "uploads" / "incoming" / "0a1b" / "half.csv")
    cache.set("page", f"a list with {NEEDLES['email']}")
    for kind in Kind:
        build_index(kind)
        index(kind).read(assignment(kind), properties=["contact", "note"], sessions=True)


def _tracked(anna: str) -> None:
    """What a website told: traits, who somebody may be as well, a consent with what shows it."""
    told = {"email": NEEDLES["email"], "about": NEEDLES["text"]}
    learn(call("identify", user=anna, traits=told), call("alias", 1, user=anna, previous="user-3"))
    consent = Consent(Purpose.ANALYTICS, Channel.WEBSITE, ConsentState.GIVEN, Basis.CONSENT, START, NEEDLES["name"])
    learn_consents([Said(anna, consent, {"address": NEEDLES["email"]})], cause="settled:1")


def _left_behind(file: Path) -> None:
    """A file on its way in when something died, an hour ago."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"user,mail\n{NEEDLES['user']},{NEEDLES['email']}\n")
    os.utime(file, (file.stat().st_mtime - 3600,) * 2)


def _many() -> pl.DataFrame:
    """Persons who leave free pages in the file of the database when they go."""
    return pl.DataFrame([{"actor": f"u:many-{number}", "name": "Many" * 20} for number in range(1000)])


def _rows() -> list[str]:
    rows = [f"user-{number},Asked,{_time(number)},," for number in range(OTHERS)]
    rows += [f"user-{number},Bought,{_time(number + 200)},," for number in range(0, OTHERS, 2)]
    rows.insert(7, f"{NEEDLES['user']},Asked,{_time(1)},{NEEDLES['email']},{NEEDLES['text']} {NEEDLES['name']}")
    rows.insert(9, f"{NEEDLES['user']},Bought,{_time(201)},+45{NEEDLES['phone']},")
    return rows


def _time(hours: int) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def _visits() -> None:
    """Events that no user is named in, some of a machine that the person shares."""

    actors = ["a:" + NEEDLES["visitor"], *["a:shared"] * 4, *[f"a:{number}" for number in range(20)]]
    hours = [1, 1, 2, 6, 7, *range(20)]
    frame = pl.DataFrame(
        {
            "id": [f"visit-{number}" for number in range(len(actors))],
            "time": [START + timedelta(hours=hour) for hour in hours],
            "name": "Visited",
            "actor": actors,
            "session": [f"s-{actor}" for actor in actors],
            "source": "site",
            "received": START,
            "properties": ["{}"] * len(actors),
            "context": [json.dumps({"email": NEEDLES["email"]}) if "needle" in actor else "{}" for actor in actors],
        },
    ).with_columns(pl.col("time", "received").cast(pl.Datetime("us", "UTC")))
    lake().append(frame, marker=Marker("site", 1), batch="site")


def figures() -> Figures:
    """What a funnel from asking to buying says, and how many companies and events there are."""

    log = event_log()
    steps = run(
        Funnel(steps=(Step(("Asked",)), Step(("Bought",))), unit=Unit.PERSON, window=timedelta(days=60)), log
    ).steps
    counts = dict(log.names().select("name", "count").iter_rows())
    companies = log.frame["company"].drop_nulls().n_unique() if "company" in log.frame.columns else 0
    return Figures(steps[0].entered, steps[1].entered, companies, counts)


def scan(home: Path) -> dict[str, list[str]]:
    """Which needles are found in which kind of store; each file is decoded as far as it can be."""
    found = {name: _needles(text) for name, text in _tables().items()}
    for path in sorted(home.rglob("*")):
        if path.is_file():
            kind = _kind(path.relative_to(home))
            found[kind] = sorted({*found.get(kind, []), *(hit for text in _texts(path) for hit in _needles(text))})
    return {name: hits for name, hits in found.items() if hits}


def _needles(text: str) -> list[str]:
    bare = re.sub(r"[\s()-]", "", text)
    return sorted(name for name, needle in NEEDLES.items() if needle in text or needle in bare)


def _tables() -> dict[str, str]:
    """Every row of every table of the database, as text."""

    texts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts[f"table {table}"] = "\n".join(map(str, cursor.fetchall()))
    return texts


def _kind(path: Path) -> str:
    if path.parts[0] == "lake":
        return "lake log" if "_delta_log" in path.parts else "lake files"
    return path.parts[0] if len(path.parts) > 1 else path.name


def _texts(path: Path) -> list[str]:
    """The bytes of a file, and what is in it: Parquet decompressed, archives opened."""
    data = path.read_bytes()
    texts = [data.decode("utf-8", "replace"), data.decode("utf-16-le", "replace")]
    if path.suffix == ".djcache":
        texts.append(zlib.decompress(data[data.index(b"x\x9c") :]).decode("utf-8", "replace"))
    if data[:4] == b"PAR1":
        texts.append(pl.read_parquet(io.BytesIO(data)).write_json())
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            texts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return texts


def proof(kind: str, home: Path) -> Found:
    """Plant, look, export, take the first step, take the second, look again."""

    plant(home)
    drain()
    before, figures_before = scan(home), figures()
    person = found(NEEDLES["email"])[0].id
    bundle = export_person(person, SYSTEM)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        exported = _needles("\n".join(archive.read(name).decode() for name in archive.namelist()))
    (erase_person if kind == "erase" else anonymise_person)(person, SYSTEM)
    struck = figures()
    finish_erasures()
    return Found(before, struck, scan(home), figures_before, figures(), exported)
