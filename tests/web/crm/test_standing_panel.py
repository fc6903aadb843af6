"""What the page of a person says of the lifecycle: what to do in the stage, who stands still, how they came there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.crm.actions.lifecycle import enter_stage, set_mark, take_mark
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.models import How, Stage, Standing
from tragt.web.people.models import Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture
def stages() -> list[Stage]:
    Stage.objects.filter(pipeline=make_pipeline("five", who=COMMAND_LINE)).update(mark="")
    return list(Stage.objects.all())


@pytest.fixture
def ida() -> Person:
    one = Person.objects.create(name="Ida Lund")
    Identifier.objects.create(actor="u:ida", person=one)
    return one


def page(client: Client, person: Person) -> str:
    shown = client.get(f"/people/{person.pk}/").content.decode()
    return shown[shown.index('id="h-standing"') :].split("</section>")[0]


def test_page_shows_what_to_do_in_the_stage(owner_client: Client, ida: Person, stages: list[Stage]) -> None:
    Stage.objects.filter(pk=stages[1].pk).update(playbook="Ring <b>twice</b>.", criteria="Opened a mail.")
    enter_stage(ida.pk, stages[1].pk, who=COMMAND_LINE)
    shown = page(owner_client, ida)
    assert f"What to do in {stages[1].name}" in shown
    assert "Ring &lt;b&gt;twice&lt;/b&gt;." in shown
    assert "Opened a mail." in shown


@pytest.mark.parametrize(("days", "said"), [(31, True), (29, False)])
def test_page_says_who_is_in_a_stage_for_too_long(
    owner_client: Client, ida: Person, stages: list[Stage], days: int, said: bool
) -> None:
    Stage.objects.filter(pk=stages[1].pk).update(rotting_days=30)
    Standing.objects.create(person=ida, stage=stages[1], since=timezone.now() - timedelta(days=days))
    assert (f"{days} days in this stage (limit: 30)" in page(owner_client, ida)) == said


def test_page_lists_each_passage_with_who_when_and_how(
    owner_client: Client, owner: User, ida: Person, stages: list[Stage]
) -> None:
    who = Who.of(owner)
    enter_stage(ida.pk, stages[0].pk, who=COMMAND_LINE, how=How.IMPORT)
    enter_stage(ida.pk, stages[1].pk, who=COMMAND_LINE, how=How.RULE)
    enter_stage(ida.pk, stages[2].pk, who=who)
    set_mark(ida.pk, "sql", who=who)
    take_mark(ida.pk, "sql", who=who)
    lines = page(owner_client, ida).split("How the person came there")[1].split("<li>")[1:]
    assert ["SQL taken away" in lines[0], "Marked as SQL" in lines[1]] == [True, True]
    assert all(f"By hand · {owner.name}" in line for line in lines[:3])
    assert f"{stages[1].name} →</span> <b>{stages[2].name}</b>" in lines[2]
    assert "By a rule" in lines[3]
    assert "From a file" in lines[4]
    assert "→" not in lines[4]
