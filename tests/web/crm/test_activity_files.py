"""Files on notes, calls and tasks: who sees and changes them, and with what they go."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.web.crm.calling import ROOT, answered
from tests.web.crm.conftest import OpenDeal
from tests.web.people.conftest import home
from tragt.errors import NotAllowed, NotFound
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity, remove_activity
from tragt.web.crm.models import Activity
from tragt.web.files.actions import add_file, purge, remove_file
from tragt.web.files.links import link_to
from tragt.web.files.models import File
from tragt.web.files.queries import file_of
from tragt.web.files.store import receive
from tragt.web.outbox.models import Pending
from tragt.web.people.actions import anonymise_person, erase_person, export_person, finish_erasures
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

__all__ = ["home"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "home")]


def note_about(**about: int) -> Activity:
    """A note about a record."""
    return add_activity(Entry("note", "Wants lamps"), About(**about), who=COMMAND_LINE)


def put(activity: Activity, name: str = "sketch.txt", by: Who = COMMAND_LINE) -> File:
    """Put a file on an activity."""
    return add_file(receive([b"lamps"]), name, "activity", activity.pk, who=by)


def test_file_is_added_on_the_page_of_a_note_and_fetched_from_there(owner_client: Client, ada: Person) -> None:
    note = note_about(person=ada.pk)
    sent = {"file": SimpleUploadedFile("sketch.txt", b"lamps")}
    answer = owner_client.post(f"/files/of/activity/{note.pk}/add/", sent)
    assert answer.headers["Location"] == f"/activities/{note.pk}/#files"
    page = owner_client.get(f"/activities/{note.pk}/").content.decode()
    assert "sketch.txt" in page
    fetched = Client().get(owner_client.get(f"/files/{File.objects.get().pk}/").headers["Location"])
    assert b"".join(fetched.streaming_content) == b"lamps"  # type: ignore[attr-defined]
    assert "sketch.txt" in owner_client.get(f"/files/of/activity/{note.pk}/").content.decode()


def test_who_does_not_see_the_record_sees_neither_its_note_nor_the_file(
    make_user: Callable[..., User],
    program_of: Callable[..., Client],
    client_of: Callable[[User], Client],
    organisation: Organisation,
    make_deal: OpenDeal,
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller, other = make_user(Role.SELLER, "me@example.org"), make_user(Role.SELLER, "other@example.org")
    hidden = note_about(deal=make_deal(owner=other.pk).pk)
    row = put(hidden)
    with pytest.raises(NotFound):
        file_of(row.pk, seller)
    with pytest.raises(NotFound):
        put(hidden, by=Who.of(seller))
    assert client_of(seller).get(f"/files/{row.pk}/").status_code == 404
    assert client_of(seller).get(f"/files/of/activity/{hidden.pk}/").status_code == 404
    answered(program_of(seller).get(f"{ROOT}/files?kind=activity&key={hidden.pk}"), 404)
    told = answered(program_of(other).get(f"{ROOT}/files?kind=activity&key={hidden.pk}"))
    assert [(one["kind"], one["name"]) for one in told["items"]] == [("activity", "sketch.txt")]


def test_who_may_change_the_note_may_change_its_files_and_nobody_else(
    make_user: Callable[..., User], organisation: Organisation, make_deal: OpenDeal
) -> None:
    organisation.sellers_change = Reach.OWN
    organisation.save()
    seller, other, viewer = (
        make_user(role, email)
        for role, email in (
            (Role.SELLER, "me@example.org"),
            (Role.SELLER, "other@example.org"),
            (Role.VIEWER, "v@example.org"),
        )
    )
    deal = make_deal(owner=other.pk)
    mine = add_activity(Entry("note", "Mine"), About(deal=deal.pk), who=Who.of(seller))
    put(mine, by=Who.of(seller))
    theirs = note_about(deal=deal.pk)
    for who in (seller, viewer):
        with pytest.raises(NotAllowed):
            put(theirs, by=Who.of(who))
    row = put(theirs, by=Who.of(other))
    with pytest.raises(NotAllowed):
        remove_file(row.pk, who=Who.of(seller))


def test_note_that_is_removed_takes_its_files(ada: Person, home: Path, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    note, other = note_about(person=ada.pk), note_about(person=ada.pk)
    put(note)
    stays = put(other)
    with django_capture_on_commit_callbacks(execute=True):
        remove_activity(note.pk, who=COMMAND_LINE)
    assert list(File.objects.all()) == [stays]
    assert [path.name for path in (home / "files").rglob("*") if path.is_file()] == [stays.place]
    Activity.objects.filter(pk=other.pk).delete()
    assert purge() == 1
    assert not File.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [erase_person, anonymise_person])
def test_files_on_what_is_about_a_person_are_exported_and_go_with_them(
    ask: object, ada: Person, home: Path, make_deal: OpenDeal
) -> None:
    bo = Person.objects.create(name="Bo")
    deal = make_deal(contact=ada.pk)
    own = [put(note_about(person=ada.pk), "about her.txt"), put(note_about(deal=deal.pk), "offer.txt")]
    stays = put(note_about(person=bo.pk))
    Pending.objects.all().delete()  # nothing carries it into a log
    with export_person("u:ada", SYSTEM) as bundle, zipfile.ZipFile(bundle) as archive:
        held = json.loads(archive.read("everything.json"))["tragt_files.File"]
        assert {archive.read(row["content"]) for row in held} == {b"lamps"}
    assert [row["name"] for row in held] == ["about her.txt", "offer.txt"]
    link = link_to(own[0])
    ask("u:ada", SYSTEM)  # type: ignore[operator]
    assert ask is anonymise_person or Client().get(link).status_code == 404, "it is out of reach at once"
    finish_erasures()
    assert list(File.objects.all()) == [stays]
    assert [path.name for path in (home / "files").rglob("*") if path.is_file()] == [stays.place]


def test_file_on_what_is_about_somebody_on_the_way_out_is_nobodys(owner: User, ada: Person) -> None:
    row = put(note_about(person=ada.pk))
    Person.objects.filter(pk=ada.pk).update(struck=timezone.now())
    with pytest.raises(NotFound):
        file_of(row.pk, owner)
