"""A person in every store of an installation, and where anything of that person is found."""

import io
import json
import os
import re
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
from django.core.cache import cache
from django.db import connection, connections, transaction

from tests.web.collect.conftest import Hand, basic
from tests.web.people.touching import call, learn
from tragt.events import Options
from tragt.events.tracking import as_sent
from tragt.funnel import Funnel, Step, run
from tragt.funnel.definition import Unit
from tragt.lake import Marker
from tragt.lake.index import Kind
from tragt.web.accounts.actions.keys import create_write_key
from tragt.web.accounts.models import Organisation, User
from tragt.web.collect.settler import drain as settle
from tragt.web.collect.settling import Settler
from tragt.web.crm.actions import NewDeal, open_deal
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.models import Activity, Deal, How, Passage, Pipeline, Stage, Standing
from tragt.web.files.actions import add_file, remove_file
from tragt.web.files.store import receive
from tragt.web.imports.actions import import_file
from tragt.web.inbox.models import Rejected
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain
from tragt.web.log.queries import index, lake, names
from tragt.web.mail.models import OutgoingMail
from tragt.web.outbox.actions import OwnEvent, tell
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
from tragt.web.webforms.models import Standing as Sent
from tragt.web.webforms.models import Submission, WebForm, Wording

NEEDLES = {
    "name": "Annabella Needlewood",
    "email": "anna.needle@nordlys.dk",
    "phone": "77665544",
    "user": "crm-needle-4711",
    "visitor": "visitor-needle-77",
    "text": "plays the oboe quietly",
}
SEARCH = ("_data", "_idx", "_config")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OTHERS = 40
ON_THEIR_WAY = ("Pinged", "Call Logged", "Deal Created", "Deal Stage Entered")
"""Events that are not in the lake when the person is to go; figures leave them out."""


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
    exported_from: list[str]
    on_their_way: dict[str, int]
    left: dict[str, int]


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
    _sold_to(key)
    _filed(key)
    cache.set("page", f"a list with {NEEDLES['email']}")
    _on_their_way(str(anna["actor"]))
    for kind in Kind:
        build_index(kind)
        index(kind).read(assignment(kind), properties=["contact", "note"], sessions=True)


def _sold_to(anna: int) -> None:
    """Deals and notes: hers, one of another that names her, and a stage of the lifecycle."""
    pipeline = Pipeline.objects.create(name="Sales")
    stage = Stage.objects.create(pipeline=pipeline, name="Contact", position=0)
    hers = open_deal(NewDeal(f"{NEEDLES['name']} Jr: lamps", stage.pk, "DKK", contact=anna), who=SYSTEM)
    other = open_deal(NewDeal("Candles", stage.pk, "DKK", custom={"about": NEEDLES["email"]}), who=SYSTEM)
    add_activity(Entry("note", NEEDLES["text"]), About(person=anna), who=SYSTEM)
    add_activity(Entry("call", NEEDLES["text"], at=START), About(deal=hers.pk), who=SYSTEM)
    add_activity(Entry("note", f"Ask {NEEDLES['email']}", NEEDLES["text"]), About(deal=other.pk), who=SYSTEM)
    Standing.objects.create(person_id=anna, stage=stage)
    Passage.objects.create(person_id=anna, stage=stage, stage_name="Contact", how=How.HAND)


def _filed(anna: int) -> None:
    """Files: two of hers, one of them removed, and one on the deal of another that is called after her."""
    content = [f"{NEEDLES['name']} {NEEDLES['email']} {NEEDLES['phone']} {NEEDLES['text']}".encode()]
    add_file(receive(content), "contract.txt", "person", anna, who=SYSTEM)
    removed = add_file(receive(content), f"{NEEDLES['email']}.txt", "person", anna, who=SYSTEM)
    remove_file(removed.pk, who=SYSTEM)
    other = Deal.objects.get(name="Candles")
    add_file(receive([b"an offer"]), f"Offer_{NEEDLES['name']}_{NEEDLES['email']}.txt", "deal", other.pk, who=SYSTEM)


def _tracked(anna: str) -> None:
    """What a website told: traits, who somebody may be as well, a consent with what shows it."""
    told = {"email": NEEDLES["email"], "about": NEEDLES["text"]}
    learn(call("identify", user=anna, traits=told), call("alias", 1, user=anna, previous="user-3"))
    consent = Consent(Purpose.ANALYTICS, Channel.WEBSITE, ConsentState.GIVEN, Basis.CONSENT, START, NEEDLES["name"])
    learn_consents([Said(anna, consent, {"address": NEEDLES["email"]})], cause="settled:1")


