"""How named colleagues do is told to those who see everyone's records, and to nobody else, wherever leaks are told."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from tests.web.leaks.rows import alarm_of, leaking
from tragt.funnel import Funnel
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting.grouping import names_colleagues
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.actions.cards import Draft, remove_hypothesis, write_hypothesis
from tragt.web.hypotheses.models import Hypothesis
from tragt.web.leaks import alarms, alerting
from tragt.web.leaks.models import Alarm, Choice, Found, Mails
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports.actions.sending import Letters
from tragt.web.reports.letters import letter_of
from tragt.web.reports.models import Subscription
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

BO = "Bo Colleague"
JSON = "application/json"
Keys = dict[str, int]
TOLD = (
    *("/", "/leaks/", "/leaks/leaks.csv", "/leaks/alarms/", "/funnels/?all", "/funnels/{funnel}/"),
    *("/funnels/{funnel}/steps/3/", "/hypotheses/"),
    *("/hypotheses/hypotheses.csv", "/api/v1/leaks", "/api/v1/leaks?funnel={funnel}", "/api/v1/alarms"),
    *("/api/v1/hypotheses", "/hypotheses/new/?funnel={funnel}&step=2", "/search/?q=colleague"),
)
"""Pages that are there for everybody, with more on them for who hears of colleagues."""
ALONE = (
    *("/leaks/{leak}/", "/hypotheses/new/?leak={leak}", "/hypotheses/{card}/", "/hypotheses/{card}/change/belief/"),
    *("/api/v1/leaks/{leak}", "/api/v1/alarms/{alarm}", "/api/v1/hypotheses/{card}", "/api/v1/hypotheses/{card}/log"),
    *("/api/v1/remedies/of-leak/{leak}",),
)
"""Pages that are about one leak, alarm or hypothesis."""


@pytest.fixture
def keys(visitors: None, organisation: Organisation) -> Keys:  # noqa: ARG001
    """Few whose deals are Bo's pay: a leak by ``deal_owner``, an alarm, and a hypothesis about it."""
    Organisation.objects.update(sellers_see="own")
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", "Paid", window="14d"), "Shop")
    leak, alarm = leaking(saved), alarm_of(saved)
    for rows in (Found.objects.filter(pk=leak.pk), Alarm.objects.filter(pk=alarm.pk)):
        rows.update(by="deal_owner", value=BO)
    draft = Draft(f"{BO} loses them.", funnel=saved, before=leak.before, step=leak.step, by="deal_owner", value=BO)
    return {
        "funnel": saved.pk,
        "leak": leak.pk,
        "alarm": alarm.pk,
        "card": write_hypothesis(draft, who=COMMAND_LINE).pk,
    }


@pytest.fixture
def seller(keys: Keys, make_user: Callable[..., User]) -> User:  # noqa: ARG001
    """Sees their own records alone."""
    return make_user(Role.SELLER)


@pytest.fixture
def asked(client_of: Callable[[User], Client], program_of: Callable[..., Client]) -> Callable[..., Any]:
    """Asks for an address as somebody: in a browser, or with a key."""
    return lambda user, address: (program_of if address.startswith("/api/") else client_of)(user).get(address)


def read(answer: HttpResponse | StreamingHttpResponse) -> str:
    content = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
    return content.decode()


@pytest.mark.parametrize("address", TOLD)
def test_page_with_leaks_tells_of_colleagues_only_who_sees_everyone(
    keys: Keys, owner: User, seller: User, asked: Callable[..., Any], address: str
) -> None:
    address = address.format(**keys)
    asked(owner, f"/funnels/{keys['funnel']}/")
    ours, theirs = asked(owner, address), asked(seller, address)

    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert BO in read(ours)
    assert BO not in read(theirs)
    assert "deal_owner" not in read(theirs)


@pytest.mark.parametrize("address", ALONE)
def test_leak_of_a_colleague_is_not_there_for_who_sees_their_own(
    keys: Keys, owner: User, seller: User, asked: Callable[..., Any], address: str
) -> None:
    found, hidden, none = (
        asked(user, address.format(**of))
        for user, of in ((owner, keys), (seller, keys), (seller, dict.fromkeys(keys, 999)))
    )

    assert found.status_code == 200
    assert (hidden.status_code, none.status_code) == (404, 404)
    if address.startswith("/api/"):
        assert re.sub(r"\d+", "", read(hidden)) == re.sub(r"\d+", "", read(none)), "only the key is another"


