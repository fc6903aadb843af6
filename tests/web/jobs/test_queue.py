from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.web.jobs.kinds import fails, later, note, refuses, urgent
from tragt.errors import InvalidDefinition, NotAllowed
from tragt.web.accounts.models import User
from tragt.web.jobs.actions import cancel, enqueue
from tragt.web.jobs.actions.holding import claim
from tragt.web.jobs.models import Job, State, Worker
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.queries import job_of
from tragt.web.jobs.registry import _tasks, job
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

pytestmark = pytest.mark.django_db


def test_enqueue_rolled_back_leaves_no_job(tmp_path: Path) -> None:
    with transaction.atomic():
        enqueue(note, SYSTEM, file=str(tmp_path / "f"))
        transaction.set_rollback(True)
    assert drain() == 0


def test_drain_waiting_jobs_runs_the_urgent_first_and_the_rest_in_order(tmp_path: Path) -> None:
    file = tmp_path / "f"
    enqueue(note, SYSTEM, file=str(file), text="a")
    enqueue(note, SYSTEM, file=str(file), text="b")
    enqueue(urgent, SYSTEM, file=str(file))
    assert drain() == 3
    assert file.read_text().split() == ["urgent", "a", "b"]
    assert set(Job.objects.values_list("state", "done", "total", "attempts")) == {("done", 1, 1, 1)}
    assert all(one.finished and one.started and one.duration is not None for one in Job.objects.all())


def test_enqueue_later_moment_waits_for_it(tmp_path: Path) -> None:
    held = enqueue(note, SYSTEM, run_after=timezone.now() + timedelta(hours=1), file=str(tmp_path / "f"))
    assert drain() == 0
    assert drain(timezone.now() + timedelta(hours=2)) == 1
    held.refresh_from_db()
    assert held.state == State.DONE


def test_enqueue_same_subject_gives_the_unfinished_job(tmp_path: Path) -> None:
    file = str(tmp_path / "f")
    first = enqueue(note, SYSTEM, subject="import:1", file=file)
    assert enqueue(note, SYSTEM, subject="import:1", file=file) == first
    assert enqueue(note, SYSTEM, subject="import:1", unique=False, file=file) != first
    assert enqueue(urgent, SYSTEM, subject="import:1", file=file) != first
    assert enqueue(note, SYSTEM, subject="import:2", file=file) != first
    assert drain() == 4
    second = enqueue(note, SYSTEM, subject="import:1", file=file)
    assert second != first
    assert job_of("import:1") == second


def test_enqueue_gives_an_unfinished_job_that_was_asked_for_beside_others(tmp_path: Path) -> None:
    file = str(tmp_path / "f")
    beside = enqueue(note, SYSTEM, subject="import:1", unique=False, file=file)
    assert enqueue(note, SYSTEM, subject="import:1", file=file) == beside


def test_enqueue_brings_forward_what_waits_for_later_unless_it_is_tried_again(tmp_path: Path) -> None:
    now = timezone.now()
    hours = [now + timedelta(hours=number) for number in range(3)]
    held = enqueue(note, SYSTEM, subject="import:1", run_after=hours[1], file=str(tmp_path / "f"))
    for asked, begins in [(hours[2], hours[1]), (hours[0], hours[0])]:
        assert enqueue(note, SYSTEM, subject="import:1", run_after=asked, file=str(tmp_path / "f")) == held
        held.refresh_from_db()
        assert held.run_after == begins
    Job.objects.filter(pk=held.pk).update(run_after=hours[2], error_code="test.busy")
    enqueue(note, SYSTEM, subject="import:1", run_after=hours[0], file=str(tmp_path / "f"))
    held.refresh_from_db()
    assert held.run_after == hours[2]


@pytest.mark.django_db(transaction=True)
def test_upkeep_asked_for_in_a_transaction_does_not_begin_before_it_ends() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("of a file there is one writer at a time")
    upkeep = job("test.upkeep_held", upkeep=True)(lambda progress: progress.pause())
    held = enqueue(upkeep, SYSTEM, subject="held")

    def elsewhere(act: Callable[[], object]) -> object:
        def done() -> object:
            try:
                return act()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(done).result(30)

    with transaction.atomic():
        assert enqueue(upkeep, SYSTEM, subject="held") == held
        assert elsewhere(lambda: claim("w", timezone.now(), None)) is None
        other = elsewhere(lambda: enqueue(upkeep, SYSTEM, subject="held"))
        assert other != held, "who asks meanwhile does not wait"
    assert elsewhere(lambda: claim("w", timezone.now(), None)) == held
    _tasks.pop("test.upkeep_held")


def test_enqueue_wrong_arguments_are_refused_at_once() -> None:
    with pytest.raises(InvalidDefinition, match=r"test\.note cannot have these arguments"):
        enqueue(note, SYSTEM, path="f")
    with pytest.raises(InvalidDefinition, match="not JSON serializable"):
        enqueue(note, SYSTEM, file=Path("f"))


