from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.web.jobs.kinds import note, tick
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Organisation
from tragt.web.jobs import registry, schedule
from tragt.web.jobs.actions import enqueue, prune
from tragt.web.jobs.actions.holding import claim, done, drop, give_back
from tragt.web.jobs.actions.living import MOST_DEATHS, bury, enter, release_orphans
from tragt.web.jobs.models import Due, Job, State, Worker
from tragt.web.jobs.personal_data import STORES
from tragt.web.jobs.queries import worker_alive
from tragt.web.jobs.schedule import Rhythm, enqueue_due, every
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.personal import Subject

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    ("now", "following"),
    [
        (datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 1, 5, 2, 30, tzinfo=UTC)),
        (datetime(2026, 1, 5, 2, 30, tzinfo=UTC), datetime(2026, 1, 6, 2, 30, tzinfo=UTC)),
        (datetime(2026, 7, 5, 23, tzinfo=UTC), datetime(2026, 7, 6, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
    ids=["today", "on the moment", "in summer", "on the night when clocks change"],
)
def test_rhythm_of_a_time_is_next_in_the_zone(now: datetime, following: datetime) -> None:
    assert Rhythm(time(3, 30), 0).after(now, COPENHAGEN) == following


def test_rhythm_of_minutes_is_so_much_later() -> None:
    now = datetime(2026, 1, 5, 1, tzinfo=UTC)
    assert Rhythm(None, 90).after(now, COPENHAGEN) == now + timedelta(minutes=90)


@pytest.mark.parametrize(("at", "minutes"), [("", 0), ("03:00", 5), ("3:00", 0), ("24:00", 0), ("", -1)])
def test_every_rhythm_that_is_none_is_refused(at: str, minutes: int) -> None:
    with pytest.raises(InvalidDefinition, match="recurs at a time like 03:00"):
        every(at, minutes=minutes)


@pytest.mark.django_db
def test_enqueue_due_asks_once_and_plans_the_next(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.known()  # before: finding the jobs of all apps plans theirs
    monkeypatch.setattr(schedule, "_rhythms", {tick.name: Rhythm(time(3, 30), 0)})
    assert organisation.time_zone == "Europe/Copenhagen"
    now = timezone.now()
    assert enqueue_due(now) == 0
    due = Due.objects.get()
    assert due.next.astimezone(COPENHAGEN).time() == time(3, 30)
    assert enqueue_due(due.next - timedelta(seconds=1)) == 0
    assert enqueue_due(due.next + timedelta(days=3)) == 1, "what was missed is done once"
    assert schedule._ask(tick, due, due.next) == 0, "another worker saw the same row"
    assert enqueue_due(due.next + timedelta(days=3)) == 0
    assert Job.objects.get().subject == "schedule:test.tick"
    assert drain() == 1
    monkeypatch.setattr(schedule, "_rhythms", {tick.name: Rhythm(None, 5)})
    assert enqueue_due(now) == 0
    assert Due.objects.get().next == now + timedelta(minutes=5), "another rhythm holds at once"


@pytest.mark.django_db
def test_bury_worker_that_lived_since_does_nothing() -> None:
    enter("a", lasting=True)
    assert worker_alive()
    job = enqueue(note, SYSTEM, file="f")
    held = claim("a", timezone.now(), None)
    assert held == job
    seen = Worker.objects.get().seen
    Worker.objects.update(seen=seen + timedelta(seconds=1))
    assert bury("a", seen) == 0
    assert release_orphans() == 0
    assert bury("a", seen + timedelta(seconds=1)) == 1
    job.refresh_from_db()
    assert (job.state, job.deaths) == (State.WAITING, 1)
    assert not worker_alive()


@pytest.mark.django_db
def test_held_job_of_a_worker_thought_dead_is_out_of_its_hands() -> None:
    job = enqueue(note, SYSTEM, file="f")
    first = claim("a", timezone.now(), None)
    assert release_orphans() == 1
    second = claim("b", timezone.now(), None)
    assert first is not None
    assert second is not None
    done(first)
    give_back(first)
    job.refresh_from_db()
    assert (job.state, job.worker, job.attempts) == (State.RUNNING, "b", 2)
    drop("b")
    assert claim("c", timezone.now(), None) == job


@pytest.mark.django_db
def test_release_job_that_kills_its_workers_is_given_up() -> None:
    job = enqueue(note, SYSTEM, file="f")
    for number in range(MOST_DEATHS):
        assert claim(f"w{number}", timezone.now(), None) == job
        assert release_orphans() == 1
    job.refresh_from_db()
    assert (job.state, job.deaths, job.error_code) == (State.FAILED, MOST_DEATHS, "jobs.died")
    assert claim("w", timezone.now(), None) is None


@pytest.mark.django_db
def test_release_job_that_was_to_be_cancelled_is_cancelled() -> None:
    job = enqueue(note, SYSTEM, file="f")
    claim("a", timezone.now(), None)
    Job.objects.update(cancel_asked=True)
    release_orphans()
    job.refresh_from_db()
    assert job.state == State.CANCELLED


@pytest.mark.django_db
def test_prune_what_the_schedule_did_in_silence_goes_after_a_day() -> None:
    now = timezone.now()
    for state, days, subject in (
        ("done", 31, "kept"),
        ("done", 0, "schedule:kept"),
        ("done", 2, "schedule:x"),
        ("failed", 2, "schedule:kept"),
        ("waiting", 200, "kept"),
    ):
        finished = None if state == "waiting" else now - timedelta(days=days)
        Job.objects.create(name="x", state=state, finished=finished, subject=subject)
    assert prune() == 1
    assert all("kept" in subject for subject in Job.objects.values_list("subject", flat=True))


@pytest.mark.django_db
def test_personal_data_of_jobs_covers_their_fields_and_finds_who_is_named() -> None:
    stores = {store.name: store for store in STORES}
    for model in (Job, Worker, Due):
        store = stores[model._meta.label]
        assert set(store.personal) | store.other == {field.name for field in model._meta.get_fields()}
        assert not set(store.personal) & store.other
    named = enqueue(note, SYSTEM, file="f", text="Åse@firma.dk")
    titled = enqueue(note, SYSTEM, title="u:17.csv", file="f")
    others = [
        enqueue(note, SYSTEM, file="f", text=text) for text in ("", "u:170", "bu:17", "påse@firma.dk", "x.åse@firma.dk")
    ]
    subject = Subject(1, frozenset({"u:17"}), frozenset({"åse@firma.dk"}))
    jobs = stores["tragt_jobs.Job"]
    assert {row["job"] for row in jobs.export(subject)} == {named.pk, titled.pk}
    assert jobs.erase(subject) == 0, "what has not been done yet is still to be done"
    Job.objects.exclude(pk=titled.pk).update(state=State.DONE)
    assert jobs.erase(subject) == 1
    assert set(Job.objects.values_list("pk", flat=True)) == {titled.pk, *(one.pk for one in others)}
