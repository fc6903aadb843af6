"""The settings of pipelines, lifecycle, reasons and products, as a manager uses them without scripts."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.funnel import AllOf, AnyOf, Compare
from tragt.funnel.condition import Condition
from tragt.web.accounts.models import Role, Team, User
from tragt.web.crm.actions.lifecycle import enter_stage
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.actions.products import Offering, add_product
from tragt.web.crm.actions.stages import edit_stage
from tragt.web.crm.forms.rules import RuleFields, comparisons
from tragt.web.crm.models import LostReason, Pipeline, Product, Stage
from tragt.web.crm.queries import lifecycle, lost_reasons, pipelines, stages_of
from tragt.web.crm.rules import Rule, rule_of
from tragt.web.people.models import Person
from tragt.web.records.models import Field
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

Stages = dict[str, Stage]
PAGES = ("/settings/pipelines/", "/settings/lifecycle/", "/settings/reasons/", "/settings/products/")


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def fields_of(stage: Stage, **changes: object) -> dict[str, object]:
    """What the fields of a stage send as they stand, with changes."""
    said = {name: getattr(stage, name) for name in ("name", "level", "probability", "target", "rotting_days", "mark")}
    said |= {"criteria": stage.criteria, "playbook": stage.playbook, "required": stage.required}
    said |= {"enters_on": "\n".join(stage.enters_on)} | changes
    return {f"stage-{stage.pk}-{name}": "" if value is None else value for name, value in said.items()}


@pytest.mark.parametrize("address", PAGES)
def test_settings_are_for_those_who_may_change_pipelines(
    address: str, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    assert client_of(make_user(Role.MANAGER)).get(address).status_code == 200
    assert client_of(make_user(Role.SELLER)).get(address).status_code == 403


def test_first_use_offers_templates_and_makes_a_pipeline_in_the_makers_language(owner_client: Client) -> None:
    assert "/settings/pipelines/new/b2b/" in text(owner_client, "/settings/pipelines/")
    assert "Procurement" in text(owner_client, "/settings/pipelines/new/enterprise/")
    text(owner_client, "/settings/pipelines/new/none/", 404)
    answer = owner_client.post("/settings/pipelines/new/b2b/", {"name": "Our sales"})
    (made,) = pipelines()
    assert answer["Location"] == f"/settings/pipelines/{made.pk}/"
    assert made.name == "Our sales"
    assert "Our sales" in text(owner_client, "/settings/pipelines/")
    assert owner_client.post("/settings/pipelines/new/b2b/", {"name": "Our sales"}).status_code == 422


def test_pages_take_as_many_queries_however_much_there_is(
    owner_client: Client, pipeline: Pipeline, make_deal: OpenDeal
) -> None:
    addresses = (*PAGES, f"/settings/pipelines/{pipeline.pk}/")
    make_pipeline("five", who=COMMAND_LINE)
    add_product(Offering("Lamp"), who=COMMAND_LINE, currency="DKK")
    make_deal("Need")
    for address in addresses:
        text(owner_client, address)
    before = {address: queries(partial(owner_client.get, address)) for address in addresses}
    for place in range(4, 7):
        Stage.objects.create(pipeline=pipeline, name=str(place), position=place)
        make_deal("Contact")
        LostReason.objects.create(name=str(place))
        add_product(Offering(str(place)), who=COMMAND_LINE, currency="DKK")
        make_pipeline("mid", who=COMMAND_LINE)
    after = {address: queries(partial(owner_client.get, address)) for address in addresses}
    assert after == before


def test_stage_is_changed_and_what_was_wrong_stands_at_its_field(
    owner_client: Client, pipeline: Pipeline, stages: Stages
) -> None:
    team = Team.objects.create(name="North")
    Field.objects.create(kind="deal", code="budget", title="Budget line")
    stage, address = stages["Need"], f"/settings/pipelines/stages/{stages['Need'].pk}/"
    assert "Budget line" in text(owner_client, f"/settings/pipelines/{pipeline.pk}/?open={stage.pk}")
    changes = {"name": "Wish", "probability": 35, "required": ["value", "custom.budget"], "team": team.pk}
    answer = owner_client.post(address, {"do": "save", "version": 1, **fields_of(stage, **changes)})
    assert answer["Location"] == f"/settings/pipelines/{pipeline.pk}/#stage-{stage.pk}"
    stage.refresh_from_db()
    assert (stage.name, stage.probability, stage.required, stage.team) == (
        "Wish",
        35,
        ["value", "custom.budget"],
        team,
    )
    answer = owner_client.post(address, {"do": "save", **fields_of(stage, name="Close")})
    assert answer.status_code == 422
    assert "There is a stage “Close” already" in answer.content.decode()
    owner_client.post(address, {"do": "save", "version": 1, **fields_of(stage, name="Late")})
    stage.refresh_from_db()
    assert stage.name == "Wish"


def test_stages_are_added_ordered_removed_and_brought_back_by_buttons(
    owner_client: Client, pipeline: Pipeline, stages: Stages, make_deal: OpenDeal
) -> None:
    deal = make_deal("Need")

    def press(name: str, do: str, **given: object) -> None:
        key = Stage.objects.get(name=name).pk
        assert owner_client.post(f"/settings/pipelines/stages/{key}/", {"do": do, **given}).status_code == 302

    answer = owner_client.post(f"/settings/pipelines/{pipeline.pk}/stages/", {"new-name": "Sign"})
    assert f"?open={Stage.objects.get(name='Sign').pk}#" in answer["Location"]
    assert owner_client.post(f"/settings/pipelines/{pipeline.pk}/stages/", {"new-name": "Sign"}).status_code == 422
    press("Sign", "up")
    press("Need", "remove")
    assert "Move its 1 deal to" in text(owner_client, f"/settings/pipelines/{pipeline.pk}/")
    press("Need", "remove", to=stages["Offer"].pk)
    assert list(stages_of(pipeline).values_list("name", flat=True)) == ["Contact", "Offer", "Sign", "Close"]
    deal.refresh_from_db()
    assert deal.stage == stages["Offer"]
    assert "Removed stages" in text(owner_client, f"/settings/pipelines/{pipeline.pk}/")
    press("Need", "back")
    assert stages_of(pipeline).count() == 5


def test_pipeline_is_changed_ordered_archived_and_brought_back(
    owner_client: Client, pipeline: Pipeline, make_deal: OpenDeal
) -> None:
    renewal = make_pipeline("renewal", who=COMMAND_LINE)
    address = f"/settings/pipelines/{pipeline.pk}/"
    sent = {"name": "Big", "market": "enterprise", "renewal": renewal.pk, "renewal_months": 24, "version": 1}
    assert owner_client.post(address, sent).status_code == 302
    pipeline.refresh_from_db()
    assert (pipeline.name, pipeline.market, pipeline.renewal, pipeline.renewal_months) == (
        "Big",
        "enterprise",
        renewal,
        24,
    )
    assert owner_client.post(address, {**sent, "version": "", "renewal_months": 0}).status_code == 422
    owner_client.post(f"/settings/pipelines/{renewal.pk}/do/", {"do": "earlier"})
    assert [row.pk for row in pipelines()] == [renewal.pk, pipeline.pk]
    make_deal("Need")
    owner_client.post(f"{address}do/", {"do": "archive"})
    assert pipelines().count() == 2
    owner_client.post(f"/settings/pipelines/{renewal.pk}/do/", {"do": "archive"})
    assert [row.pk for row in pipelines()] == [pipeline.pk]
    assert "Bring back" in text(owner_client, "/settings/pipelines/")
    owner_client.post(f"/settings/pipelines/{renewal.pk}/do/", {"do": "back"})
    assert pipelines().count() == 2


def test_lifecycle_is_chosen_and_its_stage_gets_events_and_a_rule(owner_client: Client, ada: Person) -> None:
    assert "/settings/pipelines/new/aida/" in text(owner_client, "/settings/lifecycle/")
    assert owner_client.post("/settings/pipelines/new/aida/")["Location"] == "/settings/lifecycle/"
    made = lifecycle()
    assert made is not None
    stage = stages_of(made)[2]
    enter_stage(ada.pk, stage.pk, who=COMMAND_LINE)
    shown = text(owner_client, "/settings/lifecycle/")
    assert "Move its 1 person to" in shown
    assert "Meeting Booked" in shown
    rule = {"joined": "all", "property-0": "plan", "operator-0": "is", "value-0": "pro"}
    sent = {f"rule-{stage.pk}-{name}": value for name, value in rule.items()}
    address = f"/settings/pipelines/stages/{stage.pk}/"
    assert (
        owner_client.post(address, {"do": "save", **fields_of(stage, enters_on="A\n\n B "), **sent}).status_code == 302
    )
    stage.refresh_from_db()
    assert stage.enters_on == ["A", "B"]
    assert rule_of(stage.rule) == Rule(Compare("plan", "equals", "pro"))
    sent[f"rule-{stage.pk}-operator-0"] = "greater"
    answer = owner_client.post(address, {"do": "save", **fields_of(stage), **sent})
    assert answer.status_code == 422
    assert "Write a number." in answer.content.decode()


def test_rule_that_the_fields_cannot_show_stays_until_it_is_taken_away(owner_client: Client) -> None:
    stage = stages_of(make_pipeline("aida", who=COMMAND_LINE))[1]
    odd = Rule(AnyOf((AllOf((Compare("a"), Compare("b"))), Compare("c"))))
    edit_stage(stage.pk, {"rule": odd.as_json}, who=COMMAND_LINE)
    address = f"/settings/pipelines/stages/{stage.pk}/"
    assert "that these fields cannot show" in text(owner_client, "/settings/lifecycle/")
    stage.refresh_from_db()
    owner_client.post(address, {"do": "save", **fields_of(stage, name="Other")})
    stage.refresh_from_db()
    assert (stage.name, rule_of(stage.rule)) == ("Other", odd)
    owner_client.post(address, {"do": "save", "drop_rule": "on", **fields_of(stage)})
    stage.refresh_from_db()
    assert stage.rule == {}


def test_reasons_are_edited_where_they_stand(owner_client: Client, reason: LostReason) -> None:
    assert owner_client.post("/settings/reasons/", {"name": "No budget"}).status_code == 302
    assert owner_client.post("/settings/reasons/", {"name": "no budget"}).status_code == 422
    new = LostReason.objects.get(name="No budget")
    for sent in ({"do": "rename", "name": "Money"}, {"do": "up"}):
        owner_client.post(f"/settings/reasons/{new.pk}/", sent)
    assert [row.name for row in lost_reasons()] == ["Money", "Too dear"]
    owner_client.post(f"/settings/reasons/{reason.pk}/", {"do": "archive"})
    assert [row.name for row in lost_reasons()] == ["Money"]
    assert "Bring back" in text(owner_client, "/settings/reasons/")


def test_product_is_added_with_prices_as_the_language_writes_them(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    client = client_of(make_user(Role.MANAGER, language="da"))
    client.post("/language/", {"language": "da", "next": "/"})
    given = {"name": "Lampe", "price-0": "1.250,50", "currency-0": "dkk", "price-1": "900", "currency-1": "JPY"}
    assert client.post("/settings/products/new/", given).status_code == 302
    product = Product.objects.get()
    assert (product.price, product.currency, product.prices) == (125_050, "DKK", {"JPY": 900})
    address = f"/settings/products/{product.pk}/"
    assert 'value="1250,50"' in text(client, address)
    assert "1.250,50" in text(client, "/settings/products/")
    for wrong in ({"price-0": "1,250.505"}, {"currency-0": "D"}, {"currency-1": "DKK"}, {"name": ""}):
        assert client.post(address, {**given, **wrong}).status_code == 422
    client.post(f"{address}do/", {"do": "archive"})
    assert address not in text(client, "/settings/products/")
    assert address in text(client, "/settings/products/?archived=1")


ROWS = st.tuples(
    st.sampled_from(["plan", "size"]),
    st.sampled_from(["is", "is not", "contains", "greater", "less", "is_set"]),
    st.sampled_from(["a", "7", "7.5", "true", "False", "1,000"]),
)


@settings(max_examples=25)
@given(st.lists(ROWS, min_size=1, max_size=5, unique=True), st.sampled_from(["all", "any"]), st.booleans())
def test_rule_fields_property_show_what_was_filled_in(
    rows: list[tuple[str, str, str]], joined: str, backwards: bool
) -> None:
    sent: dict[str, str] = {"r-joined": joined, **({"r-backwards": "on"} if backwards else {})}
    for place, row in enumerate(rows):
        sent |= {f"r-{name}-{place}": value for name, value in zip(("property", "operator", "value"), row, strict=True)}
    form = RuleFields(sent, None, "r")
    if not form.is_valid():
        assert any(operator in ("greater", "less") for _, operator, _ in rows)
        return
    rule = form.rule
    assert rule is not None
    shown = comparisons(rule_of(rule.as_json) or rule)
    assert shown is not None
    assert [(row.property, row.operator) for row in shown] == [row[:2] for row in rows]
    again = {**sent} | {f"r-value-{place}": row.value for place, row in enumerate(shown)}
    second = RuleFields(again, rule, "r")
    assert second.is_valid()
    assert second.rule == rule


def _holds(condition: Condition, known: Mapping[str, object]) -> bool:
    return Rule(condition).holds(known)


@pytest.mark.parametrize("told", ["7", 7, 7.0])
def test_rule_field_that_is_a_number_means_the_text_too(told: object) -> None:
    sent = {"r-joined": "all", "r-property-0": "size", "r-operator-0": "is", "r-value-0": "7"}
    form = RuleFields(sent, None, "r")
    assert form.is_valid()
    assert form.rule is not None
    assert _holds(form.rule.when, {"size": told})
    sent["r-operator-0"] = "is not"
    form = RuleFields(sent, None, "r")
    assert form.is_valid()
    assert form.rule is not None
    assert not _holds(form.rule.when, {"size": told})
    assert _holds(form.rule.when, {"size": 8})
