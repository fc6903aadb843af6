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
from tragt.web.jobs.registry import Task, _tasks, job
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import Who, acting

pytestmark = pytest.mark.django_db

TRIED = "tests.tried_by_programs"


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