def _on_their_way(anna: str) -> None:
    """What came in the last minutes: settled and not in the lake, not settled, turned away; own events, forms."""
    key, hand = basic(create_write_key(SYSTEM, "Site", "secret").key), Hand()
    everything = dict(NEEDLES)
    theirs = {"type": "track", "event": "Pinged", "userId": NEEDLES["user"], "anonymousId": NEEDLES["visitor"]}
    others = {**theirs, "userId": "user-1", "anonymousId": None}
    pings = [{**theirs, "properties": everything, "context": everything}, others]
    assert hand.send("/v1/batch", {"batch": pings}, key).status == 200
    Settler().settle()
    lake().read(columns=["actor"])  # whoever reads puts the settled batches beside the lake
    assert hand.send("/v1/batch", {"batch": pings}, key).status == 200
    shouted, spaced = NEEDLES["email"].upper(), f"+45 {NEEDLES['phone'][:4]} {NEEDLES['phone'][4:]}"
    wrong = [{**theirs, "event": "", "properties": everything}]
    wrong += [{"type": "track", "userId": "somebody", "traits": {"contact": one}} for one in (shouted, spaced)]
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in NEEDLES["email"])
    texts = [
        *map(json.dumps, wrong),
        f'{{"type":"track","traits":["{spelled}"]}}',
        '{"type":"track","userId":"user-1"}',
    ]
    assert hand.send("/v1/batch", f'{{"batch":[{",".join(texts)}]}}'.encode(), key).status == 200
    with transaction.atomic():
        tell(OwnEvent("Call Logged", actor=anna, properties=everything), OwnEvent("Call Logged", actor="u:user-1"))
    form = WebForm.objects.create(name="Ask us")
    wording = Wording.objects.create(form=form, number=1, told={})
    sent = {"form": form, "wording": wording, "standing": Sent.WAITING, "answers": everything, "visit": everything}
    Submission.objects.create(key="1", actor=anna, email=NEEDLES["email"], **sent)
    Submission.objects.create(key="2", actor="a:unknown", email=NEEDLES["email"], **sent)
    typed = {"mail": shouted, "number": spaced}
    Submission.objects.create(**{**sent, "key": "3", "actor": "a:typist", "answers": typed, "visit": {}})
    Submission.objects.create(**{**sent, "key": "4", "actor": "u:user-1", "answers": {"x": "y"}, "visit": {}})


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
    counts = {
        name: count for name, count in log.names().select("name", "count").iter_rows() if name not in ON_THEIR_WAY
    }
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
    plain = text.casefold()
    bare = re.sub(r"[\s()-]", "", plain)
    return sorted(name for name, needle in NEEDLES.items() if needle.casefold() in plain or needle in bare)


def _tables() -> dict[str, str]:
    """Every row of every table of the databases, as text; bytes decoded as far as they can be."""

    texts: dict[str, str] = {}
    for one in connections.all():
        with one.cursor() as cursor:
            for table in one.introspection.table_names(cursor):
                if table.startswith("tragt_search_") and not table.endswith(SEARCH):
                    continue  # it repeats the rows of its table; what it holds itself stands in tables beside it
                cursor.execute(f"SELECT * FROM {one.ops.quote_name(table)}")
                cells = [_cell(cell) for row in cursor.fetchall() for cell in row]
                texts[f"table {table}"] = "\n".join([texts.get(f"table {table}", ""), *cells])
    return texts


def _cell(cell: object) -> str:
    """A cell as text: also events as Arrow writes them, and calls as they are packed."""
    if not isinstance(cell, bytes | memoryview):
        return str(cell)
    data = bytes(cell)
    texts = [data.decode("utf-8", "replace")]
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        texts.append(msgspec.json.encode(msgspec.json.decode(data)).decode())
    with suppress(pl.exceptions.ComputeError, OSError):
        texts.append(pl.read_ipc(io.BytesIO(data)).write_json())
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        texts.append(msgspec.json.encode(as_sent(data)).decode())
    return "\n".join(texts)


def _kind(path: Path) -> str:
    if path.parts[0] == "arriving":
        return "beside the lake"
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
    with bundle, zipfile.ZipFile(bundle) as archive:
        held = {name: _needles(archive.read(name).decode()) for name in archive.namelist()}
    (erase_person if kind == "erase" else anonymise_person)(person, SYSTEM)
    struck = figures()
    settle()  # an erasure waits for what came before, as a settler brings it into the lake
    finish_erasures()
    after, exported = scan(home), sorted({hit for hits in held.values() for hit in hits})
    passed = {row.name: row.count for row in names() if row.name in ON_THEIR_WAY}
    left = {"turned away": Rejected.objects.count(), "sent by forms": Submission.objects.count()}
    left |= {"deals": Deal.objects.count(), "about deals": Activity.objects.count()}
    return Found(before, struck, after, figures_before, figures(), exported, sorted(held), passed, left)
