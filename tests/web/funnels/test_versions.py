"""What a funnel asked before: kept with each change, told to whoever comes second, brought back, and gone through."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt import Compare, Funnel, Step
from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.models import Segment
from tragt.web.crm.segment_uses import uses_of
from tragt.web.funnels.actions import Judging, choose_judging, delete, rename, restore, save
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import Annotation, Compared, SavedFunnel, SavedFunnelVersion
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.personal_data import STORES
from tragt.web.funnels.telling import changed_since
from tragt.web.shell.acting import COMMAND_LINE, Who
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db

FIRST, SECOND = Funnel.of("Visited", "Paid"), Funnel.of("Visited", "Signed Up", "Paid")
DAYS = SavedPeriod(PeriodKind.FIXED, date(2026, 1, 1), date(2026, 1, 31))


def numbers(saved: SavedFunnel) -> list[int]:
    return [one.number for one in saved.versions.order_by("number")]


def test_every_change_leaves_a_version_and_saving_the_same_leaves_none() -> None:
    saved = save(COMMAND_LINE, FIRST, "Shop")
    save(COMMAND_LINE, SECOND, "Shop", saved=saved)
    save(COMMAND_LINE, SECOND, "Shop", saved=saved)
    rename(COMMAND_LINE, saved, "Web shop")
    choose_judging(COMMAND_LINE, saved, Judging(value="amount", targets={"Paid": 0.5}))

    saved.refresh_from_db()
    assert (saved.version, numbers(saved)) == (4, [1, 2, 3, 4])
    first, second, third, fourth = saved.versions.order_by("number")
    assert [first.definition, second.definition] == [to_json(FIRST), to_json(SECOND)]
    assert (second.name, third.name) == ("Shop", "Web shop")
    assert (fourth.asked["value"], fourth.asked["targets"]) == ("amount", {"Paid": 0.5})


def test_funnel_saved_before_versions_were_kept_keeps_its_state_with_its_first_change() -> None:
    saved = save(COMMAND_LINE, FIRST, "Shop")
    SavedFunnelVersion.objects.all().delete()

    save(COMMAND_LINE, SECOND, "Shop", saved=saved)

    assert [one.definition == to_json(FIRST) for one in saved.versions.order_by("number")] == [True, False]


def test_second_editor_is_refused_and_told_who_changed_it(owner: User) -> None:
    saved = save(Who.of(owner), FIRST, "Shop")
    save(Who.of(owner), SECOND, "Shop", saved=saved, version=1)

    with pytest.raises(Conflict, match="version 2"):
        save(COMMAND_LINE, FIRST, "Mine", saved=saved, version=1)
    saved.refresh_from_db()
    assert saved.name == "Shop"
    assert f"{owner} changed “Shop” on" in changed_since(saved)


def test_version_is_brought_back_as_the_newest_with_everything_it_asked() -> None:
    segment = Segment.objects.create(kind="person", name="Danes", live=True)
    asked = Asked(DAYS, Compared.SEGMENT, None, segment.pk, "amount", ("source",))
    saved = save(COMMAND_LINE, FIRST, "Shop", asked)
    save(COMMAND_LINE, SECOND, "Other", Asked(), saved)

    row = restore(COMMAND_LINE, saved, 1)

    assert (row.version, row.name, row.funnel, Asked.of(row)) == (3, "Shop", FIRST, asked)
    Segment.objects.update(deleted="2026-01-01T00:00:00Z")
    save(COMMAND_LINE, SECOND, "Other", Asked(), saved)
    assert restore(COMMAND_LINE, saved, 1).compare == Compared.NOTHING
    with pytest.raises(NotFound):
        restore(COMMAND_LINE, saved, 99)


def test_segment_that_is_gone_cannot_be_compared_with() -> None:
    with pytest.raises(InvalidDefinition, match="gone"):
        save(COMMAND_LINE, FIRST, "", Asked(compare=Compared.SEGMENT, compare_segment=77))


def test_segment_that_a_funnel_is_compared_with_is_in_use() -> None:
    segment = Segment.objects.create(kind="person", name="Danes", live=True)
    assert uses_of(segment.pk) == []
    save(COMMAND_LINE, FIRST, "Shop", Asked(compare=Compared.SEGMENT, compare_segment=segment.pk))
    assert uses_of(segment.pk) == ["Shop"]


def test_deleted_funnel_cannot_be_changed() -> None:
    saved = save(COMMAND_LINE, FIRST)
    delete(COMMAND_LINE, saved)
    with pytest.raises(NotFound):
        save(COMMAND_LINE, SECOND, saved=saved)


def test_erasure_goes_through_versions_and_notes_on_days() -> None:
    anna = Subject(1, frozenset({"u:anna"}), frozenset({"anna@nordlys.dk"}))
    telling = Funnel.of("Visited", Step(("Paid",), Compare("email", "equals", "anna@nordlys.dk")))
    saved = save(COMMAND_LINE, telling, "Deals of anna@nordlys.dk")
    save(COMMAND_LINE, FIRST, "Shop", saved=saved)
    Annotation.objects.create(day=date(2026, 1, 1), text="anna@nordlys.dk left")
    stores = {one.name: one for one in STORES}
    versions, notes = stores["tragt_funnels.SavedFunnelVersion"], stores["tragt_funnels.Annotation"]

    assert [row["number"] for row in versions.export(anna)] == [1]
    assert [row["text"] for row in notes.export(anna)] == ["anna@nordlys.dk left"]
    assert (versions.erase(anna), notes.erase(anna)) == (1, 1)
    assert "anna" not in f"{list(SavedFunnelVersion.objects.values())}{list(Annotation.objects.values())}"


@pytest.mark.usefixtures("visitors")
def test_versions_are_listed_looked_at_and_brought_back_on_pages(owner_client: Client) -> None:
    saved = save(COMMAND_LINE, FIRST, "Shop")
    save(COMMAND_LINE, SECOND, "Shop", saved=saved)

    listed = owner_client.get(f"/funnels/{saved.pk}/versions/").content.decode()
    assert "Version 2" in listed
    assert "Changed: Steps" in listed
    looked = owner_client.get(f"/funnels/{saved.pk}/versions/1/").content.decode()
    assert "This is version 1. The funnel asks something else now." in looked
    assert "20.0" in looked  # 2 of the 10 with full time paid

    stale = owner_client.post(f"/funnels/{saved.pk}/versions/1/restore/", {"version": "1"}, follow=True)
    assert "changed “Shop” on" in stale.content.decode()
    owner_client.post(f"/funnels/{saved.pk}/versions/1/restore/", {"version": "2"})
    saved.refresh_from_db()
    assert (saved.version, saved.funnel) == (3, FIRST)
    owner_client.post(f"/funnels/{saved.pk}/undo/", {"version": "3"})
    saved.refresh_from_db()
    assert (saved.version, saved.funnel) == (4, SECOND)


def test_link_for_colleagues_leads_to_the_question_that_was_asked(owner_client: Client) -> None:
    saved = save(COMMAND_LINE, FIRST, "Shop")
    address = f"/funnels/{saved.pk}/at/1/?period=last_30"

    assert owner_client.get(address).headers["Location"] == f"/funnels/{saved.pk}/?period=last_30"
    save(COMMAND_LINE, SECOND, "Shop", saved=saved)
    assert owner_client.get(address).headers["Location"] == f"/funnels/{saved.pk}/versions/1/?period=last_30"


def test_list_of_versions_asks_as_often_for_many_as_for_few(owner_client: Client) -> None:
    saved = save(COMMAND_LINE, FIRST, "Shop")

    def asked() -> int:
        return queries(lambda: owner_client.get(f"/funnels/{saved.pk}/versions/"))

    rename(COMMAND_LINE, saved, "A")
    asked()
    few = asked()
    for number in range(5):
        rename(COMMAND_LINE, saved, f"Shop {number}")
    assert asked() == few


def test_viewer_sees_versions_and_brings_none_back(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    saved = save(COMMAND_LINE, FIRST, "Shop")
    save(COMMAND_LINE, SECOND, "Shop", saved=saved)
    viewer = client_of(make_user())

    page = viewer.get(f"/funnels/{saved.pk}/versions/")
    assert page.status_code == 200
    assert "Bring back" not in page.content.decode()
    assert viewer.post(f"/funnels/{saved.pk}/versions/1/restore/").status_code == 403
