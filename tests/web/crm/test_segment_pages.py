"""The pages and operations of segments: saving from a list, the list of them, renaming, copying, removing with undo."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions import segments as acts
from tragt.web.crm.models import Segment
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

API = "/api/v1/segments"


@pytest.fixture
def three(db: None) -> list[Person]:  # noqa: ARG001
    """Three persons, as many as a list shows."""
    return [Person.objects.create(name=name) for name in ("Ada", "Anna", "Bo")]


def save(client: Client, **given: str) -> str:
    asked = {"kind": "person", "name": "A people", "query": "name.starts=A", "shared": "yes", "next": "/people/"}
    answer = client.post("/segments/save/", {**asked, **given}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_filter_of_a_list_is_saved_and_its_list_shown(three: list[Person], owner_client: Client) -> None:
    assert "Save as segment" in owner_client.get("/people/?name.starts=A").content.decode()
    shown = save(owner_client, live="yes")
    assert "“A people” is saved. Later it holds whom the filter leaves then." in shown
    assert all(name in shown for name in ("Ada", "Anna", "<em>Segment</em> is one of A people"))
    assert ">Bo<" not in shown
    assert "is saved with those of now" in save(owner_client, live="no", name="Now")
    assert [(one.live, one.members.count()) for one in Segment.objects.order_by("pk")] == [(True, 0), (False, 2)]
    assert three


def test_what_cannot_be_saved_is_said_on_the_list(three: list[Person], owner_client: Client) -> None:
    assert "Give the segment a name" in save(owner_client, live="yes", name=" ")
    assert "A live segment needs a filter" in save(owner_client, live="yes", query="")
    assert "There is nobody to save" in save(owner_client, live="no", query="name.starts=Z")
    assert not Segment.objects.exists()
    assert three


def test_chosen_records_are_saved_as_a_segment(three: list[Person], owner_client: Client) -> None:
    chosen = {"act": "segment", "segment_name": "Two", "key": [three[0].pk, three[2].pk], "next": "/people/"}
    shown = owner_client.post("/records/person/many/", chosen, follow=True).content.decode()
    assert "“Two” is saved" in shown
    assert set(Segment.objects.get().members.values_list("person", flat=True)) == {three[0].pk, three[2].pk}
    nothing = owner_client.post("/records/person/many/", {**chosen, "key": []}, follow=True).content.decode()
    assert "There is nobody to save" in nothing


def test_segment_is_renamed_copied_removed_and_brought_back(three: list[Person], owner_client: Client) -> None:
    one = acts.save_live(PERSON, "name.starts=A", "A people", who=COMMAND_LINE)
    page = f"/segments/{one.pk}/"
    assert "starts with “A”" in owner_client.get(page).content.decode()
    owner_client.post(page, {"name": "Those with A", "shared": "on", "version": "1"})
    outdated = owner_client.post(page, {"name": "Mine", "shared": "on", "version": "1"})
    assert (outdated.status_code, "Somebody changed this segment" in outdated.content.decode()) == (422, True)
    copy = owner_client.post(f"{page}copy/", follow=True).content.decode()
    assert "Copy of Those with A" in copy
    removed = owner_client.post(f"{page}remove/", follow=True).content.decode()
    assert "“Those with A” is removed." in removed
    assert owner_client.get(page).status_code == 404
    assert "“Those with A” is back." in owner_client.post(f"{page}bring-back/", follow=True).content.decode()
    assert three


def test_list_of_segments_counts_and_asks_as_often_however_many(three: list[Person], owner_client: Client) -> None:
    assert "No segments yet" in owner_client.get("/segments/").content.decode()
    fixed = acts.save_chosen(PERSON, [one.pk for one in three], "All", who=COMMAND_LINE)
    shown = owner_client.get("/segments/").content.decode()
    assert f'href="/people/?segment.any={fixed.pk}"' in shown
    assert ">3</span>" in shown
    assert queries(lambda: owner_client.get(f"/people/?segment.any={fixed.pk}")) <= 25
    once = queries(lambda: owner_client.get("/segments/"))
    for number in range(5):
        acts.save_chosen(PERSON, [one.pk for one in three[: number + 1]], f"Some {number}", who=COMMAND_LINE)
    assert queries(lambda: owner_client.get("/segments/")) == once
    assert ">2</span>" in owner_client.get("/segments/").content.decode()


def test_live_segment_is_counted_when_it_is_seen_and_its_number_kept_for_minutes(
    three: list[Person], owner_client: Client, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    """The page of many waits for none of them; what was counted for one reader is not shown to one who sees less."""
    one = acts.save_live(PERSON, "name.starts=A", "A people", who=COMMAND_LINE)
    ask = f'hx-get="/segments/{one.pk}/count/"'
    page = owner_client.get("/segments/").content.decode()
    assert ask in page
    few = queries(lambda: owner_client.get("/segments/"))
    for number in range(5):
        acts.save_live(PERSON, f"name.starts={number}", f"Some {number}", who=COMMAND_LINE)
    assert queries(lambda: owner_client.get("/segments/")) == few
    assert ">2</span>" in owner_client.get(f"/segments/{one.pk}/count/").content.decode()
    Person.objects.create(name="Asta")
    page = owner_client.get("/segments/").content.decode()
    assert ask not in page
    assert "Counted on " in page
    assert ">2</span>" in page
    seller = make_user(Role.SELLER, "anna@example.org")
    Organisation.objects.update(sellers_see="own")
    assert ask in client_of(seller).get("/segments/").content.decode()
    assert ">3</span>" in owner_client.get(f"/segments/{one.pk}/count/").content.decode(), "counted anew"
    acts.change_segment(one.pk, query="name.starts=B", who=COMMAND_LINE)
    assert ask in owner_client.get("/segments/").content.decode()
    assert three


def test_reader_finds_segments_and_changes_none(
    three: list[Person], make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    client = client_of(make_user(Role.VIEWER))
    one = acts.save_live(PERSON, "name.starts=A", "A people", who=COMMAND_LINE)
    shown = client.get("/people/").content.decode()
    assert "Save as segment" not in shown
    assert '/segments/?kind=person"' in shown
    assert client.get(f"/segments/{one.pk}/").status_code == 200
    assert client.post(f"/segments/{one.pk}/", {"name": "Mine"}).status_code == 403
    assert client.post("/segments/save/", {"kind": "person", "name": "Mine", "live": "no"}).status_code == 403
    assert three


def test_program_saves_reads_changes_and_removes_segments(
    three: list[Person], owner: User, program_of: Callable[..., Client]
) -> None:
    client = program_of(owner)
    body = {"kind": "person", "name": "A", "live": True, "filter": "name.starts=A"}
    made = client.post(API, body, content_type="application/json")
    assert (made.status_code, made["Location"]) == (201, f"{API}/{made.json()['id']}")
    one = made["Location"]
    assert client.get(one).json() | {"created": ""} == made.json() | {"created": "", "count": 2, "counted_all": True}
    members = client.get(f"{one}/members?limit=1").json()
    assert (members["items"], bool(members["next"])) == ([{"id": three[0].pk, "label": "Ada"}], True)
    listed = client.get(f"/api/v1/persons?segment.any={made.json()['id']}&count=true").json()
    assert listed["count"] == 2
    changed = client.patch(
        one, {"filter": "name.starts=B"}, content_type="application/json", headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    late = client.patch(one, {"name": "B"}, content_type="application/json", headers={"If-Match": '"1"'})
    assert late.status_code == 412
    fixed = client.post(
        API, {"kind": "person", "name": "F", "live": False, "records": [three[0].pk]}, content_type="application/json"
    ).json()["id"]
    more = client.post(f"{API}/{fixed}/members", {"records": [three[1].pk]}, content_type="application/json")
    assert more.json()["version"] == 2
    client.post(f"{API}/{fixed}/members/remove", {"records": [three[0].pk]}, content_type="application/json")
    assert [one["label"] for one in client.get(f"{API}/{fixed}/members").json()["items"]] == ["Anna"]
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
    assert client.post(f"{one}/bring-back").status_code == 200
    assert [row["name"] for row in client.get(f"{API}?kind=person").json()["items"]] == ["A", "F"]


@pytest.mark.parametrize(
    "body",
    [
        {"live": True},
        {"live": True, "records": [1]},
        {"live": False, "records": [1], "filter": ""},
        {"live": True, "filter": "name.bad=1"},
        {"live": True, "filter": "name.starts=A", "name": " "},
        {"live": True, "filter": "name.starts=A", "kind": "team"},
    ],
)
def test_program_is_refused_what_is_no_segment(
    body: dict[str, object], owner: User, program_of: Callable[..., Client]
) -> None:
    sent = {"kind": "person", "name": "A", **body}
    assert program_of(owner).post(API, sent, content_type="application/json").status_code == 422


def test_program_of_another_is_told_nothing_of_ones_own_segment(
    three: list[Person], owner: User, make_user: Callable[..., User], program_of: Callable[..., Client]
) -> None:
    one = acts.save_live(PERSON, "name.starts=A", "Mine", who=Who.of(owner), shared=False)
    other = program_of(make_user(Role.MANAGER))
    hidden, absent = other.get(f"{API}/{one.pk}"), other.get(f"{API}/99")
    assert (
        (hidden.status_code, hidden.json()["code"])
        == (absent.status_code, absent.json()["code"])
        == (404, "segments.unknown")
    )
    assert other.delete(f"{API}/{one.pk}").status_code == 404
    assert other.get(API).json()["items"] == []
    assert other.get(f"/api/v1/persons?segment.any={one.pk}").json()["items"] == []
    assert three
