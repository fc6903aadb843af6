"""Jobs that programs ask for: the audit names the program, and a key that was revoked gets nothing done."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tragt.web.accounts.models import ApiKey, AuditRow, User
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job, State
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import Task, _tasks, find, job
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import SYSTEM, Who, acting

pytestmark = pytest.mark.django_db

TRIED = "tests.tried_by_programs"
KEPT = "tests.kept_by_programs"


@pytest.fixture
def tried() -> Task:
    """A kind of job that does an act in the name of who asked."""

    def act(progress: Progress) -> None:
        with acting(progress.who, "people.see", "job 1"):
            pass

    return _tasks.get(TRIED) or job(TRIED)(act)


@pytest.fixture
def asked(tried: Task, owner: User) -> Job:
    """A job that a program of the owner asked for."""
    key = ApiKey.objects.create(user=owner, name="till", role="manager", prefix="p", digest="d")
    return enqueue(tried, Who.of(User.objects.get(pk=owner.pk).within(key.role, key.pk)))


def test_act_of_a_job_that_a_program_asked_for_names_the_program(asked: Job, owner: User) -> None:
    drain()
    row = AuditRow.objects.get(verb="people.see")
    assert (row.kind, row.user, row.details) == ("key", owner, {"api_key": ApiKey.objects.get().pk})
    asked.refresh_from_db()
    assert asked.state == State.DONE


@pytest.mark.parametrize("how", ["revoked", "inactive"])
def test_job_of_a_key_that_works_no_more_is_refused_with_the_reason(
    asked: Job, owner_client: Client, owner: User, how: str, make_user: Callable[..., User], tried: Task
) -> None:
    if how == "revoked":
        ApiKey.objects.update(revoked=timezone.now())
    else:
        User.objects.filter(pk=owner.pk).update(is_active=False)
    enqueue(tried, Who.of(other := make_user("manager")))
    drain()
    asked.refresh_from_db()
    assert (asked.state, asked.error_code) == (State.FAILED, "accounts.program_ended")
    assert [row.user for row in AuditRow.objects.filter(verb="people.see")] == [other], "others are done"
    if how == "revoked":
        page = owner_client.get(reverse("jobs:detail", args=[asked.pk])).content.decode()
        assert "The key that asked for this was revoked" in page


def test_job_of_a_program_stands_for_that_program_alone(
    tried: Task, owner: User, make_user: Callable[..., User]
) -> None:
    def program(name: str) -> Who:
        key = ApiKey.objects.create(user=owner, name=name, role="manager", prefix="p", digest=name)
        return Who.of(User.objects.get(pk=owner.pk).within(key.role, key.pk))

    till, shop, manager = program("till"), program("shop"), Who.of(make_user("manager"))
    first, again = enqueue(tried, till, subject="fields"), enqueue(tried, till, subject="fields")
    other, theirs = enqueue(tried, shop, subject="fields"), enqueue(tried, manager, subject="fields")
    assert first == again
    assert len({first.pk, other.pk, theirs.pk}) == 3, "with the key a job goes, and what others asked for must not"
    assert enqueue(tried, shop, subject="fields") == other
    assert enqueue(tried, manager, subject="fields") == theirs
    ApiKey.objects.filter(name="till").update(revoked=timezone.now())
    drain()
    assert {job.pk: job.state for job in Job.objects.all()} == {
        first.pk: State.FAILED,
        other.pk: State.DONE,
        theirs.pk: State.DONE,
    }


def test_upkeep_is_done_though_the_key_that_asked_is_revoked(owner: User) -> None:
    found: list[Who] = []
    _tasks.pop(KEPT, None)
    upkeep = job(KEPT, upkeep=True)(lambda progress: found.append(progress.who))
    key = ApiKey.objects.create(user=owner, name="till", role="manager", prefix="p", digest="d")
    asked = enqueue(upkeep, Who.of(User.objects.get(pk=owner.pk).within(key.role, key.pk)), subject="kept")
    assert enqueue(upkeep, Who.of(owner), subject="kept") == asked, "one that waits is enough for all"
    ApiKey.objects.update(revoked=timezone.now())
    User.objects.filter(pk=owner.pk).update(is_active=False)
    drain()
    asked.refresh_from_db()
    assert (asked.state, asked.asked_by, found) == (State.DONE, owner, [SYSTEM])


def test_upkeep_that_runs_does_not_stand_for_what_is_asked_since(owner: User) -> None:
    _tasks.pop(KEPT, None)
    upkeep = job(KEPT, upkeep=True)(lambda progress: progress.pause())
    runs = enqueue(upkeep, Who.of(owner), subject="kept")
    Job.objects.filter(pk=runs.pk).update(state=State.RUNNING)
    following = enqueue(upkeep, Who.of(owner), subject="kept")
    assert following != runs, "it does not see what came after its beginning"
    assert enqueue(upkeep, SYSTEM, subject="kept") == following


@pytest.mark.parametrize("name", ["records.index_fields", "crm.apply_rules", "people.find_duplicates"])
def test_what_programs_ask_for_of_the_installation_is_upkeep(name: str) -> None:
    assert find(name).upkeep
