"""From the board to the funnel over a pipeline: saved once, in step with the stages, left to whoever changed it."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions.stages import edit_stage
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.crm.queries.funnels import funnel_of, targets_of
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipeline(organisation: object) -> Pipeline:  # noqa: ARG001
    """Two stages, of which the first says what share should go on."""
    made = Pipeline.objects.create(name="Sales")
    Stage.objects.create(pipeline=made, name="Need", position=0, target=40)
    Stage.objects.create(pipeline=made, name="Offer", position=1)
    return made


def opened(client: Client, pipeline: Pipeline) -> SavedFunnel:
    answer = client.post(f"/funnels/pipelines/{pipeline.pk}/")
    assert answer.status_code == 302
    return SavedFunnel.objects.get(pk=int(answer.headers["Location"].split("/")[-2]))


def test_funnel_over_a_pipeline_is_saved_once_and_follows_its_stages(
    pipeline: Pipeline, owner: User, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    viewer = client_of(make_user(Role.VIEWER))
    first = opened(viewer, pipeline)
    assert (first.name, first.owner, first.funnel) == ("Sales", None, funnel_of(pipeline))
    assert opened(viewer, pipeline).pk == first.pk
    edit_stage(pipeline.stages.all()[0].pk, {"name": "Wants"}, who=Who.of(owner))
    again = opened(viewer, pipeline)
    assert again.pk == first.pk
    assert [step.title for step in again.funnel.steps] == ["Wants", "Offer", "Deal Won"]
    assert again.funnel == funnel_of(pipeline)


def test_funnel_that_somebody_changed_is_theirs_and_another_follows(
    pipeline: Pipeline, owner: User, owner_client: Client
) -> None:
    first = opened(owner_client, pipeline)
    save(Who.of(owner), first.funnel, "Mine", saved=first)
    second = opened(owner_client, pipeline)
    assert second.pk != first.pk
    assert SavedFunnel.objects.get(pk=first.pk).name == "Mine"


def test_targets_lead_to_the_step_after_the_stage_that_has_them(pipeline: Pipeline) -> None:
    assert targets_of(pipeline) == {"Offer": 0.4}
    Stage.objects.filter(name="Offer").update(target=25)
    assert targets_of(pipeline) == {"Offer": 0.4, funnel_of(pipeline).steps[-1].title: 0.25}


def test_pipeline_that_is_none_or_has_no_stage_has_no_funnel(owner_client: Client, pipeline: Pipeline) -> None:
    empty = Pipeline.objects.create(name="Empty", position=1)
    for key in (empty.pk, empty.pk + 9):
        assert owner_client.post(f"/funnels/pipelines/{key}/").status_code == 404
    assert not SavedFunnel.objects.exists()
    assert pipeline.pk


def test_board_leads_to_the_funnel(owner_client: Client, pipeline: Pipeline) -> None:
    page = owner_client.get(f"/pipeline/{pipeline.pk}/").content.decode()
    assert f'action="/funnels/pipelines/{pipeline.pk}/"' in page
