"""Alarms about leaks that begin: raised once, not by days of the past, and told to those who want to know."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from tests.web.leaks.conftest import Bring
from tragt.errors import Conflict, NotAllowed
from tragt.events import EventLog
from tragt.funnel import Funnel
from tragt.web.accounts.models import Role, User
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.worker import drain
from tragt.web.leaks import alarms, alerting
from tragt.web.leaks.models import Alarm, Choice, Mails, Watched, WhyOver
from tragt.web.leaks.tasks import watch
from tragt.web.log.actions import hide_batch
from tragt.web.mail.models import OutgoingMail
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

pytestmark = pytest.mark.django_db(transaction=True)

FUNNEL = Funnel.of("Visited", "Asked", "Paid", window="1d")
DAYS, FALLEN = 60, 44
Night = Callable[[], None]
MakeUser = Callable[..., User]


def _log(days: Sequence[int], ago: int = 0, *, fallen: int = FALLEN) -> EventLog:
    """Days of a firm, the last of 60 that many days ago: thirty visit by each source, and half of them ask."""
    start = datetime.combine(timezone.now().date() - timedelta(days=DAYS + ago), datetime.min.time(), UTC)
    rows: list[tuple[str, datetime, str, str, float | None]] = []
    for day in days:
        dice = np.random.default_rng(day + 100)
        for source in ("ads", "mail", "fair"):
            share = 0.1 if source == "ads" and day >= fallen else 0.5
            for number in range(30):
                person, at = f"{source}{day}-{number}", start + timedelta(days=day, minutes=number)
                rows.append((person, at, "Visited", source, None))
                if dice.random() < share:
                    rows.append((person, at + timedelta(hours=1), "Asked", source, None))
                    rows.append((person, at + timedelta(hours=2), "Paid", source, 100.0))
    columns = ("person", "time", "name", "properties.source", "properties.amount")
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.concat_str("person", "name").alias("id"), pl.lit("exact").alias("precision")
    )
    return EventLog(frame.sort("time"), zone=ZoneInfo("UTC"))


@pytest.fixture
def night() -> Night:
    """Watches all funnels, as the job does at night."""

    def gone() -> None:
        enqueue(watch, SYSTEM)
        drain()

    return gone


@pytest.fixture
def quiet(organisation: object, bring: Bring, night: Night) -> SavedFunnel:  # noqa: ARG001
    """A funnel that was watched while nothing leaked."""
    bring(_log(range(FALLEN)))
    row = save(COMMAND_LINE, FUNNEL, "Shop")
    night()
    return SavedFunnel.objects.get(pk=row.pk)


@pytest.fixture
def alarm(quiet: SavedFunnel, bring: Bring, night: Night) -> Alarm:  # noqa: ARG001
    """Since then fewer of the ads ask."""
    bring(_log(range(FALLEN, DAYS)))
    night()
    return Alarm.objects.get(value="ads", fate="drifted")


def test_leak_that_begins_raises_one_alarm_with_its_figures(alarm: Alarm, night: Night) -> None:
    assert (alarm.step, alarm.before, alarm.by) == ("Asked", "Visited", "source")
    assert alarm.began >= timezone.now().date() - timedelta(days=DAYS - FALLEN)
    assert alarm.figures["rate"] < 0.35
    assert alarm.figures["reference"] == pytest.approx(0.5, abs=0.05)
    lost, chance = alarm.figures["lost"], alarm.figures["chance"]
    assert alarm.figures["cost"] == pytest.approx(lost * chance * 100)
    assert chance == 1
    raised = set(Alarm.objects.values_list("pk", flat=True))
    assert not Alarm.objects.filter(value__in=["mail", "fair"]).exists()
    night()
    assert set(Alarm.objects.values_list("pk", flat=True)) == raised
    assert alarms.open_alarms().filter(pk=alarm.pk).exists()


def test_days_of_the_past_are_learnt_and_raise_nothing(organisation: object, bring: Bring, night: Night) -> None:  # noqa: ARG001
    bring(_log(range(DAYS)))
    save(COMMAND_LINE, FUNNEL, "Shop")
    night()
    assert Watched.objects.get().days > FALLEN
    bring(_log([-3, -2, -1], fallen=DAYS))  # an import of the days before
    night()
    assert not Alarm.objects.exists()


def test_old_file_raises_nothing_on_any_night(organisation: object, bring: Bring, night: Night) -> None:  # noqa: ARG001
    bring(_log(range(FALLEN), ago=30))
    save(COMMAND_LINE, FUNNEL, "Shop")
    night()
    bring(_log(range(FALLEN, DAYS), ago=30))
    night()
    assert Watched.objects.get().days > FALLEN
    assert not Alarm.objects.exists()


def test_alarm_is_closed_with_its_reason_and_never_taken_back(alarm: Alarm, night: Night) -> None:
    hide_batch("import:2")
    night()
    alarm.refresh_from_db()
    assert alarm.closed is not None
    assert alarm.why_closed == WhyOver.LATE
    assert "Events that came late" in str(alarm.get_why_closed_display())


def test_alarm_of_a_funnel_with_other_steps_is_closed_and_its_days_are_learnt_anew(
    alarm: Alarm, quiet: SavedFunnel, night: Night
) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="1d"), "Shop", saved=quiet)
    night()
    alarm.refresh_from_db()
    assert alarm.why_closed == WhyOver.CHANGED
    assert not alarms.open_alarms().exists()


def test_leak_that_somebody_acts_on_is_not_spoken_of_for_the_days_before(
    alarm: Alarm, owner: User, night: Night
) -> None:
    row = alerting.act_on(Who.of(owner), alarm.pk, version=alarm.version)
    assert row.why_closed == WhyOver.ACTED
    night()
    assert not alarms.open_alarms().filter(value="ads", fate="drifted").exists()
    with pytest.raises(Conflict):
        alerting.act_on(Who.of(owner), alarm.pk)


def test_alarm_is_new_until_one_looks_and_again_when_it_has_rested(
    alarm: Alarm, owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def new() -> set[int]:
        return set(alarms.new_for(owner).values_list("pk", flat=True))

    assert alarm.pk in new()
    home = owner_client.get("/leaks/").content.decode()
    assert f'<span class="tag warn">{len(new())}<span class="unseen">' in home
    page = owner_client.get("/leaks/alarms/").content.decode()
    assert "Visited → Asked, Source: ads" in page
    assert page.count('<span class="tag warn">New</span>') == Alarm.objects.filter(closed=None).count()
    assert new() == set()
    assert owner_client.post(f"/leaks/alarms/{alarm.pk}/snooze/", {"days": "7", "version": "1"}).status_code == 302
    assert "rests until" in owner_client.get("/leaks/alarms/").content.decode()
    later = timezone.now().date() + timedelta(days=7)
    monkeypatch.setattr(alarms, "this_day", lambda: later)
    assert new() == {alarm.pk}


def test_small_leaks_are_not_spoken_of(alarm: Alarm, owner: User) -> None:
    with pytest.raises(Conflict):
        alerting.attend(Who.of(owner), 0.1, 10**9, version=7)
    alerting.attend(Who.of(owner), 0.1, 10**9)
    assert Alarm.objects.get(pk=alarm.pk).minor
    assert not alarms.new_for(owner).exists()
    alerting.attend(Who.of(owner), 0.1, 1)
    assert alarms.new_for(owner).filter(pk=alarm.pk).exists()


def test_those_who_want_a_mail_get_one_a_day_in_their_language(
    quiet: SavedFunnel, bring: Bring, night: Night, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = {
        name: make_user(role=Role.MARKETING, email=f"{name}@example.org", language="da") for name in ("all", "own")
    }
    none = make_user(role=Role.MARKETING, email="none@example.org")
    for name, user in users.items():
        alerting.choose_mails(Who.of(user), user, Mails(name))
    bring(_log(range(FALLEN, DAYS)))
    night()
    assert Alarm.objects.filter(minor=False).exists()
    assert alerting.tell_all() == 1
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.language, mail.template) == ("all@example.org", "da", "leaks/mail/opened")
    assert alerting.tell_all() == 0
    SavedFunnel.objects.filter(pk=quiet.pk).update(owner=users["own"])
    assert alerting.tell_all() == 1
    assert not OutgoingMail.objects.filter(to=none.email).exists()
    tomorrow = timezone.now().date() + timedelta(days=1)
    monkeypatch.setattr(alerting, "this_day", lambda: tomorrow)
    assert alerting.tell_all() == 0  # nothing is new since
    assert {one.day for one in Choice.objects.all()} == {tomorrow - timedelta(days=1)}


def test_who_may_not_edit_cannot_quiet_an_alarm_but_chooses_their_own_mails(
    alarm: Alarm, make_user: MakeUser, client_of: Callable[[User], Client]
) -> None:
    viewer = make_user(role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        alerting.snooze(Who.of(viewer), alarm.pk, 7)
    client = client_of(viewer)
    assert client.post(f"/leaks/alarms/{alarm.pk}/act/").status_code == 403
    assert client.post("/leaks/alarms/mails/", {"mails": "all"}).status_code == 302
    assert Choice.objects.get().mails == Mails.ALL
