"""Pipelines, stages, the lifecycle, reasons and products through the REST API."""

from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.calling import ROOT, answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Role, Team, User
from tragt.web.crm.models import LostReason, Pipeline, Product, Stage
from tragt.web.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(program_of: Callable[..., Client], owner: User) -> Client:
    """A program of the owner."""
    return program_of(owner)


def test_pipeline_is_made_from_a_template_changed_and_put_in_order(program: Client) -> None:
    templates = answered(program.get(f"{ROOT}/pipelines/templates"))["items"]
    assert {"b2b", "renewal"} <= {one["code"] for one in templates}
    first, second = (
        answered(send(program, "POST", "/pipelines", {"template": code}), 201) for code in ("b2b", "renewal")
    )
    stages = [one["name"] for one in next(one for one in templates if one["code"] == "b2b")["stages"]]
    assert [one["name"] for one in first["stages"]] == stages
    path = f"/pipelines/{first['id']}"
    tag = program.get(ROOT + path).headers["ETag"]
    body = {"name": "Nordic", "renewal": second["id"], "renewal_months": 24}
    changed = send(program, "PATCH", path, body, **{"If-Match": tag})
    assert (answered(changed)["name"], changed.json()["renewal"], changed.json()["version"]) == (
        "Nordic",
        second["id"],
        2,
    )
    assert (
        answered(send(program, "PATCH", path, {"name": "Late"}, **{"If-Match": tag}), 412)["code"]
        == "crm.pipeline_changed"
    )
    answered(send(program, "POST", f"/pipelines/{second['id']}/shift", {"by": -1}), 204)
    assert [one["id"] for one in answered(program.get(f"{ROOT}/pipelines"))["items"]] == [second["id"], first["id"]]
    versions = answered(program.get(f"{ROOT}{path}/versions"))["items"]
    assert [(one["number"], one["name"]) for one in versions] == [(2, "Nordic"), (1, first["name"])]
    assert answered(send(program, "POST", "/pipelines", {"template": "none"}), 404)["code"] == "crm.no_blueprint"


def test_stages_are_added_ordered_removed_and_brought_back(
    program: Client, pipeline: Pipeline, stages: dict[str, Stage], make_deal: OpenDeal
) -> None:
    team, path = Team.objects.create(name="North"), f"/pipelines/{pipeline.pk}"
    body = {"name": "Demo", "probability": 30, "level": "mofu", "team": team.pk, "required": ["value"], "place": 1}
    made = send(program, "POST", f"{path}/stages", body)
    added = answered(made, 201)
    assert (added["name"], added["team"], made.headers["ETag"].partition(".")[0]) == ("Demo", team.pk, '"2')
    names = [one["name"] for one in answered(program.get(ROOT + path))["stages"]]
    assert names == ["Contact", "Demo", "Need", "Offer", "Close"]
    keys = [one["id"] for one in answered(program.get(ROOT + path))["stages"]][::-1]
    assert answered(send(program, "PUT", f"{path}/order", {"stages": keys}))["stages"][0]["name"] == "Close"
    assert answered(send(program, "PUT", f"{path}/order", {"stages": keys[1:]}), 422)["code"] == "crm.stage_order"
    make_deal("Need")
    need = f"/stages/{stages['Need'].pk}"
    assert answered(program.get(f"{ROOT}{path}/numbers"))["items"][2] == {"stage": stages["Need"].pk, "number": 1}
    assert answered(send(program, "DELETE", need), 422)["code"] == "crm.stage_in_use"
    tag = program.get(ROOT + need).headers["ETag"]
    gone = send(program, "DELETE", f"{need}?to={stages['Close'].pk}", **{"If-Match": tag})
    assert answered(gone)["removed"] is not None
    answered(
        send(
            program, "PATCH", need.replace(str(stages["Need"].pk), str(added["id"])), {"name": "X"}, **{"If-Match": tag}
        ),
        412,
    )
    removed = answered(program.get(f"{ROOT}/stages", {"removed": "true", "pipeline": str(pipeline.pk)}))["items"]
    assert [one["name"] for one in removed] == ["Need"]
    answered(send(program, "POST", f"{need}/bring-back"))
    assert answered(program.get(ROOT + path))["stages"][-1]["name"] == "Need"
    changed = answered(send(program, "PATCH", need, {"name": "Wish", "target": 50}))
    assert (changed["name"], changed["target"]) == ("Wish", 50)


def test_pipeline_with_open_deals_is_not_archived(program: Client, pipeline: Pipeline, make_deal: OpenDeal) -> None:
    deal, path = make_deal(), f"/pipelines/{pipeline.pk}"
    assert answered(send(program, "POST", f"{path}/archive"), 422)["code"] == "crm.pipeline_in_use"
    send(program, "POST", f"/deals/{deal.pk}/win", {})
    assert answered(send(program, "POST", f"{path}/archive"))["archived"] is not None
    assert answered(program.get(f"{ROOT}/pipelines"))["items"] == []
    assert len(answered(program.get(f"{ROOT}/pipelines", {"archived": "true"}))["items"]) == 1
    assert answered(program.get(f"{ROOT}{path}/board"), 404)["code"] == "crm.no_pipeline"
    assert answered(send(program, "POST", f"{path}/bring-back"))["archived"] is None


