"""From the board to the funnel over a pipeline: saved once, in step with the stages, left to whoever changed it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from tests.web.funnels.test_builder import form_of
from tests.web.people.conftest import START, Put, home, put
from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions.stages import edit_stage
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.crm.queries.funnels import funnel_of, targets_of
from tragt.web.funnels import pipelines
from tragt.web.funnels.actions import delete, save, undelete, versions
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.filling import draft_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.shell.acting import Who

__all__ = ["home", "put"]

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


def sent(client: Client, saved: SavedFunnel, **changes: Any) -> Any:
    """What the builder answers to the fields of a funnel, some of them changed."""
    draft = replace(draft_of(saved.funnel, saved.name, Asked.of(saved)), **changes)
    kind = "application/x-www-form-urlencoded"
    return client.post(f"/funnels/{saved.pk}/edit/", form_of(draft).urlencode(), kind, follow=True)


def test_funnel_follows_its_pipeline_though_its_name_its_time_limit_and_its_period_are_changed(
    pipeline: Pipeline, owner: User, owner_client: Client
) -> None:
    first = opened(owner_client, pipeline)
    assert "follows the stages of “Sales”" in owner_client.get(f"/funnels/{first.pk}/edit/").content.decode()
    sent(owner_client, first, name="How we sell", scale="days", amount="90", period="last_90")
    kept = SavedFunnel.objects.get()
    assert (kept.name, kept.pipeline, kept.funnel.window) == ("How we sell", pipeline, timedelta(days=90))
    edit_stage(pipeline.stages.all()[0].pk, {"name": "Wants", "target": 50}, who=Who.of(owner))
    again = opened(owner_client, pipeline)
    assert (again.pk, again.name, again.period, again.funnel.window) == (
        first.pk,
        "How we sell",
        kept.period,
        timedelta(days=90),
    )
    assert [step.title for step in again.funnel.steps] == ["Wants", "Offer", "Deal Won"]
    assert again.targets == {"Offer": 0.5}


def test_funnel_whose_steps_somebody_changed_is_theirs_and_another_follows(
    pipeline: Pipeline, owner: User, owner_client: Client
) -> None:
    first = opened(owner_client, pipeline)
    steps = first.funnel.steps
    row = save(Who.of(owner), replace(first.funnel, steps=(steps[1], steps[2])), "Mine", saved=first)
    assert (row.pipeline, row.targets) == (None, {"Offer": 0.4})
    second = opened(owner_client, pipeline)
    assert second.pk != first.pk
    assert SavedFunnel.objects.get(pk=first.pk).name == "Mine"


def test_funnel_that_is_brought_back_follows_no_pipeline_that_another_one_follows_by_now(
    pipeline: Pipeline, owner: User, owner_client: Client
) -> None:
    first = opened(owner_client, pipeline)
    delete(Who.of(owner), first)
    assert undelete(Who.of(owner), first.pk).pipeline == pipeline
    delete(Who.of(owner), first)
    second = opened(owner_client, pipeline)
    assert undelete(Who.of(owner), first.pk).pipeline is None
    assert opened(owner_client, pipeline).pk == second.pk != first.pk


def test_builder_says_that_a_funnel_with_other_steps_follows_its_pipeline_no_longer(
    pipeline: Pipeline, owner_client: Client
) -> None:
    first = opened(owner_client, pipeline)
    answer = sent(owner_client, first, unit="company")
    assert "It follows the stages of “Sales” no longer." in answer.content.decode()
    assert SavedFunnel.objects.get().pipeline is None


def test_targets_of_the_stages_stand_beside_what_came_of_them(
    pipeline: Pipeline,
    owner_client: Client,
    home: Path,  # noqa: ARG001
    put: Put,
) -> None:
    own = {"pipeline": "Sales"}
    put(
        [
            ("Deal Stage Entered", None, START + timedelta(hours=deal), {**own, "to": "Need"}, {"deal": f"d{deal}"})
            for deal in range(4)
        ]
        + [("Deal Stage Entered", None, START + timedelta(days=1), {**own, "to": "Offer"}, {"deal": "d1"})]
    )
    saved = opened(owner_client, pipeline)
    page = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page)
    assert heads[heads.index("Target") - 1].startswith("From previous")
    assert re.findall(r'<td data-label="Target">([^<]+)</td>', page) == ["–", "40\N{NARROW NO-BREAK SPACE}%", "–"]
    assert f'<a href="/pipeline/{pipeline.pk}/">Sales</a>' in page


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


def test_funnel_over_a_pipeline_keeps_the_name_that_somebody_gave_it_meanwhile(
    pipeline: Pipeline, owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(owner_client, pipeline)
    edit_stage(pipeline.stages.all()[0].pk, {"name": "Wants"}, who=Who.of(owner))

    def hold(model: type[Model], _key: object) -> None:
        if model is SavedFunnel:
            SavedFunnel.objects.filter(pk=first.pk).update(name="How we sell", period="last_90")

    monkeypatch.setattr(pipelines, "hold", hold)
    monkeypatch.setattr(versions, "hold", hold)
    again = opened(owner_client, pipeline)
    assert (again.pk, again.name, again.period) == (first.pk, "How we sell", "last_90")
