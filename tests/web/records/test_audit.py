"""Acts on records: the audit names which they were, one as its target, many by their keys."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import AuditRow, User
from tragt.web.people.actions.owners import assign
from tragt.web.people.actions.several import Said, tell_persons
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Identifier, Person
from tragt.web.records.actions.bulk import add_tag, give_owner, take_back
from tragt.web.records.actions.reaching import MOST_NAMED
from tragt.web.records.actions.tags import tag, untag
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db


@pytest.fixture
def persons(owner: User) -> list[int]:
    """Keys of three persons."""
    made = [Person.objects.create(name=name, owner=owner) for name in ("Ada Lovelace", "Bo", "Cai")]
    for person in made:
        Identifier.objects.create(actor=f"u:{person.pk}", person=person)
    return [person.pk for person in made]


def last() -> AuditRow:
    """What was kept last."""
    return AuditRow.objects.order_by("-pk")[0]


def test_act_on_one_record_has_it_as_its_target(persons: list[int], owner: User, owner_client: Client) -> None:
    who, one = Who.of(owner), persons[0]
    marked = tag(PERSON, [one], "VIP", who=who)
    assert (last().target, last().fields, last().details) == (
        f"person {one}",
        ["tags"],
        {"act": "tag", "tag": marked.pk},
    )
    untag(PERSON, [one], marked.pk, who=who)
    assert (last().target, last().details["tag"]) == (f"person {one}", marked.pk)
    assign(PERSON, [one], None, who=who)
    assert (last().target, last().fields) == (f"person {one}", ["owner"])
    page = owner_client.get("/settings/audit/").content.decode()
    assert "Tagged Ada Lovelace" in page
    assert "Handed Ada Lovelace to an owner" in page


def test_act_on_many_records_keeps_their_keys_and_the_names_of_fields(
    persons: list[int], owner: User, make_user: Callable[..., User]
) -> None:
    who = Who.of(owner)
    assign(PERSON, persons, None, who=who)
    assert (last().fields, last().details["keys"]) == (["owner"], persons)
    give_owner(PERSON, persons, make_user("seller").pk, who=who)
    assert (last().fields, last().details["keys"], last().details["records"]) == (["owner"], persons, 3)
    done = add_tag(PERSON, persons[1:], "VIP", who=who)
    assert last().details["keys"] == persons[1:]
    assert done.change is not None
    take_back(done.change, who=who)
    assert (last().fields, last().details["keys"]) == (["tags"], persons[1:])
    keys = tell_persons([Said(persons[0], {"name": "Ada L"}), Said(None, {"name": "New", "email": "n@x.dk"})], who=who)
    assert (last().fields, last().details["keys"]) == (["email", "name"], sorted(keys))


def test_act_on_very_many_records_keeps_how_many_they_were(owner: User) -> None:
    made = Person.objects.bulk_create(Person(name="P", owner=owner) for _ in range(MOST_NAMED + 20))
    give_owner(PERSON, [one.pk for one in made], None, who=Who.of(owner))
    assert (last().details["records"], len(last().details["keys"])) == (MOST_NAMED + 20, MOST_NAMED)
