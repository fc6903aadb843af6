"""Two settlers that do not know of each other, and one that takes over in the midst: step by step."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import IntegrityError, connections

from tests.web.collect.conftest import Hand, basic
from tragt.errors import TragtError
from tragt.web.accounts.actions.keys import create_write_key
from tragt.web.collect.settling import Settler
from tragt.web.inbox import actions as inbox
from tragt.web.log.queries import lake
from tragt.web.shell.acting import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home")]

Send = Callable[[str], None]


@pytest.fixture
def send(home: object) -> Send:  # noqa: ARG001
    """Sends a call under an id."""
    key = create_write_key(SYSTEM, "Shop", "secret").key
    hand = Hand()

    def sent(one: str) -> None:
        call = {"userId": "u", "messageId": one}
        assert hand.send("/v1/page", call, basic(key)).status == 200

    return sent


def ids() -> list[str]:
    return lake().read(columns=["id"])["id"].str.split(":").list.last().sort().to_list()


def test_batch_that_settles_before_the_lakes_are_dropped_repeats_nothing(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("m1")
    ended = Settler()
    ended.settle()
    with monkeypatch.context() as broken:
        broken.setattr(inbox, "drop", lambda _until: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ended.commit(now=True)
    successor = Settler()
    send("m2")
    successor.settle()
    successor.commit(now=True)
    assert ids() == ["m1", "m2"]


@pytest.mark.parametrize("committed", [False, True])
def test_call_that_the_successor_settled_is_refused_to_the_one_that_was_woken(send: Send, committed: bool) -> None:
    send("m1")
    woken = Settler()
    woken.settle()
    successor = Settler()
    send("m2")
    successor.settle()
    if committed:
        successor.commit(now=True)
    send("m2")
    with pytest.raises((TragtError, IntegrityError)):
        woken.settle()
    again = Settler()
    again.settle()
    again.commit(now=True)
    assert ids() == ["m1", "m2"]


def test_inbox_that_was_lost_begins_after_what_the_lake_holds(send: Send) -> None:
    send("m1")
    settler = Settler()
    settler.settle()
    settler.commit(now=True)
    if connections[settings.INBOX].vendor == "sqlite":
        with connections[settings.INBOX].cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence")
    send("m2")
    settler = Settler()
    settler.settle()
    settler.commit(now=True)
    assert ids() == ["m1", "m2"]
