from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.web.jobs.kinds import fails, note, refuses
from tragt.web.accounts.models import User
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job, State, Worker
from tragt.web.jobs.worker import drain
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

pytestmark = pytest.mark.django_db


def test_list_many_jobs_costs_as_many_queries_as_few(
    owner: User, owner_client: Client, tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    file = str(tmp_path / "f")
    for number in range(30):
        enqueue(note, (Who.of(owner), SYSTEM, COMMAND_LINE)[number % 3], title=f"deals {number}.csv", file=file)
    with django_assert_max_num_queries(9):
        page = owner_client.get("/jobs/").content.decode()
    assert page.count("<tr>") == 31
    assert "No worker is running" in page
    assert "Command line" in page
    for number in range(60):
        enqueue(note, SYSTEM, title=f"contacts {number}.csv", file=file)
    Worker.objects.create(pk="w")
    with django_assert_max_num_queries(9):
        page = owner_client.get("/jobs/?page=2").content.decode()
    assert page.count("<tr>") == 41
    assert "No worker is running" not in page


def test_list_kinds_show_what_they_say(owner_client: Client, tmp_path: Path) -> None:
    enqueue(refuses, SYSTEM, title="few.csv")
    enqueue(fails, SYSTEM, title="again.csv")
    enqueue(note, SYSTEM, title="tidy", subject="schedule:test.note", file=str(tmp_path / "f"))
    drain()
    pages = {kind: owner_client.get(f"/jobs/?kind={kind}").content.decode() for kind in ("", "failed", "unfinished")}
    assert "There are 3 rows; 10 are needed." in pages["failed"]
    assert "again.csv" not in pages["failed"]
    assert "few.csv" not in pages["unfinished"]
    assert "under the reference" in pages["unfinished"]
    assert "tidy" not in pages[""]
    assert "tidy" in owner_client.get("/jobs/?kind=schedule").content.decode()


def test_progress_of_a_running_job_asks_again_and_of_a_finished_one_reloads(
    owner_client: Client, tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = enqueue(note, SYSTEM, file=str(tmp_path / "f"))
    address = reverse("jobs:progress", args=[job.pk])
    assert "Waiting for its turn" in owner_client.get(address).content.decode()
    Job.objects.update(state=State.RUNNING, done=1234, total=5000, text="Counting")
    with django_assert_max_num_queries(6):
        running = owner_client.get(address)
    text = running.content.decode()
    assert "1,234 of 5,000" in text
    assert 'max="5000" value="1234"' in text
    assert f'hx-get="{address}" hx-trigger="every 1s"' in text
    assert "HX-Refresh" not in running
    Job.objects.update(state=State.DONE)
    done = owner_client.get(address)
    assert done["HX-Refresh"] == "true"
    assert "hx-get" not in done.content.decode()


def test_progress_is_for_those_who_asked_or_see_jobs(
    make_user: Callable[..., User], client_of: Callable[[User], Client], tmp_path: Path
) -> None:
    seller, viewer = make_user("seller"), make_user("viewer")
    job = enqueue(note, Who.of(seller), file=str(tmp_path / "f"))
    address = reverse("jobs:progress", args=[job.pk])
    assert client_of(seller).get(address).status_code == 200
    assert client_of(viewer).get(address).status_code == 403
    assert client_of(seller).get("/jobs/").status_code == 403
    assert client_of(seller).get(reverse("jobs:detail", args=[job.pk])).status_code == 403
    assert client_of(seller).post(reverse("jobs:cancel", args=[job.pk])).status_code == 403
    assert Client().get(address).status_code == 302


def test_cancel_button_cancels_and_says_so(owner_client: Client, tmp_path: Path) -> None:
    job = enqueue(note, SYSTEM, title="deals.csv", file=str(tmp_path / "f"))
    detail = reverse("jobs:detail", args=[job.pk])
    assert reverse("jobs:cancel", args=[job.pk]) in owner_client.get(detail).content.decode()
    answer = owner_client.post(reverse("jobs:cancel", args=[job.pk]), follow=True)
    assert answer.redirect_chain == [(detail, 302)]
    assert "The job is cancelled." in answer.content.decode()
    assert reverse("jobs:cancel", args=[job.pk]) not in answer.content.decode()
    running = enqueue(note, SYSTEM, file=str(tmp_path / "f"))
    Job.objects.filter(pk=running.pk).update(state=State.RUNNING)
    answer = owner_client.post(reverse("jobs:cancel", args=[running.pk]), {"from": "list"}, follow=True)
    assert answer.redirect_chain == [("/jobs/", 302)]
    assert "The job ends as soon as it can." in answer.content.decode()


def test_detail_absent_job_is_not_found(owner_client: Client) -> None:
    assert owner_client.get("/jobs/99/").status_code == 404
