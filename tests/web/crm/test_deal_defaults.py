"""What the firm says of a market begins new deals, and fits the templates of pipelines."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tragt.web.crm.actions.markets import describe_market
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.blueprints import blueprint, fitted
from tragt.web.crm.models import Level, MarketProfile, Pipeline, Stage
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db


def given(client: Client, query: str = "") -> tuple[object, object]:
    """The value and the day that the form of a new deal begins with."""
    form = client.get(f"/deals/new/{query}").context["form"]
    return form["value"].value(), form["expected"].value()


def test_new_deal_begins_with_what_is_typical_of_its_market(
    pipeline: Pipeline, stages: dict[str, Stage], ada: Person, owner_client: Client
) -> None:
    describe_market("mid", {"deal_size": 1250_50, "cycle_days": 30}, who=COMMAND_LINE)
    describe_market("enterprise", {"cycle_days": 200}, who=COMMAND_LINE)
    assert given(owner_client) == (None, None)
    Pipeline.objects.filter(pk=pipeline.pk).update(market="mid")
    today = timezone.localdate()
    assert given(owner_client, f"?stage={stages['Need'].pk}") == ("1250.50", str(today + timedelta(days=30)))
    Company.objects.update(market="enterprise")
    assert given(owner_client, f"?company={ada.company_id}") == (None, str(today + timedelta(days=200)))
    assert "As is typical of this market." in owner_client.get("/deals/new/").content.decode()


def test_template_of_a_pipeline_lasts_as_long_as_the_firm_sells_and_asks_as_many_as_decide(
    owner_client: Client,
) -> None:
    plan = blueprint("enterprise")
    before = [one.rotting_days or 0 for one in plan.stages]
    describe_market("enterprise", {"cycle_days": 2 * sum(before), "deciders": 1}, who=COMMAND_LINE)
    page = owner_client.get("/settings/pipelines/new/enterprise/").content.decode()
    assert f"{2 * before[0]} days" in page
    assert "fit your market" in page
    made = list(make_pipeline("enterprise", who=COMMAND_LINE).stages.all())
    assert [one.rotting_days for one in made] == [2 * days for days in before]
    assert not any("decider" in one.required for one in made if one.level == Level.BOTTOM)
    others = make_pipeline("mid", who=COMMAND_LINE).stages.all()
    assert [one.rotting_days for one in others] == [one.rotting_days for one in blueprint("mid").stages]


@pytest.mark.parametrize("cycle_days", [1, 32_767])
def test_template_fits_any_market(cycle_days: int) -> None:
    plan = blueprint("small")
    profile = MarketProfile(market="small", cycle_days=cycle_days, deciders=3)
    stages = fitted(plan, profile).stages
    assert all(1 <= (one.rotting_days or 1) <= 32_767 for one in stages)
    assert all("decider" in one.required for one in stages if one.level == Level.BOTTOM)
    assert fitted(plan, None) is plan
    assert fitted(plan, MarketProfile(market="small")) is plan