def test_hypothesis_of_a_colleague_is_not_changed_removed_or_brought_back_by_who_sees_their_own(
    keys: Keys, seller: User, program_of: Callable[..., Client], client_of: Callable[[User], Client]
) -> None:
    program, at = program_of(seller), f"/api/v1/hypotheses/{keys['card']}"

    def refused(answer: Any) -> bool:
        return bool(answer.status_code == 404)

    assert refused(program.patch(at, {"belief": "No."}, content_type=JSON))
    assert refused(program.post(f"{at}/state", {"state": "works"}, content_type=JSON))
    assert refused(program.post(f"{at}/log", {"text": "Ha."}, content_type=JSON))
    assert refused(program.post("/api/v1/hypotheses", {"leak": keys["leak"]}, content_type=JSON))
    assert program.delete(at).status_code == 404
    remove_hypothesis(keys["card"], who=COMMAND_LINE)
    assert program.post(f"{at}/bring-back").status_code == 404
    assert BO not in client_of(seller).get(f"/hypotheses/?removed={keys['card']}").content.decode()
    assert Hypothesis.objects.get().deleted is not None


def test_cursor_at_a_leak_of_a_colleague_is_as_one_that_is_gone(
    keys: Keys, owner: User, seller: User, program_of: Callable[..., Client]
) -> None:
    leaking(save(COMMAND_LINE, Funnel.of("Visited", "Paid"), "Second"))
    cursor = program_of(owner).get("/api/v1/leaks?limit=1").json()["next"]

    assert cursor
    assert program_of(owner).get(f"/api/v1/leaks?cursor={cursor}").status_code == 200
    assert program_of(seller).get(f"/api/v1/leaks?cursor={cursor}").status_code == 422
    assert keys


def test_alarm_of_a_colleague_is_mailed_to_who_sees_everyone_and_counted_as_news_for_them(
    keys: Keys, owner: User, seller: User
) -> None:
    since = timezone.now() - timedelta(days=1)
    for user in (owner, seller):
        Choice.objects.create(user=user, mails=Mails.ALL, told=since)

    assert alerting.tell_all() == 1
    assert OutgoingMail.objects.get().to == owner.email
    assert alarms.new_for(owner).filter(pk=keys["alarm"]).exists()
    assert not alarms.new_for(seller).exists()


def test_letter_names_colleagues_to_who_sees_everyone_alone(keys: Keys, owner: User, seller: User) -> None:
    saved = SavedFunnel.objects.get(pk=keys["funnel"])
    ours, theirs, outside = (letter_of(saved, reader) for reader in (owner, seller, None))

    assert BO in ours.finding
    assert ours.leak is not None
    assert ours.page.marked is not None
    for letter in (theirs, outside):
        assert (letter.leak, letter.page.marked) == (None, None)
        assert BO not in letter.finding + letter.picture()


@pytest.mark.parametrize(
    ("by", "value"), [("contact_name", "Ida Holm"), ("Work e-mail", "ida"), ("login", "ida@holm.example")]
)
def test_letter_to_somebody_outside_names_nobody(keys: Keys, owner: User, seller: User, by: str, value: str) -> None:
    Found.objects.filter(pk=keys["leak"]).update(by=by, value=value)
    saved = SavedFunnel.objects.get(pk=keys["funnel"])
    ours, theirs, outside = (letter_of(saved, reader) for reader in (owner, seller, None))

    assert value in ours.finding
    assert value in theirs.finding, "the name of no colleague"
    assert (outside.leak, outside.page.marked) == (None, None)
    assert value not in outside.finding + outside.picture()
    run = Letters()
    readers = (Subscription(funnel=saved, user=seller), Subscription(funnel=saved, address="a@outside.example"))
    assert [value in run.of(row)[0].finding for row in readers] == [True, False], "of one run"


def test_paper_marks_a_leak_of_a_colleague_for_who_sees_everyone_alone(
    keys: Keys, owner: User, seller: User, client_of: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []

    def note(paper: object) -> bytes:
        printed.append(paper.page.finding)  # type: ignore[attr-defined]
        return b"%PDF"

    monkeypatch.setattr("tragt.web.reports.views.papers.paper_pdf", note)
    for user in (owner, seller):
        assert client_of(user).get(f"/reports/funnels/{keys['funnel']}/funnel.pdf").status_code == 200
    assert [BO in one for one in printed] == [True, False]


@pytest.mark.parametrize(
    "name",
    [
        *("owner", "Owner", "deal_owner", "DealOwner", "dealowner", "hubspot_owner_id", "ownerId", "OWNER"),
        *("account_manager", "accountManager", "sales_rep", "SalesRepID", "rep", "sales agent", "agent_2", "seller"),
        *("Sælger", "sælger", "sælgeren", "kundeansvarlig", "Ansvarlig", "selger", "säljare", "ägare", "eier", "ejer"),
        *("handled_by", "bookedBy", "account_executive", "assigned_to", "SDR", "a\u0308gare"),
    ],
)
def test_property_of_colleagues_is_known_by_a_word_of_its_name(name: str) -> None:
    assert names_colleagues(name)


@pytest.mark.parametrize(
    "name",
    [
        *("source", "utm_source", "report", "repeat", "reseller", "market", "country", "plan", "urgency", "agency"),
        *("sales_channel", "representation", "referred_by", "by", "management", "homeowner", "team_size", ""),
    ],
)
def test_property_that_only_sounds_like_colleagues_names_nobody(name: str) -> None:
    assert not names_colleagues(name)
