"""Hypotheses and remedies through the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.web.accounts.models import User
from tragt.web.hypotheses.actions.cards import Draft, write_hypothesis
from tragt.web.hypotheses.models import Hypothesis
from tragt.web.leaks.models import Found
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def send(program: Client, method: str, address: str, body: object = None, **headers: str) -> tuple[int, Any]:
    data = json.dumps(body) if body is not None else ""
    answer = program.generic(method, f"{API}{address}", data, content_type="application/json", headers=headers)
    return answer.status_code, answer.json() if answer.content else None


def test_hypothesis_about_a_leak_needs_nothing_but_the_leak(leak: Found, owner: User, program: Client) -> None:
    status, made = send(program, "POST", "/hypotheses", {"leak": leak.pk, "attempt": "Call them."})
    assert status == 201
    assert (made["gain"], made["gain_low"], made["currency"], made["leak"]) == (900, 400, "DKK", leak.pk)
    assert (made["previous_step"], made["step"], made["owner"]) == ("Meeting Held", "Proposal Sent", owner.pk)
    assert made["attempt"] == "Call them."
    _status, other = send(program, "POST", "/hypotheses", {"leak": leak.pk, "gain": 5})
    assert (other["gain"], other["gain_low"], other["currency"]) == (5, None, None)


def test_body_that_contradicts_itself_or_says_nothing_is_refused(leak: Found, program: Client) -> None:
    for body in (
        {},
        {"belief": "  "},
        {"leak": leak.pk, "funnel": leak.funnel_id, "step": 1},
        {"belief": "x", "step": 1},
        {"belief": "x", "gain": 1, "gain_low": 2},
        {"belief": "x", "gain": -1},
        {"belief": "x", "currency": "dkk"},
        {"belief": "x", "owner": 4711},
        {"belief": "x", "odd": 1},
    ):
        assert send(program, "POST", "/hypotheses", body)[0] == 422, body
    assert send(program, "POST", "/hypotheses", {"leak": 4711})[0] == 404
    assert send(program, "POST", "/hypotheses", {"belief": "x", "funnel": leak.funnel_id, "step": 9})[0] == 404


def test_change_from_an_old_version_is_refused_as_outdated(card: Hypothesis, program: Client) -> None:
    tag = {"If-Match": '"1"'}
    status, changed = send(program, "PATCH", f"/hypotheses/{card.pk}", {"belief": "New.", "owner": None}, **tag)
    assert (status, changed["belief"], changed["version"]) == (200, "New.", 2)
    assert send(program, "PATCH", f"/hypotheses/{card.pk}", {"why": "Old."}, **tag)[0] == 412
    assert send(program, "POST", f"/hypotheses/{card.pk}/state", {"state": "running"}, **tag)[0] == 412
    assert send(program, "DELETE", f"/hypotheses/{card.pk}", **tag)[0] == 412


def test_states_and_notes_stand_in_the_log(card: Hypothesis, program: Client) -> None:
    assert send(program, "POST", f"/hypotheses/{card.pk}/state", {"state": "running"})[1]["state"] == "running"
    assert send(program, "POST", f"/hypotheses/{card.pk}/log", {"text": "Started."})[0] == 201
    assert send(program, "POST", f"/hypotheses/{card.pk}/state", {"state": "odd"})[0] == 422
    _status, log = send(program, "GET", f"/hypotheses/{card.pk}/log")
    assert [one["kind"] for one in log["items"]] == ["note", "state", "written"]
    assert (log["items"][1]["origin"], log["items"][1]["state"]) == ("idea", "running")


def test_removed_hypothesis_is_gone_until_it_is_brought_back(card: Hypothesis, program: Client) -> None:
    assert send(program, "DELETE", f"/hypotheses/{card.pk}")[0] == 204
    assert send(program, "GET", f"/hypotheses/{card.pk}")[0] == 404
    assert send(program, "GET", "/hypotheses")[1]["items"] == []
    assert send(program, "POST", f"/hypotheses/{card.pk}/bring-back")[0] == 200
    assert send(program, "GET", f"/hypotheses/{card.pk}")[1]["links"] == []


def test_list_is_narrowed_and_asks_no_more_for_more(card: Hypothesis, leak: Found, program: Client) -> None:
    def write() -> None:
        write_hypothesis(Draft("More", funnel=leak.funnel, before=leak.before, step=leak.step), who=COMMAND_LINE)

    write()
    few = queries(lambda: send(program, "GET", "/hypotheses"))
    for _ in range(5):
        write()
    assert queries(lambda: send(program, "GET", "/hypotheses")) <= few
    found = send(program, "GET", f"/hypotheses?state=open&funnel={leak.funnel_id}&text=guests")[1]["items"]
    assert [one["id"] for one in found] == [card.pk]


def test_texts_are_read_written_and_put_back(leak: Found, program: Client) -> None:
    _status, told = send(program, "GET", f"/remedies/of-leak/{leak.pk}")
    assert (told["stage"], told["told"], len(told["proposals"])) == ("meeting", False, 5)
    status, changed = send(program, "PATCH", "/remedies/any/meeting", {"proposals": ["Listen."]}, **{"If-Match": '"0"'})
    assert (status, changed["proposals"], changed["own"], changed["version"]) == (200, ["Listen."], True, 1)
    assert send(program, "PATCH", "/remedies/any/meeting", {"proposals": ["x"]}, **{"If-Match": '"0"'})[0] == 412
    assert "Listen." in send(program, "GET", f"/remedies/of-leak/{leak.pk}")[1]["proposals"]
    assert send(program, "POST", f"/remedies/of-leak/{leak.pk}/stage", {"stage": "close"})[1]["told"] is True
    assert send(program, "DELETE", "/remedies/any/meeting")[1]["own"] is False
    assert send(program, "GET", "/remedies/any/any")[0] == 404
    assert send(program, "GET", "/remedies/any/nowhere")[0] == 422
    assert len(send(program, "GET", "/remedies")[1]["items"]) == 18
