"""The consent log: recorded, asked, shown, exported, erased."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.web.people.conftest import Put
from tests.web.people.touching import START, call, learn
from tragt.errors import InvalidDefinition, NotAllowed
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.people.actions import (
    anonymise_person,
    erase_person,
    export_person,
    finish_erasures,
    learn_consents,
    learn_people,
    merge,
    record_consent,
)
from tragt.web.people.actions.consent import Said
from tragt.web.people.models import Basis, Channel, ConsentRow, ConsentState, Purpose
from tragt.web.people.queries import Consent, consent_of, consents_of
from tragt.web.shell.acting import SYSTEM, Who

pytestmark = pytest.mark.django_db

MAIL, CALLS = Purpose.EMAIL_MARKETING, Purpose.SALES_CONTACT
GIVEN, WITHDRAWN = ConsentState.GIVEN, ConsentState.WITHDRAWN


def hour(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def said(actor: str, state: ConsentState, hours: float, **other: Any) -> Said:
    consent = Consent(MAIL, Channel.EMAIL, state, Basis.CONSENT, hour(hours), "newsletter form", "Yes, write to me")
    return Said(actor, replace(consent, **other), {"page": "https://nordlys.dk/news"})


def states(*actors: str, at: float = 9, purpose: Purpose = MAIL, channel: Channel = Channel.EMAIL) -> list[str | None]:
    found = consent_of(actors, purpose, channel, hour(at))
    return [None if one is None else str(one.state) for one in found]


def test_consent_is_what_was_said_last_at_a_time_and_nothing_said_is_none() -> None:
    learn_consents([said("u:1", GIVEN, 2), said("u:1", WITHDRAWN, 4), said("u:2", GIVEN, 1)], cause="form:1")
    assert [states("u:1", at=at)[0] for at in (1, 2, 3, 4, 5)] == [None, "given", "given", "withdrawn", "withdrawn"]
    assert states("u:3", "u:2", "u:1") == [None, "given", "withdrawn"]
    assert states("u:2", purpose=CALLS) == [None]
    assert states("u:2", channel=Channel.POST) == [None]


def test_consent_to_any_channel_counts_for_each_and_a_withdrawal_of_the_same_moment_wins() -> None:
    learn_consents([said("u:1", WITHDRAWN, 1, channel=Channel.ANY), said("u:1", GIVEN, 1)], cause="form:1")
    assert states("u:1") == ["withdrawn"]
    learn_consents([said("u:1", GIVEN, 2)], cause="form:2")
    assert (states("u:1"), states("u:1", channel=Channel.POST)) == (["given"], ["withdrawn"])


def test_consent_belongs_to_whom_the_actor_was_at_its_time() -> None:
    visits = [call("touch", 1, anonymous="a:1", user="u:1"), call("touch", 5, anonymous="a:1", user="u:2")]
    learn(*visits)
    learn_consents([said("a:1", GIVEN, 0), said("a:1", WITHDRAWN, 6)], cause="banner:1")
    assert states("u:1", "u:2", "a:1") == ["given", "withdrawn", "withdrawn"]
    merge("u:3", "u:1", who=SYSTEM)
    assert states("u:3", "u:1") == ["given", "given"]
    learn_consents([said("u:3", WITHDRAWN, 3)], cause="form:1")
    assert states("u:1", at=2) == ["given"]
    assert states("u:1") == ["withdrawn"]


moments = st.lists(
    st.tuples(st.sampled_from([GIVEN, WITHDRAWN]), st.integers(0, 9)), max_size=6, unique_by=lambda m: m[1]
)


@given(moments, st.integers(-1, 10))
def test_consent_at_a_time_rests_on_nothing_later(history: list[tuple[ConsentState, int]], at: int) -> None:
    with transaction.atomic():
        learn_consents([said("u:1", state, hours) for state, hours in history], cause="form:1")
        found = states("u:1", at=at)
        transaction.set_rollback(True)
    until = [(hours, str(state)) for state, hours in history if hours <= at]
    assert found == [max(until)[1] if until else None]


def test_consent_rows_are_never_changed_or_deleted() -> None:
    row = record_consent(said("u:1", GIVEN, 0), who=SYSTEM)
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(TypeError):
        ConsentRow.objects.update(state=WITHDRAWN)
    with pytest.raises(TypeError):
        ConsentRow.objects.all().delete()


def test_consent_recorded_by_somebody_is_an_act_and_needs_the_permission(owner: User, make_user: object) -> None:
    assert callable(make_user)
    row = record_consent(said("u:1", GIVEN, 0), who=Who.of(owner))
    assert (row.cause, row.evidence) == (f"user:{owner.pk}", {"page": "https://nordlys.dk/news"})
    assert AuditRow.objects.get().target == f"consent {row.pk}"
    with pytest.raises(NotAllowed):
        record_consent(said("u:1", GIVEN, 0), who=Who.of(make_user(Role.VIEWER)))


def test_consents_learnt_again_with_the_same_cause_are_there_once() -> None:
    assert learn_consents([said("u:1", GIVEN, 0)], cause="form:1") == 1
    assert learn_consents([said("u:1", GIVEN, 0)], cause="form:1") == 0
    assert ConsentRow.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        (said("17", GIVEN, 0), "'17'"),
        (said("u:" + "x" * 400, GIVEN, 0), "neither"),
        (said("u:1", GIVEN, 0, purpose="fun"), "'fun'"),
        (said("u:1", GIVEN, 24 * 365 * 100), "still to come"),
    ],
)
def test_consent_that_cannot_be_is_refused_and_nothing_is_written(wrong: Said, about: str) -> None:
    with pytest.raises(InvalidDefinition, match=about):
        learn_consents([said("u:1", GIVEN, 0), wrong], cause="form:1")
    assert not ConsentRow.objects.exists()


@pytest.fixture
def anna(put: Put) -> None:
    """Anna, who shares a machine with Bo."""
    put([("Visited", "u:1", START), ("Visited", "u:2", START)])
    learn_people(
        pl.DataFrame({"actor": ["u:1", "u:2"], "email": ["anna@x.dk", "bo@x.dk"]}), cause="import:1", who=SYSTEM
    )
    learn(call("touch", 1, anonymous="a:1", user="u:1"), call("touch", 5, anonymous="a:1", user="u:2"))
    spoken = [said("u:1", GIVEN, 0), said("a:1", WITHDRAWN, 2), said("a:1", GIVEN, 6), said("u:2", GIVEN, 7)]
    learn_consents(spoken, cause="form:1")


def rows() -> list[tuple[str, str, bool]]:
    listed = ConsentRow.objects.order_by("at").values_list("actor", "state", "evidence")
    return [(actor, state, bool(evidence)) for actor, state, evidence in listed]


@pytest.mark.usefixtures("anna")
def test_erasing_takes_what_the_person_said_and_leaves_what_others_said_on_the_same_machine() -> None:
    erase_person("u:1", SYSTEM)
    finish_erasures()
    assert rows() == [("a:1", "given", True), ("u:2", "given", True)]
    assert states("u:1", "u:2") == [None, "given"]


@pytest.mark.usefixtures("anna")
def test_anonymising_keeps_what_was_said_by_nobody() -> None:
    anonymise_person("u:1", SYSTEM)
    finish_erasures()
    found = rows()
    assert [(state, evidence) for _, state, evidence in found] == [
        ("given", False),
        ("withdrawn", False),
        ("given", True),
        ("given", True),
    ]
    assert {actor for actor, *_ in found[:3]}.isdisjoint({"u:1", "a:1"})
    assert states("u:2") == ["given"]


@pytest.mark.usefixtures("anna")
def test_export_and_privacy_page_show_what_a_person_said(owner_client: Client) -> None:
    with export_person("u:1", SYSTEM) as bundle:
        assert b"tragt_people.ConsentRow.csv" in bundle.read()
    answer = owner_client.post("/settings/privacy/", {"text": "anna@x.dk"})
    ((_, consents),) = answer.context["found"]
    assert [str(one.state) for one in consents] == ["withdrawn"]
    text = answer.content.decode()
    assert all(words in text for words in ("Marketing by e-mail", "Withdrawn", "Yes, write to me", "newsletter form"))
    assert "nordlys.dk/news" not in text, "evidence is in the export alone"


def test_consents_of_many_takes_a_number_of_queries_that_does_not_grow_with_them(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    actors = [f"u:{number}" for number in range(2000)]
    learn_consents([said(actor, GIVEN, 0) for actor in actors], cause="form:1")
    with django_assert_max_num_queries(8):
        assert states(*actors) == ["given"] * 2000
    with django_assert_max_num_queries(8):
        assert all(len(one) == 1 for one in consents_of(actors, hour(1)))
