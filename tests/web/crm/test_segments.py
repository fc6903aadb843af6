"""Segments: saved, changed, removed, asked for in lists, and as the log has them."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tests.web.people.conftest import home
from tragt.errors import Conflict, InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions import segments as acts
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import Segment, SegmentMember
from tragt.web.crm.queries.segment_units import state_of, units_in
from tragt.web.crm.queries.segments import listing_of, members_counted, segment_seen, visitors_in
from tragt.web.crm.segment_uses import _uses
from tragt.web.people.actions import anonymise_person, erase_person, finish_erasures, learn_claims, merge
from tragt.web.people.actions.folding import drop_companies
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.models import Company, Identifier, Person
from tragt.web.records.queries.narrowing import narrowed
from tragt.web.shell.acting import COMMAND_LINE, Who

__all__ = ["home"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

MakeUser = Callable[..., User]


def person(name: str, *actors: str, **more: object) -> Person:
    made = Person.objects.create(name=name, **more)
    for actor in actors:
        Identifier.objects.create(actor=actor, person=made)
    return made


@pytest.fixture
def three(organisation: Organisation) -> list[Person]:  # noqa: ARG001
    """Ada and Bo, whom the log knows, and Cleo, whom it does not."""
    return [person("Ada", "u:ada", "a:1"), person("Bo", "u:bo"), person("Cleo")]


def listed(client: Client, kind: str, query: str) -> list[str]:
    page = client.get(f"{kind}?{query}")
    assert page.status_code == 200
    return [line.label for line in page.context["lines"]]


def test_live_segment_holds_whom_its_filter_leaves_also_later(three: list[Person], owner_client: Client) -> None:
    one = acts.save_live(PERSON, "name.starts=A&sort=-created&after=3", "A", who=COMMAND_LINE)
    assert one.query == "name.starts=A"
    assert listed(owner_client, "/people/", f"segment.any={one.pk}") == ["Ada"]
    person("Anna", "u:anna")
    assert sorted(listed(owner_client, "/people/", f"segment.any={one.pk}")) == ["Ada", "Anna"]
    assert units_in(one).to_list() == ["a:1", "u:ada", "u:anna"]
    assert len(three) == 3


def test_fixed_segment_holds_those_of_then_with_and_without_other_filters(
    three: list[Person], owner: User, owner_client: Client
) -> None:
    one = acts.save_found(PERSON, "", "All", who=Who.of(owner))
    person("Anna")
    assert sorted(listed(owner_client, "/people/", f"segment.any={one.pk}")) == ["Ada", "Bo", "Cleo"]
    assert listed(owner_client, "/people/", f"segment.any={one.pk}&name.starts=B&sort=name") == ["Bo"]
    keys = dict(SegmentMember.objects.values_list("person__name", "key"))
    assert keys == {"Ada": "u:ada", "Bo": "u:bo", "Cleo": ""}
    assert units_in(one).to_list() == ["a:1", "u:ada", "u:bo"]
    assert len(three) == 3


def test_list_of_several_segments_holds_those_of_any(three: list[Person], owner_client: Client) -> None:
    live = acts.save_live(PERSON, "name.starts=A", "A", who=COMMAND_LINE)
    fixed = acts.save_chosen(PERSON, [three[1].pk], "Bo", who=COMMAND_LINE)
    query = f"segment.any={live.pk}&segment.any={fixed.pk}&sort=name"
    assert listed(owner_client, "/people/", query) == ["Ada", "Bo"]


def test_segment_on_a_segment_follows_it_and_keeps_it_from_being_removed(
    three: list[Person], owner_client: Client
) -> None:
    below = acts.save_live(PERSON, "name.starts=A", "A", who=COMMAND_LINE)
    above = acts.save_live(PERSON, f"segment.any={below.pk}&email.empty=yes", "Without mail", who=COMMAND_LINE)
    assert listed(owner_client, "/people/", f"segment.any={above.pk}") == ["Ada"]
    assert units_in(above).to_list() == ["a:1", "u:ada"]
    with pytest.raises(Conflict):
        acts.remove_segment(below.pk, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="older"):
        acts.change_segment(below.pk, query=f"segment.any={above.pk}", who=COMMAND_LINE)
    acts.remove_segment(above.pk, who=COMMAND_LINE)
    acts.remove_segment(below.pk, who=COMMAND_LINE)
    assert listed(owner_client, "/people/", f"segment.any={below.pk}") == []
    assert acts.bring_back_segment(below.pk, who=COMMAND_LINE).deleted is None
    assert three


def test_segment_on_one_that_rests_on_others_is_refused_however_it_comes_to_be(three: list[Person]) -> None:
    names = [acts.save_live(PERSON, f"name.starts={one}", one, who=COMMAND_LINE) for one in "ABC"]
    middle = acts.save_live(PERSON, f"segment.any={names[0].pk}", "Middle", who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition) as deep:
        acts.save_live(PERSON, f"segment.any={middle.pk}&segment.any={names[1].pk}", "Above", who=COMMAND_LINE)
    assert (deep.value.code, deep.value.fields) == ("segments.deep", {"field": "query"})
    resting = acts.save_live(PERSON, f"segment.any={names[2].pk}", "Resting", who=COMMAND_LINE)
    with pytest.raises(Conflict):
        acts.change_segment(names[2].pk, query=f"segment.any={names[1].pk}", who=COMMAND_LINE)
    acts.remove_segment(resting.pk, who=COMMAND_LINE)
    acts.change_segment(names[2].pk, query=f"segment.any={names[1].pk}", who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="rests on others"):
        acts.bring_back_segment(resting.pk, who=COMMAND_LINE)
    assert three


def test_members_of_segments_on_segments_are_counted_with_few_queries(three: list[Person]) -> None:
    names = [acts.save_live(PERSON, f"name.starts={one}", one, who=COMMAND_LINE) for one in "AB"]
    both = "&".join(f"segment.any={one.pk}" for one in names)
    above = [acts.save_live(PERSON, f"{both}&name.starts={one}", one, who=COMMAND_LINE) for one in "AB"]
    query = "&".join(f"segment.any={one.pk}" for one in above)
    everyone = acts.save_found(PERSON, query, "Both", who=COMMAND_LINE)
    assert everyone.members.count() == 2
    assert queries(lambda: members_counted(above[0], None)) <= 12
    asked = listing_of(PERSON, query)
    assert asked
    # Rows are looked at, and no segment counted: 3 times it is asked which there are, 6 times which fields they know.
    assert queries(lambda: narrowed(PERSON, None, asked.filters, found_by=())) <= 9
    assert three


def test_segment_that_something_counts_is_neither_removed_nor_kept_from_others(
    three: list[Person], owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = acts.save_live(PERSON, "name.starts=A", "A", who=Who.of(owner))
    monkeypatch.setitem(_uses, "tests", lambda key: ["Visitors"] if key == one.pk else [])
    with pytest.raises(Conflict, match="Visitors"):
        acts.change_segment(one.pk, shared=False, who=Who.of(owner))
    with pytest.raises(Conflict, match="Visitors"):
        acts.remove_segment(one.pk, who=Who.of(owner))
    assert acts.change_segment(one.pk, name="B", shared=True, who=Who.of(owner)).shared
    assert three


def test_company_that_only_a_segment_holds_stays(organisation: Organisation) -> None:
    held, bare = (Company.objects.create(key=key, name=key) for key in ("nordlys.dk", "skov.dk"))
    one = acts.save_chosen(COMPANY, [held.pk], "Held", who=COMMAND_LINE)
    assert drop_companies() == 1
    assert (list(Company.objects.all()), one.members.count()) == ([held], 1)
    assert (bare.key, organisation.pk) == ("skov.dk", organisation.pk)


def test_me_in_a_filter_is_whoever_saved_it(
    three: list[Person], owner: User, make_user: MakeUser, client_of: Callable[[User], Client]
) -> None:
    Person.objects.filter(pk=three[0].pk).update(owner=owner)
    one = acts.save_live(PERSON, "owner.any=me", "Mine", who=Who.of(owner))
    assert one.query == f"owner.any={owner.pk}"
    assert listed(client_of(make_user(Role.MANAGER)), "/people/", f"segment.any={one.pk}") == ["Ada"]


def test_segment_that_is_not_shared_is_to_others_as_one_that_does_not_exist(
    three: list[Person], owner: User, make_user: MakeUser, client_of: Callable[[User], Client]
) -> None:
    other = make_user(Role.MANAGER)
    one = acts.save_live(PERSON, "name.starts=A", "Secret plan", who=Who.of(owner), shared=False)
    assert listed(client_of(owner), "/people/", f"segment.any={one.pk}") == ["Ada"]
    assert listed(client_of(other), "/people/", f"segment.any={one.pk}") == []
    assert "Secret plan" not in client_of(other).get("/people/?add=segment").content.decode()
    with pytest.raises(NotFound):
        segment_seen(one.pk, other)
    with pytest.raises(InvalidDefinition):
        acts.save_live(PERSON, f"segment.any={one.pk}", "On it", who=Who.of(other))
    with pytest.raises(InvalidDefinition):
        acts.save_live(PERSON, f"segment.any={one.pk}", "On it", who=Who.of(owner))
    assert three


def test_seller_sees_of_a_segment_only_whom_they_see(
    three: list[Person], organisation: Organisation, make_user: MakeUser, client_of: Callable[[User], Client]
) -> None:
    organisation.sellers_see = organisation.sellers_change = Reach.OWN
    organisation.save()
    seller, other = make_user(Role.SELLER), make_user(Role.SELLER, "other@example.org")
    Person.objects.filter(pk=three[0].pk).update(owner=other)
    hidden = Company.objects.create(key="acme", name="Acme", owner=other)
    Person.objects.filter(pk=three[1].pk).update(company=hidden)
    fixed = acts.save_found(PERSON, "", "All", who=COMMAND_LINE)
    live = acts.save_live(PERSON, "company.starts=Acme", "Of Acme", who=COMMAND_LINE)
    assert sorted(listed(client_of(seller), "/people/", f"segment.any={fixed.pk}")) == ["Bo", "Cleo"]
    assert members_counted(fixed, seller) == 2
    assert listed(client_of(seller), "/people/", f"segment.any={live.pk}") == []
    assert listed(client_of(other), "/people/", f"segment.any={live.pk}") == ["Bo"]
    mine = acts.save_chosen(PERSON, [one.pk for one in three], "Theirs too", who=Who.of(seller))
    assert mine.members.count() == 2


def test_segment_is_changed_by_whoever_made_it_and_by_managers(three: list[Person], make_user: MakeUser) -> None:
    seller, other, manager = make_user(Role.SELLER), make_user(Role.SELLER, "o@example.org"), make_user(Role.MANAGER)
    one = acts.save_found(PERSON, "", "All", who=Who.of(seller))
    with pytest.raises(NotAllowed):
        acts.change_segment(one.pk, name="Others", who=Who.of(other))
    with pytest.raises(NotAllowed):
        acts.save_found(PERSON, "", "All", who=Who.of(make_user(Role.VIEWER)))
    acts.change_segment(one.pk, name="Everybody", who=Who.of(manager), version=1)
    with pytest.raises(Conflict):
        acts.change_segment(one.pk, name="Nobody", who=Who.of(seller), version=1)
    copy = acts.copy_segment(one.pk, "Copy", who=Who.of(other))
    assert (copy.owner, copy.members.count()) == (other, 3)
    acts.remove_members(copy.pk, [three[0].pk], who=Who.of(other))
    acts.add_members(copy.pk, [three[0].pk, three[1].pk], who=Who.of(other))
    assert copy.members.count() == 3
    assert Segment.objects.get(pk=one.pk).name == "Everybody"


@pytest.mark.parametrize(
    "query", ["", "name.starts=", "nothing.is=1", "name.from=1", "q=", "segment.any=999", "owner.any=x"]
)
def test_live_segment_without_a_filter_that_means_something_is_refused(query: str, three: list[Person]) -> None:
    with pytest.raises(InvalidDefinition):
        acts.save_live(PERSON, query, "None", who=COMMAND_LINE)
    assert three


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_segment_without_a_name_is_refused(name: str, three: list[Person]) -> None:
    with pytest.raises(InvalidDefinition, match="1 to 100"):
        acts.save_found(PERSON, "", name, who=COMMAND_LINE)
    assert three


def test_segment_whose_filter_means_nothing_any_more_holds_nobody_and_says_so(
    three: list[Person], owner_client: Client
) -> None:
    one = acts.save_live(PERSON, "name.starts=A", "A", who=COMMAND_LINE)
    Segment.objects.filter(pk=one.pk).update(query="name.starts=A&f77.is=x")
    assert listed(owner_client, "/people/", f"segment.any={one.pk}") == []
    with pytest.raises(InvalidDefinition, match="means nothing"):
        units_in(Segment.objects.get(pk=one.pk))
    assert three


def test_units_of_a_segment_are_persons_as_the_ledger_has_them_now(three: list[Person]) -> None:
    one = acts.save_units(PERSON, ["u:bo", "a:9", "u:gone"], "Visitors", who=COMMAND_LINE)
    assert (one.members.filter(person=three[1]).count(), visitors_in(one)) == (1, 2)
    before = state_of([one])
    assert units_in(one).to_list() == ["a:9", "u:bo", "u:gone"]

    rows = [("a:9", "u:ada", timezone.now() - timedelta(days=1))]
    learn_claims(pl.DataFrame(rows, ["actor", "user", "at"], orient="row"), cause="x", who=COMMAND_LINE)
    assert units_in(one).to_list() == ["u:ada", "u:bo", "u:gone"]
    merge("u:ada", "u:bo", who=COMMAND_LINE)
    assert len(units_in(one)) == 2
    assert state_of([one]) != before


def test_units_of_companies_and_deals_are_their_keys(make_deal: OpenDeal, owner_client: Client) -> None:
    acme = Company.objects.create(key="acme", name="Acme")
    deals = [make_deal(name="Lamps", company=acme.pk), make_deal(name="Chairs")]
    live = acts.save_live(DEAL, "name.starts=La", "Lamps", who=COMMAND_LINE)
    fixed = acts.save_chosen(DEAL, [deals[1].pk], "Chairs", who=COMMAND_LINE)
    firms = acts.save_units(COMPANY, ["acme", "unknown firm"], "Firms", who=COMMAND_LINE)
    assert units_in(live).to_list() == [deals[0].key]
    assert units_in(fixed).to_list() == [deals[1].key]
    assert units_in(firms).to_list() == ["acme", "unknown firm"]
    assert listed(owner_client, "/deals/", f"segment.any={live.pk}") == ["Lamps"]
    assert listed(owner_client, "/people/companies/", f"segment.any={firms.pk}") == ["Acme"]


def test_state_of_a_segment_changes_with_its_members(make_deal: OpenDeal) -> None:
    one = acts.save_live(DEAL, "name.starts=La", "Lamps", who=COMMAND_LINE)
    before = state_of([one])
    make_deal(name="Chairs")
    assert state_of([one]) == before
    make_deal(name="Large lamp")
    assert state_of([one]) != before


def test_erased_person_is_in_no_segment_any_more(three: list[Person]) -> None:
    one = acts.save_units(PERSON, ["u:ada", "u:bo", "a:1"], "All", who=COMMAND_LINE)
    named = acts.save_live(PERSON, "email.starts=ada@x.dk", "For ada@x.dk", who=COMMAND_LINE)
    Person.objects.filter(pk=three[0].pk).update(email="ada@x.dk")
    erase_person("u:ada", COMMAND_LINE)
    finish_erasures()
    assert units_in(one).to_list() == ["u:bo"]
    named.refresh_from_db()
    assert "ada" not in named.name + named.query


def test_anonymised_person_is_still_counted(three: list[Person]) -> None:
    one = acts.save_units(PERSON, ["u:ada", "u:bo"], "All", who=COMMAND_LINE)
    anonymise_person("u:ada", COMMAND_LINE)
    finish_erasures()
    assert one.members.count() == 2
    assert not one.members.filter(key="u:ada").exists()
    assert three