def test_person_is_led_through_the_lifecycle_with_marks(program: Client, ada: Person) -> None:
    path = f"/persons/{ada.pk}/standing"
    assert answered(send(program, "PUT", f"{path}/marks/mql"), 422)["code"] == "crm.no_lifecycle"
    assert answered(program.get(f"{ROOT}/lifecycle"), 404)["code"] == "crm.no_lifecycle"
    answered(send(program, "POST", "/pipelines", {"template": "aida"}), 201)
    first, second = answered(program.get(f"{ROOT}/lifecycle"))["stages"][:2]
    assert answered(program.get(ROOT + path)) == {
        "person": ada.pk,
        "stage": None,
        "since": None,
        "mql": None,
        "sql": None,
        "rotting": False,
    }
    marked = answered(send(program, "PUT", f"{path}/marks/mql"))
    assert marked["stage"] == first["id"]
    assert marked["mql"] is not None
    moved = answered(send(program, "PUT", path, {"stage": second["id"]}))
    assert moved["stage"] == second["id"]
    assert answered(send(program, "DELETE", f"{path}/marks/mql"))["mql"] is None
    answered(send(program, "PUT", f"{path}/marks/vip"), 422)
    passages = answered(program.get(f"{ROOT}{path}/passages"))["items"]
    last = passages[0]
    assert (last["stage_name"], last["mark"], last["taken"]) == (second["name"], "mql", True)
    standings = f"{ROOT}/lifecycle/standings"
    assert [one["person"] for one in answered(program.get(standings, {"stage": second["id"]}))["items"]] == [ada.pk]
    assert answered(program.get(standings, {"mark": "mql"}))["items"] == []


def test_reasons_are_added_renamed_ordered_and_archived(program: Client, reason: LostReason) -> None:
    made = answered(send(program, "POST", "/reasons", {"name": "No budget"}), 201)
    answered(send(program, "POST", f"/reasons/{made['id']}/shift", {"by": -1}), 204)
    assert answered(send(program, "PATCH", f"/reasons/{made['id']}", {"name": "No money"}))["name"] == "No money"
    assert answered(send(program, "POST", "/reasons", {"name": "no money"}), 422)["errors"][0]["field"] == "name"
    names = [one["name"] for one in answered(program.get(f"{ROOT}/reasons"))["items"]]
    assert names == ["No money", "Too dear"]
    assert answered(send(program, "POST", f"/reasons/{reason.pk}/archive"))["archived"] is not None
    assert [one["id"] for one in answered(program.get(f"{ROOT}/reasons", {"archived": "true"}))["items"]] == [reason.pk]
    assert answered(send(program, "POST", f"/reasons/{reason.pk}/bring-back"))["archived"] is None


def test_products_are_added_and_changed_only_as_they_were_read(program: Client) -> None:
    prices = [{"currency": "DKK", "price": 900}, {"currency": "EUR", "price": 120}]
    made = answered(send(program, "POST", "/products", {"name": "Lamp", "code": "L1", "prices": prices}), 201)
    assert (made["currency"], made["prices"]) == ("DKK", prices)
    path = f"/products/{made['id']}"
    tag = program.get(ROOT + path).headers["ETag"]
    changed = send(program, "PATCH", path, {"family": "Light"}, **{"If-Match": tag})
    assert (answered(changed)["family"], changed.json()["prices"], changed.json()["code"]) == ("Light", prices, "L1")
    answered(send(program, "PATCH", path, {"name": "Candle"}, **{"If-Match": tag}), 412)
    answered(send(program, "PATCH", path, {"prices": [prices[0], prices[0]]}), 422)
    assert answered(send(program, "POST", f"{path}/archive", **{"If-Match": changed.headers["ETag"]}))["archived"]
    assert answered(program.get(f"{ROOT}/products"))["items"] == []
    assert len(answered(program.get(f"{ROOT}/products", {"archived": "true"}))["items"]) == 1
    assert answered(send(program, "POST", f"{path}/bring-back"))["archived"] is None


def test_lists_go_on_where_they_ended_and_ask_the_same_however_long(program: Client, pipeline: Pipeline) -> None:
    def asked() -> list[int]:
        return [queries(partial(program.get, f"{ROOT}{path}")) for path in ("/products", "/pipelines", "/stages")]

    Product.objects.create(name="Lamp 0", currency="DKK")
    asked()
    few = asked()
    Product.objects.bulk_create(Product(name=f"Lamp {number}", currency="DKK") for number in range(1, 7))
    Stage.objects.bulk_create(Stage(pipeline=pipeline, name=f"S{number}", position=number) for number in range(5))
    other = Pipeline.objects.create(name="Other")
    Stage.objects.create(pipeline=other, name="One", position=0)
    assert asked() == few
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        told = answered(program.get(f"{ROOT}/products", {"limit": "3", **cursor}))
        names += [one["name"] for one in told["items"]]
        if told["next"] is None:
            break
        cursor = {"cursor": told["next"]}
    assert names == [f"Lamp {number}" for number in range(7)]


def test_manager_s_work_is_refused_to_a_seller(
    program_of: Callable[..., Client], make_user: Callable[..., User], pipeline: Pipeline
) -> None:
    program = program_of(make_user(Role.SELLER))
    answered(program.get(f"{ROOT}/pipelines/{pipeline.pk}"))
    for method, path, body in (
        ("PATCH", f"/pipelines/{pipeline.pk}", {"name": "Mine"}),
        ("POST", f"/pipelines/{pipeline.pk}/stages", {"name": "Mine"}),
        ("POST", f"/pipelines/{pipeline.pk}/archive", None),
        ("GET", f"/pipelines/{pipeline.pk}/numbers", None),
        ("GET", "/pipelines/templates", None),
        ("POST", "/products", {"name": "Lamp"}),
        ("POST", "/reasons", {"name": "No"}),
    ):
        answered(send(program, method, path, body), 403)
