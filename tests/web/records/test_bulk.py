"""Changing many records of a list at once: what is changed, what is not, how it is taken back, and what it costs."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.records.conftest import Make
from tragt.errors import Conflict, InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import AuditRow, Organisation, User
from tragt.web.crm.models import Deal, Pipeline, Stage
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.bulk import MOST, UNDO_FOR, Done, Undone, add_tag, give_owner, remove_tag, take_back
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import BulkChange, Tag
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db
NOWHERE = 10**6
MANY = "/records/person/many/"


@pytest.fixture
def seller(make_user: Callable[..., User]) -> User:
    """A seller who sees everything and changes their own."""
    Organisation.objects.update(sellers_change="own")
    return make_user("seller")


def of(key: int | None) -> set[str]:
    return set(Person.objects.filter(owner=key).values_list("name", flat=True))


def test_owner_is_given_to_those_that_may_be_changed_and_the_rest_is_counted(
    person: Make, seller: User, owner: User
) -> None:
    mine, free, theirs = person("Mine", owner=seller), person("Free"), person("Theirs", owner=owner)
    keys = [mine.pk, free.pk, theirs.pk, NOWHERE]
    done = give_owner(kind_of("person"), keys, seller.pk, who=Who.of(seller))
    assert (done.changed, done.same, done.refused, done.missing) == (1, 1, 1, 1)
    assert of(seller.pk) == {"Mine", "Free"}
    assert of(owner.pk) == {"Theirs"}
    row = AuditRow.objects.get(verb="people.edit")
    counted = {"changed": 1, "refused": 1, "records": 1, "keys": [free.pk]}
    assert row.details == {"act": "assign many", "kind": "person", "owner": seller.pk, **counted}
    assert row.fields == ["owner"]


def test_records_that_are_not_seen_are_not_told_apart_from_those_that_are_not_there(
    person: Make, seller: User, owner: User
) -> None:
    Organisation.objects.update(sellers_see="own")
    hidden = person("Hidden", owner=owner)
    kind, who = kind_of("person"), Who.of(seller)
    assert add_tag(kind, [hidden.pk], "VIP", who=who) == add_tag(kind, [NOWHERE], "VIP", who=who)
    assert add_tag(kind, [hidden.pk], "VIP", who=who) == Done(None, 0, 0, 0, 1)
    assert not hidden.tags.exists()
    assert not Tag.objects.exists(), "a tag that stands on nothing is told to everybody"


def test_undo_restores_only_where_it_still_holds_what_was_written(person: Make, owner: User, seller: User) -> None:
    keys = [person("Ann").pk, person("Bo", owner=owner).pk, person("Cis", owner=owner).pk, person("Dan").pk]
    who = Who.of(owner)
    done = give_owner(kind_of("person"), keys, seller.pk, who=who)
    Person.objects.filter(name="Cis").update(owner=None)
    Person.objects.filter(name="Dan").delete()
    assert done.change is not None
    assert take_back(done.change, who=who) == Undone(2, 2)
    assert of(None) == {"Ann", "Cis"}
    assert of(owner.pk) == {"Bo"}
    with pytest.raises(Conflict):
        take_back(done.change, who=who)
    assert of(owner.pk) == {"Bo"}


def test_tags_are_added_and_removed_and_undone_without_touching_what_stood_before(person: Make, owner: User) -> None:
    kind, who = kind_of("person"), Who.of(owner)
    old, new = person("Old"), person("New")
    old.tags.add(Tag.objects.create(name="VIP"))
    added = add_tag(kind, [old.pk, new.pk], " vip ", who=who)
    assert (added.changed, added.same) == (1, 1)
    assert added.change is not None
    assert take_back(added.change, who=who) == Undone(1, 0)
    assert list(Person.objects.filter(tags__name="VIP")) == [old]

    removed = remove_tag(kind, [old.pk, new.pk], "VIP", who=who)
    assert (removed.changed, removed.same) == (1, 1)
    assert removed.change is not None
    assert take_back(removed.change, who=who) == Undone(1, 0)
    assert list(Person.objects.filter(tags__name="VIP")) == [old]
    assert Tag.objects.count() == 1


def test_undo_is_for_who_did_it_and_for_a_day(person: Make, owner: User, seller: User) -> None:
    done = give_owner(kind_of("person"), [person("Ann").pk], seller.pk, who=Who.of(owner))
    assert done.change is not None
    with pytest.raises(NotFound):
        take_back(done.change, who=Who.of(seller))
    BulkChange.objects.update(at=timezone.now() - UNDO_FOR - timedelta(minutes=1))
    with pytest.raises(NotFound):
        take_back(done.change, who=Who.of(owner))
    give_owner(kind_of("person"), [Person.objects.get().pk], None, who=Who.of(owner))
    assert BulkChange.objects.count() == 1


def test_what_cannot_be_is_refused_and_nothing_is_changed(
    person: Make, owner: User, make_user: Callable[..., User]
) -> None:
    kind, who, one = kind_of("person"), Who.of(owner), person("Ann")
    gone = make_user("seller", email="gone@example.org")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(InvalidDefinition, match="Nothing was chosen"):
        give_owner(kind, [], owner.pk, who=who)
    with pytest.raises(InvalidDefinition, match="more than 10000"):
        give_owner(kind, range(MOST + 1), owner.pk, who=who)
    with pytest.raises(NotFound, match="cannot sign in"):
        give_owner(kind, [one.pk], gone.pk, who=who)
    with pytest.raises(NotFound, match="no tag 'x'"):
        remove_tag(kind, [one.pk], "x", who=who)
    with pytest.raises(InvalidDefinition, match="one to 60"):
        add_tag(kind, [one.pk], " ", who=who)
    with pytest.raises(NotAllowed):
        give_owner(kind, [one.pk], owner.pk, who=Who.of(make_user("viewer")))
    assert not BulkChange.objects.exists()
    assert not AuditRow.objects.filter(verb="people.edit").exists()


def test_deals_given_to_somebody_are_in_a_new_version(owner: User) -> None:
    stage = Stage.objects.create(pipeline=Pipeline.objects.create(name="Sales"), name="Contact", position=0)
    long_ago = timezone.now() - timedelta(days=30)
    deal = Deal.objects.create(name="Lamps", pipeline=stage.pipeline, stage=stage, currency="DKK", touched=long_ago)
    done = give_owner(kind_of("deal"), [deal.pk], owner.pk, who=COMMAND_LINE)
    assert done.changed == 1
    before, deal = deal, Deal.objects.get()
    assert (deal.owner, deal.version) == (owner, before.version + 1)
    assert deal.touched > long_ago


@pytest.mark.parametrize("given", [{"key": "all"}, {"page": "yes"}, {"every": "yes", "number": "999"}])
def test_number_of_queries_does_not_grow_with_the_records(
    owner_client: Client, person: Make, owner: User, given: dict[str, str]
) -> None:
    def run(number: int, act: dict[str, str]) -> int:
        keys = [person(f"{number} {place}").pk for place in range(number)]
        chosen = {**given, "key": keys} if "key" in given else {**given, "shown": ",".join(map(str, keys))}
        return queries(lambda: owner_client.post(MANY, {**chosen, **act}))

    Tag.objects.create(name="VIP")
    for act in (
        {"act": "assign", "owner": str(owner.pk)},
        {"act": "tag", "tag": "VIP"},
        {"act": "untag", "tag": "VIP"},
    ):
        owner_client.get("/people/")
        run(1, act)
        assert run(40, act) <= run(2, act) + 1
    assert queries(lambda: owner_client.get("/people/")) < 25


def test_page_changes_what_was_chosen_says_so_once_and_undoes_it_without_scripts(
    owner_client: Client, person: Make, owner: User
) -> None:
    one, other, third = person("Ann"), person("Bo"), person("Cis", email="cis@example.org")
    page = owner_client.get("/people/").content.decode()
    assert f'name="key" value="{one.pk}" form="many" aria-label="Choose Ann"' in page
    given = {"key": [one.pk, other.pk], "act": "assign", "owner": owner.pk, "next": "/people/?sort=name"}
    answer = owner_client.post(MANY, given)
    assert answer["Location"] == "/people/?sort=name"
    page = owner_client.get(answer["Location"]).content.decode()
    assert "2 records were changed." in page
    assert of(owner.pk) == {"Ann", "Bo"}
    undo = f"/records/person/many/{BulkChange.objects.get().pk}/undo/"
    assert undo in page
    assert undo not in owner_client.get("/people/").content.decode()
    page = owner_client.post(undo, {"next": "https://evil.example"}, follow=True).content.decode()
    assert "2 records are as before." in page
    assert of(owner.pk) == set()
    assert "This was taken back already." in owner_client.post(undo, follow=True).content.decode()

    every = {"every": "yes", "number": "1", "query": "email.empty=no"}
    assert (
        '<input type="hidden" name="number" value="1">' in owner_client.get("/people/?email.empty=no").content.decode()
    )
    owner_client.post(MANY, {**every, "act": "tag", "tag": "VIP"})
    assert list(Person.objects.filter(tags__name="VIP")) == [third]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"act": "tag", "tag": "VIP"}, "Nothing was chosen."),
        ({"act": "tag", "tag": "", "key": "1"}, "A tag has a name"),
        ({"act": "untag", "tag": "none", "key": "1"}, "no tag of this name"),
        ({"act": "assign", "owner": "99999", "key": "1"}, "cannot sign in"),
        ({"act": "assign", "owner": "9" * 5000, "key": "1"}, "cannot sign in"),
        ({"act": "erase", "key": "1"}, "Choose what to do"),
        ({"key": "1"}, "Choose what to do"),
        ({"act": "csv"}, "Choose what to do"),
    ],
)
def test_page_says_what_cannot_be_done(owner_client: Client, given: dict[str, str], sentence: str) -> None:
    assert sentence in owner_client.post(MANY, given, follow=True).content.decode()


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("field_9.is=Bo", "2"),
        ("created.from=soon", "2"),
        ("name.is=", "2"),
        ("sort=field_9", "2"),
        ("", "1"),
        ("", ""),
    ],
)
def test_all_that_match_are_refused_where_they_are_not_those_that_were_shown(
    owner_client: Client, person: Make, query: str, number: str
) -> None:
    person("Ann"), person("Bo")
    given = {"every": "yes", "query": query, "number": number, "tag": "VIP", "next": "/people/"}
    for act in ("tag", "csv"):
        page = owner_client.post(MANY, {**given, "act": act}, follow=True)
        assert "This is not the list that you saw" in page.content.decode()
    if query:
        assert "This is not the list" in owner_client.get(f"/people/list.csv?{query}", follow=True).content.decode()
    assert not Tag.objects.exists()
    assert not AuditRow.objects.filter(verb="people.export").exists()


def test_owner_who_is_no_number_is_refused_and_nobody_loses_theirs(
    owner_client: Client, person: Make, owner: User
) -> None:
    one = person("Ann", owner=owner)
    page = owner_client.post(MANY, {"key": one.pk, "act": "assign", "owner": "x"}, follow=True).content.decode()
    assert "cannot sign in" in page
    assert of(owner.pk) == {"Ann"}
    owner_client.post(MANY, {"key": one.pk, "act": "assign", "owner": "nobody"})
    assert of(None) == {"Ann"}


def test_wild_requests_are_answered(owner_client: Client, person: Make) -> None:
    person("Ann")
    wild = ("x", "-1", "9" * 30, "\0", "²")
    for text in wild:
        given = {"key": text, "shown": text, "query": f"name.is={text}&after={text}", "act": "tag", "tag": text}
        assert owner_client.post(MANY, given, follow=True).status_code == 200, text
    assert owner_client.post("/records/nothing/many/", {}).status_code == 404
    assert owner_client.get(MANY).status_code == 405
    assert owner_client.post(f"{MANY}{10**15}/undo/", follow=True).status_code == 200


def test_viewer_may_neither_change_nor_is_offered_to(
    client_of: Callable[[User], Client], make_user: Callable[..., User], person: Make
) -> None:
    one, viewer = person("Ann"), client_of(make_user("viewer"))
    assert viewer.post(MANY, {"key": one.pk, "act": "tag", "tag": "VIP"}).status_code == 403
    assert 'value="assign"' not in viewer.get("/people/").content.decode()
    assert not Tag.objects.exists()


def test_chosen_records_are_taken_away_as_a_file(owner_client: Client, person: Make) -> None:
    one, _other, third = person("Ann"), person("Bo"), person("=SUM(A1)")
    answer = owner_client.post(MANY, {"key": [third.pk, one.pk], "act": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Name", "'=SUM(A1)", "Ann"]
    assert AuditRow.objects.get(verb="people.export").details["rows"] == 2
    every = owner_client.post(MANY, {"every": "yes", "number": "1", "query": "name.is=Bo", "act": "csv"})
    assert b"Bo" in b"".join(every)
    assert AuditRow.objects.filter(verb="people.export").latest("pk").details["rows"] == 1


def test_companies_are_changed_as_persons_are(
    owner_client: Client, company: Callable[..., Company], owner: User
) -> None:
    company("Nordlys A/S")
    given = {"page": "yes", "shown": str(Company.objects.get().pk), "act": "assign", "owner": owner.pk}
    assert "1 record was changed." in owner_client.post("/records/company/many/", given, follow=True).content.decode()
    assert Company.objects.get().owner == owner