def test_drain_unexpected_error_is_tried_again_with_growing_waits(caplog: pytest.LogCaptureFixture) -> None:
    held = enqueue(fails, SYSTEM)
    drain()
    held.refresh_from_db()
    assert held.state == State.WAITING
    assert timedelta(seconds=5) < held.run_after - timezone.now() <= timedelta(seconds=10)
    drain(timezone.now() + timedelta(seconds=15))
    held.refresh_from_db()
    assert timedelta(seconds=50) < held.run_after - timezone.now() <= timedelta(seconds=60)
    drain(timezone.now() + timedelta(days=1))
    held.refresh_from_db()
    assert (held.state, held.attempts, held.error_code, held.error) == (State.FAILED, 3, "jobs.unexpected", "")
    assert held.error_fields["reference"] in caplog.text
    assert "secret of Anna" in caplog.text
    assert "Anna" not in str(Job.objects.filter(pk=held.pk).values())


def test_drain_error_that_passes_ends_done_without_error() -> None:
    held = enqueue(fails, SYSTEM, times=1)
    drain(timezone.now() + timedelta(days=1))
    held.refresh_from_db()
    assert (held.state, held.attempts, held.error_code) == (State.DONE, 2, "")


def test_drain_error_of_tragt_is_final_and_keeps_its_words() -> None:
    held = enqueue(refuses, SYSTEM)
    drain(timezone.now() + timedelta(days=1))
    held.refresh_from_db()
    assert (held.state, held.attempts, held.error_code) == (State.FAILED, 1, "test.few")
    assert held.error == "There are 3 rows; 10 are needed."
    assert held.error_fields == {"rows": "3"}


def test_drain_job_that_asks_for_later_waits_as_long() -> None:
    held = enqueue(later, SYSTEM)
    drain()
    held.refresh_from_db()
    assert (held.state, held.error_code) == (State.WAITING, "test.busy")
    assert held.again
    assert timedelta(minutes=6) < held.run_after - timezone.now() <= timedelta(minutes=7)
    drain(timezone.now() + timedelta(hours=1))
    held.refresh_from_db()
    assert held.state == State.DONE


def test_cancel_waiting_job_never_runs(tmp_path: Path, owner: User) -> None:
    held = cancel(enqueue(note, Who.of(owner), file=str(tmp_path / "f")), Who.of(owner))
    assert held.state == State.CANCELLED
    assert drain() == 0
    assert cancel(held, SYSTEM).state == State.CANCELLED


def test_cancel_running_job_ends_at_its_next_report(owner: User) -> None:
    reached = []

    @job("test.cancels_itself")
    def cancels_itself(progress: Progress) -> None:
        cancel(Job.objects.get(pk=progress.job.pk), Who.of(owner))
        try:
            progress.report(5, 10)
        except Exception:  # noqa: BLE001 - a job that expects errors does not swallow its end
            reached.append("swallowed")
        reached.append("after")

    held = enqueue(cancels_itself, SYSTEM)
    drain()
    held.refresh_from_db()
    assert (held.state, held.done, reached) == (State.CANCELLED, 5, [])


def test_drain_interrupted_from_the_keyboard_gives_the_job_back() -> None:
    @job("test.interrupted")
    def interrupted(progress: Progress) -> None:
        if progress.job.attempts == 1 and not Job.objects.filter(name="test.seen"):
            Job.objects.create(name="test.seen", state=State.DONE)
            raise KeyboardInterrupt

    held = enqueue(interrupted, SYSTEM)
    with pytest.raises(KeyboardInterrupt):
        drain()
    held.refresh_from_db()
    assert (held.state, held.attempts) == (State.WAITING, 0)
    assert not Worker.objects.exists()
    assert drain() == 1


def test_cancel_without_permission_is_refused(make_user: object, tmp_path: Path) -> None:
    seller = make_user("seller")  # type: ignore[operator]
    held = enqueue(note, SYSTEM, file=str(tmp_path / "f"))
    with pytest.raises(NotAllowed):
        cancel(held, Who.of(seller))
    held.refresh_from_db()
    assert held.state == State.WAITING


def test_progress_who_is_the_one_that_asked(owner: User) -> None:
    seen = []

    @job("test.who")
    def who(progress: Progress) -> None:
        seen.append(progress.who)

    for asker in (Who.of(owner), COMMAND_LINE, SYSTEM):
        enqueue(who, asker)
    drain()
    assert seen == [Who.of(owner), COMMAND_LINE, SYSTEM]


def test_claim_subject_that_runs_waits_for_it(tmp_path: Path) -> None:
    file = str(tmp_path / "f")
    enqueue(note, SYSTEM, subject="import:1", file=file)
    Job.objects.update(state=State.RUNNING, worker="elsewhere")
    second = enqueue(urgent, SYSTEM, subject="import:1", file=file)
    assert drain() == 0
    Job.objects.exclude(pk=second.pk).update(state=State.DONE)
    assert drain() == 1
