"""What a board that stands open is told: stages by their keys alone, of every change that it would show."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.web.crm.conftest import OpenDeal
from tests.web.crm.test_learning import learn, log
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions import edit_deal, move_deal
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.giving import give_deals
from tragt.web.crm.actions.learning import undo_deals
from tragt.web.crm.actions.removing import remove_deal
from tragt.web.crm.actions.stages import edit_stage
from tragt.web.crm.models import Deal, Move, Pipeline, Stage
from tragt.web.crm.queries.board import Changes, changes_since, now
from tragt.web.records.actions.bulk import add_tag
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import Tag
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

Stages = dict[str, Stage]
Committing = Callable[..., AbstractContextManager[object]]
CREATED: dict[str, object] = {"stage": "Need", "pipeline": "Sales"}


class Watcher:
    """Looks at a board from some moment on, as its stream does."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline, self.after = pipeline, now(timezone.now())
        self.seen: frozenset[tuple[str, int, int]] = frozenset()

    def looks(self) -> Changes | None:
        told = changes_since(self.pipeline, self.after, self.seen)
        if told is not None:
            self.after, self.seen = told.after, told.seen
        return told

    def hears_of(self) -> set[str]:
        told = self.looks()
        return {one.name for one in Stage.objects.filter(pk__in=told.stages)} if told else set()


@pytest.fixture
def a_minute() -> Iterator[Callable[[], object]]:
    """Lets a minute pass, so that what was before is not told."""
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield lambda: clock.shift(timedelta(minutes=1))


def test_move_is_told_where_it_left_and_where_it_came_once(
    pipeline: Pipeline, make_deal: OpenDeal, stages: Stages, a_minute: Callable[[], object]
) -> None:
    deal, other = make_deal("Contact"), make_deal("Close")
    a_minute()
    board = Watcher(pipeline)
    assert board.looks() is None
    move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE)
    assert board.hears_of() == {"Contact", "Need"}
    assert board.looks() is None
    add_activity(Entry("task", "Ring"), About(deal=other.pk), who=COMMAND_LINE)
    assert board.hears_of() == {"Close"}


def test_deal_handed_out_of_reach_goes_from_the_board_of_the_one_who_had_it(
    pipeline: Pipeline,
    make_deal: OpenDeal,
    stages: Stages,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    a_minute: Callable[[], object],
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)
    anna, bo = (make_user(Role.SELLER, f"{name}@example.org") for name in ("anna", "bo"))
    deal = make_deal("Need", name="Secret", owner=anna.pk)
    a_minute()
    boards, part = Watcher(pipeline), f"/pipeline/{pipeline.pk}/part/?stage={stages['Need'].pk}"
    assert "Secret" in client_of(anna).get(part).content.decode()
    edit_deal(deal.pk, {"owner": bo.pk}, who=Who.of(anna))
    assert boards.hears_of() == {"Need"}
    assert "Secret" not in client_of(anna).get(part).content.decode()
    assert "Secret" in client_of(bo).get(part).content.decode()


def test_deals_that_a_file_brings_gives_and_takes_are_told_once_they_can_be_seen(
    pipeline: Pipeline,
    a_minute: Callable[[], object],
    make_user: Callable[..., User],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    seller = make_user(Role.SELLER)
    a_minute()
    board = Watcher(pipeline)
    with django_capture_on_commit_callbacks(execute=True):
        learn(log(("d1", "Deal Created", 0, CREATED)))
        assert board.looks() is None
        a_minute()  # a large file takes longer than a board looks back
    assert "Need" in board.hears_of()
    a_minute()
    with django_capture_on_commit_callbacks(execute=True):
        give_deals({"d1": seller.name}, cause="import:1", who=COMMAND_LINE)
    assert Deal.objects.get(key="d1").owner == seller
    assert "Need" in board.hears_of()
    a_minute()
    with django_capture_on_commit_callbacks(execute=True):
        undo_deals(cause="import:1", who=COMMAND_LINE)
    assert not Deal.objects.exists()
    assert "Need" in board.hears_of()
    assert board.looks() is None


def test_mark_that_is_put_on_a_deal_or_taken_away_on_its_page_is_told_and_counts_as_a_change(
    pipeline: Pipeline, make_deal: OpenDeal, owner_client: Client, a_minute: Callable[[], object]
) -> None:
    deal, other = make_deal("Need"), make_deal("Close")
    a_minute()
    board, address = Watcher(pipeline), f"/records/deal/{deal.pk}/tags/"
    owner_client.post(address, {"name": "VIP"})
    assert board.hears_of() == {"Need"}
    owner_client.post(address, {"name": "vip"})
    assert board.looks() is None, "it had that mark already"
    owner_client.post(address, {"remove": Tag.objects.get().pk})
    assert board.hears_of() == {"Need"}
    add_tag(kind_of("deal"), [deal.pk, other.pk], "New", who=COMMAND_LINE)
    assert board.hears_of() == {"Need", "Close"}
    assert set(Deal.objects.values_list("pk", "version")) == {(deal.pk, 4), (other.pk, 2)}


def test_removal_is_told_though_nothing_of_the_deal_is_left(
    pipeline: Pipeline,
    make_deal: OpenDeal,
    a_minute: Callable[[], object],
    django_capture_on_commit_callbacks: Committing,
) -> None:
    deal = make_deal("Close")
    a_minute()
    board = Watcher(pipeline)
    with django_capture_on_commit_callbacks(execute=True):
        remove_deal(deal.pk, who=COMMAND_LINE)
    assert not Move.objects.exists()
    assert board.hears_of() == {"Close"}


def test_stages_that_became_others_are_told_by_the_version_of_the_pipeline(
    pipeline: Pipeline, stages: Stages, a_minute: Callable[[], object], owner: User, owner_client: Client
) -> None:
    board = Watcher(pipeline)
    edit_stage(stages["Need"].pk, {"name": "Wants"}, who=Who.of(owner))
    told = board.looks()
    pipeline.refresh_from_db()
    assert told is not None
    assert told.version == pipeline.version == 2
    assert f'data-version="{told.version}"' in owner_client.get(f"/pipeline/{pipeline.pk}/").content.decode()
    a_minute()
    assert board.looks() is None
