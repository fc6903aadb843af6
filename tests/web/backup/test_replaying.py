"""Who was erased after a backup was taken is gone from what is restored, and nobody else is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from django.db import transaction

from tests.web.people.conftest import Put
from tragt.errors import InvalidFile, InvalidSetting
from tragt.web.backup.actions import note, replay
from tragt.web.backup.erasures import LIST, Entry, Marked, Seal, add, read, written
from tragt.web.backup.manifest import LakeHeld, Manifest
from tragt.web.backup.restoring import Restored
from tragt.web.log.queries import lake
from tragt.web.people.actions import erase_person, finish_erasures, learn_claims, learn_people, merge
from tragt.web.people.actions.rights import _as_json
from tragt.web.people.models import Edge, Erasure, Identifier, Person
from tragt.web.people.queries import subject_of
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home", "organisation")]

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOBODY = Manifest(tragt="0", made=START, database="sqlite", migrations={}, tables={}, lake=LakeHeld(), members={})


@pytest.fixture
def firm(put: Put) -> None:
    """Anna with a visitor's device of her own and one that she shared with Bo; Bo; a visitor that nobody knows."""
    put(
        [
            ("Bought", "u:anna", START),
            ("Visited", "a:annas", START),
            ("Visited", "a:shared", START),
            ("Visited", "a:shared", START + timedelta(hours=9)),
            ("Bought", "u:bo", START),
            ("Visited", "a:nobody", START),
        ]
    )
    people = [{"actor": "u:anna", "email": "anna@nordlys.dk"}, {"actor": "u:bo", "email": "bo@nordlys.dk"}]
    learn_people(pl.DataFrame(people), cause="import:1", who=SYSTEM)
    claims = [("a:annas", "u:anna", START), ("a:shared", "u:anna", START)]
    claims += [("a:shared", "u:bo", START + timedelta(hours=5))]
    learn_claims(pl.DataFrame(claims, ["actor", "user", "at"], orient="row"), cause="import:1", who=SYSTEM)


def noted(person: str, kind: str = "erase", key: int = 99) -> list[Entry]:
    """The list as it stands once a person was erased in the home that went on; nothing is erased here."""
    note(Erasure(pk=key, kind=kind, asked=START, subject=_as_json(subject_of(person))))
    return read(Path(settings.TRAGT.home) / LIST)


def restored(entries: list[Entry], *replayed: str) -> Restored:
    return Restored(Path(settings.TRAGT.home), NOBODY, entries, frozenset(replayed))


def actors() -> list[str]:
    return sorted(lake().read(columns=["actor"])["actor"].cast(pl.String).to_list())


WITHOUT_ANNA = ["a:nobody", "a:shared", "u:bo"]


@pytest.mark.usefixtures("firm")
def test_erasure_is_noted_without_a_plain_word_before_it_is_committed() -> None:
    erase_person("u:anna", COMMAND_LINE)
    file = Path(settings.TRAGT.home) / LIST
    (entry,) = read(file)
    assert len(entry.actors) == 3
    assert [marked.end for marked in entry.actors if marked.end] == [START + timedelta(hours=5)]
    assert not any(word in file.read_text() for word in ("anna", "shared", "nordlys"))
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("firm")
def test_erasure_that_cannot_be_noted_does_not_happen() -> None:
    (Path(settings.TRAGT.home) / LIST).mkdir()
    with pytest.raises(OSError, match="directory"), transaction.atomic():
        erase_person("u:anna", COMMAND_LINE)
    assert not Erasure.objects.exists()
    assert Person.objects.filter(struck=None).count() == 2


@pytest.mark.usefixtures("firm")
def test_replay_erases_by_the_list_whom_the_backup_brought_back_and_nobody_else() -> None:
    done = replay(restored(noted("u:anna")))
    assert (done.asked, done.persons, done.waits) == (1, 1, "")
    assert actors() == WITHOUT_ANNA
    assert list(Person.objects.values_list("email", flat=True)) == ["bo@nordlys.dk"]
    assert Erasure.objects.get().finished
    (entry,) = read(Path(settings.TRAGT.home) / LIST)
    assert entry.replayed, "a later backup of this home brings nobody back"


@pytest.mark.usefixtures("firm")
def test_replay_finds_visits_that_the_backup_gave_to_nobody_or_to_another() -> None:
    entries = noted("u:anna")
    Edge.objects.all().delete()
    claim = pl.DataFrame([("a:shared", "u:bo", START)], ["actor", "user", "at"], orient="row")
    learn_claims(claim, cause="import:2", who=SYSTEM)
    assert replay(restored(entries)).persons == 1
    assert actors() == WITHOUT_ANNA


@pytest.mark.usefixtures("firm")
def test_replay_parts_who_was_not_one_any_more_when_the_erasure_was_asked_for() -> None:
    entries = noted("u:anna")
    merge("u:anna", "u:bo", who=SYSTEM)
    replay(restored(entries))
    assert actors() == WITHOUT_ANNA


@pytest.mark.usefixtures("firm")
def test_replay_finds_by_its_address_whom_no_actor_leads_to() -> None:
    (entry,) = noted("u:anna")
    Identifier.objects.filter(actor="u:anna").update(actor="u:anna-of-old")
    unknown = Entry(entry.id, entry.key, entry.kind, (Marked(Seal(settings.SECRET_KEY).mark("u:later")),), entry.emails)
    assert replay(restored([unknown])).persons == 1
    assert list(Person.objects.values_list("email", flat=True)) == ["bo@nordlys.dk"]


@pytest.mark.usefixtures("firm")
def test_replay_anonymises_whom_the_list_says_so_and_leaves_every_count() -> None:
    before = lake().read().height
    replay(restored(noted("u:anna", "anonymise")))
    assert lake().read().height == before
    assert not {"u:anna", "a:annas"} & set(actors())
    assert not Person.objects.filter(email="anna@nordlys.dk").exists()


@pytest.mark.usefixtures("firm")
def test_replay_leaves_alone_who_came_back_after_an_erasure_that_the_backup_knows() -> None:
    erase_person("u:anna", COMMAND_LINE)
    finish_erasures()
    home = Path(settings.TRAGT.home)
    learn_people(pl.DataFrame([{"actor": "u:anna", "name": "Anna"}]), cause="import:2", who=SYSTEM)
    assert replay(restored(read(home / LIST))).asked == 0, "the database has its row"
    Erasure.objects.all().delete()
    assert replay(restored(read(home / LIST), read(home / LIST)[0].id)).asked == 0, "done when the home was restored"
    assert Identifier.objects.filter(actor="u:anna").exists()


@pytest.mark.usefixtures("firm")
def test_replay_with_another_secret_key_is_refused() -> None:
    (entry,) = noted("u:anna")
    other = Entry(entry.id, Seal("another").name, entry.kind, entry.actors)
    with pytest.raises(InvalidSetting, match="another secret key"):
        replay(restored([other]))
    assert len(actors()) == 6


def test_list_whose_last_line_is_torn_goes_on_and_any_other_is_refused(tmp_path: Path) -> None:
    one = Entry("1@2026-03-02T09:00:00+00:00", "k", "erase", (Marked("m"),))
    file = tmp_path / LIST
    file.write_bytes(written([one])[:20])
    assert read(file) == []
    add(file, one)
    assert read(file) == [one]
    file.write_bytes(b"anything\n" + written([one]))
    with pytest.raises(InvalidFile, match="Line 1"):
        read(file)
