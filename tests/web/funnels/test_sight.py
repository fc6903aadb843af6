"""What nobody learns of others' customers and segments through funnels: by comparing, by changing what is counted."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.funnels.test_builder import FIELDS
from tragt import Funnel, Member
from tragt.errors import Conflict, InvalidDefinition
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions import segments as acts
from tragt.web.crm.models import Segment
from tragt.web.funnels.actions import save
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.counting.units import units_inside
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("visitors")]

STEPS = ("Visited", "Signed Up", "Paid")
SHOP = {"steps": [{"names": [name]} for name in STEPS]}


@pytest.fixture
def seller(organisation: Organisation, make_user: Callable[..., User]) -> User:
    """A seller who sees and changes their own records alone."""
    organisation.sellers_see = organisation.sellers_change = Reach.OWN
    organisation.save()
    return make_user(Role.SELLER)


@pytest.fixture
def marketer(make_user: Callable[..., User]) -> User:
    """One who builds funnels, and sees every record."""
    return make_user(Role.MARKETING)


@pytest.fixture
def hidden(make_user: Callable[..., User]) -> Segment:
    """A segment that is somebody's own."""
    by = make_user(Role.MANAGER, "boss@example.org")
    return acts.save_units(PERSON, ["u:p1"], "Secret takeover list", who=Who.of(by), shared=False)


def counted(segment: Segment) -> SavedFunnel:
    return save(COMMAND_LINE, Funnel.of(*STEPS, where=Member(str(segment.pk))), "Of some")


