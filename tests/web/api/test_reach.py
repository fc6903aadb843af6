"""Records of others that bodies name: in bulk, and beside the record that an operation is about."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.api.firm import WHOSE, Firm, build
from tests.web.api.test_roles import REACHES, WITHIN, undone
from tests.web.people.conftest import home
from tragt.web.accounts.models import Role
from tragt.web.crm.models import Deal
from tragt.web.people.models import Company, Person

__all__ = ["home"]

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def firm(home: Path) -> Firm:  # noqa: ARG001 - files lie in a home
    """A firm with records of one's own, a colleague's and another's."""
    return build()


def expected(whose: str, sees: str, changes: str, done: int = 200) -> int:
    """What becomes of an item of a seller that changes a record by its key."""
    if whose not in WITHIN[sees]:
        return 404
    return done if whose in WITHIN[changes] else 403


@pytest.mark.parametrize(("sees", "changes"), REACHES)
def test_items_of_a_seller_change_only_what_is_theirs_to_change(firm: Firm, sees: str, changes: str) -> None:
    keys = {whose: firm.at(whose) for whose in WHOSE}
    wanted = [expected(whose, sees, changes) for whose in WHOSE]
    deals = [{"do": "change", "id": keys[whose]["deal"], "changes": {"name": "Mine"}} for whose in WHOSE]
    moves = [{"do": "move", "id": keys[whose]["deal"], "stage": keys[whose]["offer"]} for whose in WHOSE]
    persons = [{"id": keys[whose]["person"], "name": "Mine"} for whose in WHOSE]
    companies = [{"id": keys[whose]["company"], "market": "mid"} for whose in WHOSE]
    with undone(firm, Role.SELLER, sees, changes):
        for address, items in (("deals", deals), ("deals", moves), ("persons", persons), ("companies", companies)):
            answer = firm.client.post(f"/api/v1/{address}/bulk", {"items": items}, JSON)
            assert answer.status_code == 200, answer.content
            assert [one["status"] for one in answer.json()["items"]] == wanted, (address, items)
        done = {whose for whose, status in zip(WHOSE, wanted, strict=True) if status == 200}
        for whose in WHOSE:
            deal = Deal.objects.get(pk=keys[whose]["deal"])
            named = [deal.name, Person.objects.get(pk=keys[whose]["person"]).name]
            market = Company.objects.get(pk=keys[whose]["company"]).market
            changed = (named == ["Mine"] * 2, deal.stage_id == keys[whose]["offer"], market == "mid")
            assert changed == (whose in done,) * 3, whose


@pytest.mark.parametrize(("sees", "changes"), REACHES)
def test_many_are_changed_at_once_as_far_as_they_are_theirs_and_taken_back(firm: Firm, sees: str, changes: str) -> None:
    keys = [firm.at(whose)["deal"] for whose in WHOSE]
    seen, theirs = len(WITHIN[sees]), len(WITHIN[sees] & WITHIN[changes])
    with undone(firm, Role.SELLER, sees, changes):
        for body in ({"keys": keys}, {"number": seen}):
            asked = {"do": "tag", "tag": "Hot", **body}
            done = firm.client.post("/api/v1/deals/changes?status.any=open", asked, JSON)
            if "keys" in body:
                assert (done.status_code, done.json()["code"]) == (422, "records.two_choices")
                done = firm.client.post("/api/v1/deals/changes", asked, JSON)
            told = done.json()
            missing = len(keys) - seen if "keys" in body else 0
            assert [told[name] for name in ("changed", "refused", "missing")] == [theirs, seen - theirs, missing], told
            back = firm.client.post(f"/api/v1/lists/changes/{told['change']}/undo")
            assert back.json() == {"restored": theirs, "kept": 0}
            assert firm.client.post(f"/api/v1/lists/changes/{told['change']}/undo").status_code == 409
        other = firm.client.post("/api/v1/deals/changes", {"do": "tag", "tag": "Hot", "number": 9}, JSON)
        assert (other.status_code, other.json()["code"]) == (409, "records.other_list")


@pytest.mark.parametrize("body", [{"do": "tag"}, {"do": "assign"}, {"do": "tag", "tag": "x", "owner": None}])
def test_change_of_many_that_says_too_little_or_too_much_is_refused(firm: Firm, body: dict[str, Any]) -> None:
    answer = firm.client.post("/api/v1/persons/changes", {**body, "keys": [1]}, JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "records.act")


@pytest.mark.parametrize(("sees", "changes"), REACHES)
def test_body_names_no_record_that_is_not_seen(firm: Firm, sees: str, changes: str) -> None:
    own = firm.at("own")
    with undone(firm, Role.SELLER, sees, changes):
        for whose in WHOSE:
            keys = firm.at(whose)
            deal = {"name": "New", "stage": keys["stage"], "company": keys["company"]}
            bodies: dict[str, Any] = {
                "deals": deal,
                "activities": {"kind": "note", "text": "Said so", "person": keys["person"]},
            }
            for address, body in bodies.items():
                made = firm.client.post(f"/api/v1/{address}", body, JSON)
                assert made.status_code == (201 if whose in WITHIN[sees] else 404), (address, whose, made.content)
            merged = firm.client.post("/api/v1/merges", {"first": own["another"], "second": keys["person"]}, JSON)
            assert merged.status_code == (201 if (sees, changes) == ("all", "all") else 403), merged.content


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_file_of_a_list_holds_what_the_key_sees_and_the_filters_leave(firm: Firm, ending: str) -> None:
    with undone(firm, Role.MARKETING, "own", "own"):
        answer = firm.client.get(f"/api/v1/companies/file?format={ending}&name.is=team A/S")
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert answer.status_code == 200
        assert content[:2] == b"PK" if ending == "xlsx" else b"team A/S" in content and b"other A/S" not in content
        assert firm.client.get("/api/v1/companies/file?format=pdf").status_code == 422
        assert firm.client.get("/api/v1/companies/file?limit=5").status_code == 422
        assert firm.client.get("/api/v1/companies?format=csv").status_code == 422
