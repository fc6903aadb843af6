"""Custom fields of deals: shown in words, filled in by their type, asked for when a deal is made or moved."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.crm.calling import ROOT, answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions.deals import edit_deal
from tragt.web.crm.actions.moving import win_deal
from tragt.web.crm.models import Deal, Pipeline, Stage
from tragt.web.records.models import Field
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

BY_SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def fields(db: None) -> dict[str, Field]:  # noqa: ARG001
    """One field of each type, by its code."""
    made = {
        code: Field.objects.create(kind="deal", code=code, title=f"The {code}", type=code, order=place)
        for place, code in enumerate(("text", "number", "date", "boolean", "user", "link"))
    }
    made["choice"] = Field.objects.create(
        kind="deal", code="choice", title="The choice", type="choice", choices=["Gold", "Silver"], order=9
    )
    return made


@pytest.fixture
def dane(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Client:
    return client_of(make_user(Role.SELLER, "dorte@example.org", "Dorte Dahl", language="da"))


def custom(deal: Deal) -> dict[str, object]:
    deal.refresh_from_db()
    return dict(deal.custom)


def test_fields_are_shown_by_title_in_words_and_retired_ones_are_not(
    make_deal: OpenDeal, fields: dict[str, Field], dane: Client, owner: User
) -> None:
    told = {"number": 1250.5, "date": "2030-05-01", "boolean": True, "user": owner.pk, "choice": "Gold", "old": "x<y"}
    deal = make_deal()
    Deal.objects.filter(pk=deal.pk).update(custom={**told, "link": "javascript:alert(1)"})
    page = dane.get(f"/deals/{deal.pk}/").content.decode()
    aside = page[page.index('id="h-known"') :]
    for expected in ("The number", "1.250,5", "1. maj 2030", ">Ja<", str(owner), "Gold", "The text"):
        assert expected in aside
    assert "x&lt;y" not in page
    assert 'href="javascript' not in page
    Field.objects.filter(pk=fields["number"].pk).update(retired="2026-01-01T00:00:00Z")
    assert "The number" not in dane.get(f"/deals/{deal.pk}/").content.decode()


@pytest.mark.parametrize(
    ("code", "typed", "expected"),
    [
        ("text", " Lamper <b>", ("Lamper <b>", "Lamper &lt;b&gt;")),
        ("number", "1.234,5", (1234.5, "1.234,5")),
        ("number", "1.250", (1250, "1.250")),
        ("date", "2030-05-01", ("2030-05-01", "1. maj 2030")),
        ("boolean", "false", (False, "Nej")),
        ("choice", "Silver", ("Silver", "Silver")),
        ("link", "https://x.example/a", ("https://x.example/a", 'href="https://x.example/a"')),
    ],
)
def test_field_is_edited_where_it_stands_as_its_type(
    make_deal: OpenDeal, fields: dict[str, Field], dane: Client, code: str, typed: str, expected: tuple[object, str]
) -> None:
    kept, shown = expected
    deal, name = make_deal(), f"f{fields[code].pk}"
    path = f"/deals/{deal.pk}/edit/{name}/"
    assert f'name="{name}"' in dane.get(path, headers=BY_SCRIPT).content.decode()
    answer = dane.post(path, {"was": "null", name: typed}, headers=BY_SCRIPT)
    assert answer.status_code == 200
    assert shown in answer.content.decode()
    assert custom(deal) == {code: kept}
    stale = dane.post(path, {"was": "null", name: ""})
    assert stale.status_code == 409
    assert custom(deal) == {code: kept}


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("number", "12a"),
        ("number", "1250.5"),
        ("date", "i morgen"),
        ("boolean", "maybe"),
        ("choice", "Bronze"),
        ("user", "999999"),
        ("link", "x.example"),
        ("text", "x" * 2001),
    ],
)
def test_value_that_a_field_does_not_take_is_said_beside_it(
    make_deal: OpenDeal, fields: dict[str, Field], dane: Client, code: str, typed: str
) -> None:
    deal, name = make_deal(), f"f{fields[code].pk}"
    answer = dane.post(f"/deals/{deal.pk}/edit/{name}/", {"was": "null", name: typed}, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert answer.context["form"].errors[name]
    assert custom(deal) == {}


@pytest.mark.usefixtures("fields")
def test_edit_of_one_field_leaves_the_others_and_what_is_retired(make_deal: OpenDeal) -> None:
    deal = make_deal()
    Deal.objects.filter(pk=deal.pk).update(custom={"text": "a", "old": "kept"})
    edit_deal(deal.pk, {"custom": {"number": "2"}}, who=COMMAND_LINE)
    assert custom(deal) == {"text": "a", "old": "kept", "number": 2}


def test_field_of_another_kind_or_none_has_no_form(make_deal: OpenDeal, owner_client: Client) -> None:
    of_persons = Field.objects.create(kind="person", code="x", title="X")
    deal = make_deal()
    for name in (f"f{of_persons.pk}", "f999999", f"f{'9' * 30}", "custom"):
        assert owner_client.get(f"/deals/{deal.pk}/edit/{name}/").status_code == 404


def test_new_deal_asks_for_fields_and_keeps_them_as_their_types(
    fields: dict[str, Field], stages: dict[str, Stage], dane: Client
) -> None:
    Field.objects.filter(code="choice").update(required=True)
    page = dane.get("/deals/new/").content.decode()
    more = page.index("<details", page.index("new-deal"))
    assert page.index("The choice") < more < page.index("The number")
    given = {"name": "Lamper", "currency": "DKK", "stage": stages["Need"].pk, f"f{fields['number'].pk}": "2,5"}
    answer = dane.post("/deals/new/", given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [f"f{fields['choice'].pk}"]
    assert dane.post("/deals/new/", {**given, f"f{fields['choice'].pk}": "Gold"}).status_code == 302
    assert Deal.objects.get().custom == {"choice": "Gold", "number": 2.5}


@pytest.mark.usefixtures("fields")
def test_program_that_opens_a_deal_fills_in_what_must_be(
    stages: dict[str, Stage], program_of: Callable[..., Client], owner: User
) -> None:
    Field.objects.filter(code="choice").update(required=True)
    program, body = program_of(owner), {"name": "Lamps", "stage": stages["Need"].pk}
    for told in ({}, {"choice": None}, {"choice": "Bronze"}):
        refused = answered(send(program, "POST", "/deals", {**body, "fields": told}), 422)
        assert [one["field"] for one in refused["errors"]] == ["fields.choice"]
    many = [{"do": "open", "deal": {**body, "fields": told}} for told in ({}, {"choice": "Gold"})]
    answers = answered(send(program, "POST", "/deals/bulk", {"items": many}))["items"]
    assert [one["status"] for one in answers] == [422, 201]
    deal = Deal.objects.get()
    assert deal.custom == {"choice": "Gold"}
    answered(send(program, "PATCH", f"/deals/{deal.pk}", {"fields": {"choice": None}}), 422)
    assert program.get(f"{ROOT}/deals/{deal.pk}").json()["fields"]["choice"] == "Gold"


def test_deal_that_came_without_a_required_field_says_so_and_is_renewed_all_the_same(
    make_deal: OpenDeal, pipeline: Pipeline, owner_client: Client
) -> None:
    deal = make_deal("Close", value=1)
    Field.objects.create(kind="deal", code="level", title="Level", required=True)
    assert "must be filled in" in owner_client.get(f"/deals/{deal.pk}/").content.decode()
    with pytest.raises(InvalidDefinition, match="Level"):
        make_deal(name="Another")
    renewals = Pipeline.objects.create(name="Renewals")
    Stage.objects.create(pipeline=renewals, name="Ask", position=0)
    Pipeline.objects.filter(pk=pipeline.pk).update(renewal=renewals)
    win_deal(deal.pk, who=COMMAND_LINE)
    assert Deal.objects.filter(renewal_of=deal).exists()


@pytest.mark.usefixtures("fields")
def test_stage_asks_for_fields_by_their_types_and_keeps_them_so(
    make_deal: OpenDeal, stages: dict[str, Stage], dane: Client
) -> None:
    codes = ("choice", "boolean", "number", "date", "link")
    Stage.objects.filter(name="Offer").update(required=[f"custom.{code}" for code in codes])
    deal, path = make_deal(), "/deals/{}/move/"
    asked = {"to": stages["Offer"].pk, "seen": deal.stage_id, "version": deal.version}
    part = dane.post(path.format(deal.pk), asked, headers=BY_SCRIPT)
    assert part.status_code == 422
    text = part.content.decode()
    for expected in ('<option value="Gold">', '<option value="false">', 'type="date"', "The number"):
        assert expected in text
    given = {"custom.choice": "Bronze", "custom.boolean": "true", "custom.number": "x", "custom.date": "2030-05-01"}
    given |= {"custom.link": "x.example"}
    wrong = dane.post(path.format(deal.pk), {**asked, **given, "asked": "yes"}, headers=BY_SCRIPT)
    assert set(wrong.context["form"].errors) == {"custom.choice", "custom.number", "custom.link"}
    right = {**given, "custom.choice": "Gold", "custom.number": "1.000,5", "custom.link": "https://x.example"}
    assert dane.post(path.format(deal.pk), {**asked, **right, "asked": "yes"}, headers=BY_SCRIPT).status_code == 200
    kept = {"choice": "Gold", "boolean": True, "number": 1000.5, "date": "2030-05-01", "link": "https://x.example"}
    assert custom(deal) == kept
    assert deal.stage == stages["Offer"]