def asks(program: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = program.generic(method, f"/api/v1/funnels{path}", json.dumps(body or {}), "application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_seller_of_own_records_compares_with_no_segment_but_the_saved_one(
    seller: User, marketer: User, client_of: Callable[[User], Client]
) -> None:
    saved = save(COMMAND_LINE, Funnel.of(*STEPS), "Shop")
    probe = acts.save_units(PERSON, ["u:p3"], "Probe", who=Who.of(seller))
    address = f"/funnels/{saved.pk}/?compare=segment&compare_segment={probe.pk}"

    assert client_of(marketer).get(address).context["page"].beside.words == "Probe"
    shown = client_of(seller).get(address).content.decode()
    assert "Probe" not in shown
    assert client_of(seller).get(address).context["page"].beside is None

    SavedFunnel.objects.update(compare=Compared.SEGMENT, compare_segment=probe.pk)
    beside = client_of(seller).get(f"/funnels/{saved.pk}/").context["page"].beside
    assert beside.words == "Probe"


def test_seller_of_own_records_does_not_change_whom_a_funnel_counts(seller: User, marketer: User) -> None:
    live = acts.save_live(PERSON, "name.starts=A", "A", who=Who.of(seller))
    fixed = acts.save_units(PERSON, ["u:p1"], "Some", who=Who.of(seller))
    nobodys = acts.save_live(PERSON, "name.starts=A", "Old", who=COMMAND_LINE)
    own = Person.objects.create(name="Own", owner=seller)
    changes: list[Callable[[User], object]] = [
        lambda user: acts.change_segment(live.pk, query="name.starts=B", who=Who.of(user)),
        lambda user: acts.change_segment(nobodys.pk, query="name.starts=B", who=Who.of(user)),
        lambda user: acts.add_members(fixed.pk, [own.pk], who=Who.of(user)),
        lambda user: acts.remove_members(fixed.pk, [own.pk], who=Who.of(user)),
    ]
    for change in changes:
        change(seller)
    for one in (live, fixed, nobodys):
        counted(one)
    acts.change_segment(live.pk, query="name.starts=B", name="Called otherwise", who=Who.of(seller))
    for one in (live, nobodys):
        acts.change_segment(one.pk, query="name.starts=A", who=COMMAND_LINE)
    for change in changes:
        with pytest.raises(Conflict, match="Of some"):
            change(seller)
    Segment.objects.update(owner=marketer)
    for change in changes:
        change(marketer)


def test_seller_does_not_change_what_a_counted_segment_rests_on(seller: User) -> None:
    below = acts.save_live(PERSON, "name.starts=A", "Below", who=Who.of(seller))
    other = acts.save_live(PERSON, "name.starts=C", "Other", who=COMMAND_LINE)
    query = f"segment.any={other.pk}&segment.any={below.pk}"
    counted(acts.save_live(PERSON, query, "Above", who=COMMAND_LINE))

    with pytest.raises(Conflict, match="Of some"):
        acts.change_segment(below.pk, query="email.starts=p3", who=Who.of(seller))


def test_program_counts_no_segment_that_it_may_not_know_of(
    marketer: User, hidden: Segment, program_of: Callable[..., Client]
) -> None:
    program = program_of(marketer)

    def of(key: int) -> dict[str, Any]:
        return {"definition": {**SHOP, "where": {"type": "all", "parts": [{"type": "member", "segment": str(key)}]}}}

    status, there = asks(program, "POST", "", of(hidden.pk))
    assert (status, there["code"]) == (404, "segments.unknown")
    assert asks(program, "POST", "", of(99))[1]["detail"] == there["detail"]
    assert not SavedFunnel.objects.exists()
    saved = save(COMMAND_LINE, Funnel.of(*STEPS), "Shop")
    assert asks(program, "PATCH", f"/{saved.pk}", of(hidden.pk))[0] == 404
    kept = counted(hidden)
    changed = of(hidden.pk) | {"name": "New"}
    assert asks(program, "PATCH", f"/{kept.pk}", changed)[1]["name"] == "New"


def test_builder_counts_no_segment_that_its_user_may_not_know_of(
    marketer: User, hidden: Segment, client_of: Callable[[User], Client]
) -> None:
    client = client_of(marketer)
    fields = FIELDS | {"where-0-property": "", "where-0-operator": "member", "where-0-value": str(hidden.pk)}
    refused = client.post("/funnels/new/", fields)
    assert refused.status_code == 422
    assert "Choose a segment." in refused.content.decode()
    beside = save(
        COMMAND_LINE, Funnel.of("Visited", "Paid"), "B", Asked(compare=Compared.SEGMENT, compare_segment=hidden.pk)
    )
    assert client.post(f"/funnels/{beside.pk}/edit/", fields).status_code == 422
    kept = counted(hidden)
    assert client.post(f"/funnels/{kept.pk}/edit/", fields | {"name": "Mine"}).status_code == 302


def test_version_that_counts_what_became_somebodys_own_is_neither_shown_nor_brought_back(
    marketer: User, hidden: Segment, client_of: Callable[[User], Client], program_of: Callable[..., Client]
) -> None:
    saved = counted(hidden)
    save(COMMAND_LINE, Funnel.of(*STEPS), "Of all", saved=saved)
    client, program = client_of(marketer), program_of(marketer)

    page = client.get(f"/funnels/{saved.pk}/versions/1/")
    assert "was removed, or that is somebody&#x27;s own" in page.content.decode()
    assert "page" not in page.context
    answer = client.post(f"/funnels/{saved.pk}/versions/1/restore/", {"version": "2"}, follow=True)
    assert "was removed, or that is somebody&#x27;s own" in answer.content.decode()
    refused = asks(program, "POST", f"/{saved.pk}/versions/1/restore")
    Segment.objects.update(shared=True, deleted=timezone.now())
    assert asks(program, "POST", f"/{saved.pk}/versions/1/restore") == refused
    assert (refused[0], refused[1]["code"]) == (404, "segments.unknown")
    assert SavedFunnel.objects.get().version == 2

    Segment.objects.update(shared=False, deleted=None)
    owned = client_of(User.objects.get(email="boss@example.org")).get(f"/funnels/{saved.pk}/versions/1/")
    assert "page" in owned.context
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", where=Member(str(hidden.pk))), "Fewer steps", saved=saved)
    assert asks(program, "POST", f"/{saved.pk}/versions/1/restore")[1]["name"] == "Of some"


def test_version_beside_what_became_somebodys_own_comes_back_beside_nothing(
    marketer: User, hidden: Segment, program_of: Callable[..., Client]
) -> None:
    beside = Asked(compare=Compared.SEGMENT, compare_segment=hidden.pk)
    saved = save(COMMAND_LINE, Funnel.of(*STEPS), "First", beside)
    save(COMMAND_LINE, Funnel.of(*STEPS), "Second", beside, saved)
    program = program_of(marketer)

    still = asks(program, "POST", f"/{saved.pk}/versions/1/restore")[1]
    assert (still["name"], still["compare_segment"]) == ("First", hidden.pk)
    save(COMMAND_LINE, Funnel.of(*STEPS), "Third", Asked(), saved)
    for _who, key in ((program, None), (program_of(User.objects.get(email="boss@example.org")), hidden.pk)):
        now = asks(_who, "POST", f"/{saved.pk}/versions/1/restore")[1]
        assert (now["name"], now["compare_segment"]) == ("First", key)


def test_segment_of_other_units_is_told_without_its_name(
    marketer: User, hidden: Segment, program_of: Callable[..., Client]
) -> None:
    saved = save(COMMAND_LINE, Funnel.of(*STEPS, unit="company", where=Member(str(hidden.pk))), "Firms")
    program = program_of(marketer)
    answers = [
        program.get(f"/api/v1/funnels/{saved.pk}{path}") for path in ("", "/figures", "/trend", "/steps/1/units")
    ]
    assert [hidden.name in answer.content.decode() for answer in answers] == [False] * 4


def test_funnel_beside_anothers_own_segment_is_changed_but_for_its_comparison(
    marketer: User, hidden: Segment, program_of: Callable[..., Client]
) -> None:
    beside = Asked(compare=Compared.SEGMENT, compare_segment=hidden.pk)
    saved = save(COMMAND_LINE, Funnel.of(*STEPS), "Shop", beside)
    program = program_of(marketer)
    again = {"compare": "segment", "compare_segment": hidden.pk}
    for body in ({"name": "New"}, {"definition": SHOP}, again):
        status, now = asks(program, "PATCH", f"/{saved.pk}", body)
        assert (status, now["compare_segment"]) == (200, hidden.pk)
    other = Segment.objects.create(kind="person", name="Other", live=False, shared=False, owner=hidden.owner)
    assert asks(program, "PATCH", f"/{saved.pk}", {**again, "compare_segment": other.pk})[0] == 404


def test_segment_that_means_nothing_any_more_is_told_without_its_name(
    marketer: User, hidden: Segment, program_of: Callable[..., Client]
) -> None:
    saved = counted(hidden)
    Segment.objects.update(live=True, query="gone.is=1")
    answer = program_of(marketer).get(f"/api/v1/funnels/{saved.pk}/trend")
    assert hidden.name not in answer.content.decode()
    with pytest.raises(InvalidDefinition, match=f"segment {hidden.pk} asks means nothing"):
        units_inside(saved.funnel)


@pytest.mark.parametrize("purged", [False, True])
def test_funnel_whose_segment_of_comparison_is_gone_stands_beside_nothing(
    owner: User, hidden: Segment, program_of: Callable[..., Client], purged: bool
) -> None:
    saved = save(COMMAND_LINE, Funnel.of(*STEPS), "Shop", Asked(compare=Compared.SEGMENT, compare_segment=hidden.pk))
    if purged:
        hidden.delete()
    else:
        Segment.objects.update(deleted=timezone.now())
    program = program_of(owner)
    named = {"compare": "segment", "compare_segment": hidden.pk} if not purged else {"compare": "segment"}
    assert asks(program, "PATCH", f"/{saved.pk}", named)[0] in (404, 422)
    status, now = asks(program, "PATCH", f"/{saved.pk}", {"name": "New"})
    assert (status, now["name"], now["compare"], now["compare_segment"]) == (200, "New", "nothing", None)
