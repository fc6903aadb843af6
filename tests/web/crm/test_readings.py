"""Names of products in files: proposed, decided by a person, remembered, taken back. And owners who are no users."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.web.imports.conftest import carried_out, form_data
from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.crm.actions.giving import make_owners
from tragt.web.crm.actions.lines import NewLine, edit_line
from tragt.web.crm.actions.products import Offering, add_product
from tragt.web.crm.actions.readings import forget_reading, read_as, read_as_new
from tragt.web.crm.models import Deal, DealLine, Product, ProductReading
from tragt.web.crm.queries.catalogues import likely, meant, users_called
from tragt.web.imports.models import Import
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("organisation")]

TABLE = """deal_id,deal_stage,sales_agent,product,created,won_date,deal_value
1,Won,Anna,GTXPro,2026-01-02,2026-02-03,45
2,Lead,Bo,gtxpro,2026-01-05,,
3,Lead,Bo,GTX Pro,2026-01-06,,70
4,Lead,Anna,Sofa,,,
"""


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    """A home of its own."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path / "home")


@pytest.fixture
def gtx() -> Product:
    """A product that costs 48.21 DKK."""
    return add_product(Offering("GTX Pro", prices={"DKK": 4821}), who=COMMAND_LINE, currency="DKK")


@pytest.fixture
def bring(owner_client: Client) -> Callable[..., Import]:
    """Imports a file of deals through the pages."""

    def brought(text: str = TABLE, name: str = "deals.csv") -> Import:
        owner_client.post("/imports/", {"file": SimpleUploadedFile(name, text.encode())})
        return carried_out(owner_client, Import.objects.latest("pk"))

    return brought


def lines() -> list[tuple[str, str | None, str, int]]:
    """Of each deal's line the product, the text and the price."""
    rows = DealLine.objects.order_by("deal__key").values_list("deal__key", "product__name", "text", "price")
    return list(rows)


BEFORE = [("1", None, "GTXPro", 4500), ("2", None, "gtxpro", 0), ("3", "GTX Pro", "", 4821), ("4", None, "Sofa", 0)]
AFTER = [("1", "GTX Pro", "", 4821), ("2", "GTX Pro", "", 4821), *BEFORE[2:]]


def test_name_that_is_nearly_a_product_is_proposed_decided_and_taken_back_on_the_page_of_the_import(
    gtx: Product, bring: Callable[..., Import], owner_client: Client
) -> None:
    one = bring()
    assert lines() == BEFORE
    assert Deal.objects.get(key="1").value == 4500, "as the file says"
    page = owner_client.get(f"/imports/{one.pk}/").content.decode()
    assert "<strong>GTXPro</strong> is not among the products. 1 row means <strong>GTX Pro</strong>?" in page
    assert "3 deals have a line without a product" in page
    words = f"/imports/{one.pk}/words/"
    owner_client.post(words, {"do": "read", "name": "GTX\0Pro", "product": gtx.pk})
    assert lines() == AFTER, "without the sign that no database takes"
    page = owner_client.get(f"/imports/{one.pk}/").content.decode()
    assert "<strong>GTXPro</strong> is read as <strong>GTX Pro</strong>" in page
    assert "1 deal has a line without a product" in page
    later = bring(TABLE.replace("\n1,", "\n11,").replace("\n2,", "\n12,"), "later.csv")
    assert lines()[1][1:3] == ("GTX Pro", ""), "remembered for the next file"
    assert later.result["counted"]["product"]["GTXPro"] == 1
    owner_client.post(words, {"do": "forget", "name": "GTXPro"})
    assert [line[1] for line in lines()] == [None, None, None, None, "GTX Pro", None]
    assert not ProductReading.objects.exists()


def test_dry_run_says_how_many_deals_would_lack_their_product_before_anything_is_imported(
    gtx: Product, owner_client: Client
) -> None:
    owner_client.post("/imports/", {"file": SimpleUploadedFile("deals.csv", TABLE.encode())})
    one = Import.objects.latest("pk")
    page = owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one), follow=True)
    text = page.content.decode()
    assert "3 deals will have a line without a product" in text
    assert "4 deals name an owner who is not a user here" in text
    owner_client.post(f"/imports/{one.pk}/words/", {"do": "read", "name": "GTXPro", "product": gtx.pk})
    assert "1 deal will have a line without a product" in owner_client.get(f"/imports/{one.pk}/").content.decode()
    assert not Deal.objects.exists()


def test_name_becomes_a_product_of_its_own_and_goes_again_when_that_is_taken_back(
    bring: Callable[..., Import],
) -> None:
    bring()
    assert read_as_new("Sofa", who=COMMAND_LINE) == 1
    sofa = Product.objects.get(name="Sofa")
    assert (sofa.price, lines()[3]) == (None, ("4", "Sofa", "", 0))
    assert forget_reading("sofa", who=COMMAND_LINE) == 1
    assert (lines()[3], Product.objects.filter(name="Sofa").exists()) == (("4", None, "Sofa", 0), False)


def test_line_that_somebody_changed_is_theirs(gtx: Product, bring: Callable[..., Import]) -> None:
    bring()
    read_as("GTXPro", gtx.pk, who=COMMAND_LINE)
    line = DealLine.objects.get(deal__key="1")
    edit_line(line.deal_id, line.pk, NewLine(100, gtx.pk), who=COMMAND_LINE)
    forget_reading("GTXPro", who=COMMAND_LINE)
    assert lines()[0] == ("1", "GTX Pro", "", 100)


def test_reading_refuses_what_is_known_gone_or_not_allowed(
    gtx: Product, make_user: Callable[..., User], bring: Callable[..., Import]
) -> None:
    bring()
    with pytest.raises(InvalidDefinition):
        read_as("GTX  PRO", gtx.pk, who=COMMAND_LINE)
    with pytest.raises(NotFound):
        read_as("Sofa", gtx.pk + 1, who=COMMAND_LINE)
    with pytest.raises(NotFound):
        forget_reading("Sofa", who=COMMAND_LINE)
    with pytest.raises(NotAllowed):
        read_as("Sofa", gtx.pk, who=Who.of(make_user(Role.SELLER)))
    with pytest.raises(NotAllowed):
        read_as_new("Sofa", who=Who.of(make_user(Role.MARKETING)))
    read_as("Sofa", gtx.pk, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition):
        read_as_new("Sofa", who=COMMAND_LINE)
    assert AuditRow.objects.filter(details__act="product read").count() == 1
    assert lines()[3] == ("4", "GTX Pro", "", 4821)


def test_near_names_are_spellings_and_others_are_not(gtx: Product) -> None:
    add_product(Offering("GTX Plus Pro"), who=COMMAND_LINE, currency="DKK")
    assert likely({"GTXPro": 3, "gtx-pro": 1, "GTX Plus": 9}) == {"GTXPro": gtx, "gtx-pro": gtx}
    assert meant(["gtx pro", "GTXPro"]) == {"gtx pro": gtx}


def test_owners_of_a_file_become_users_who_cannot_sign_in_and_own_its_deals(
    bring: Callable[..., Import], owner_client: Client
) -> None:
    one = bring()
    assert "4 deals name an owner who is not a user here" in owner_client.get(f"/imports/{one.pk}/").content.decode()
    owner_client.post(f"/imports/{one.pk}/words/", {"do": "owners"})
    assert {deal.key: str(deal.owner) for deal in Deal.objects.all()} == {
        "1": "Anna",
        "2": "Bo",
        "3": "Bo",
        "4": "Anna",
    }
    assert not User.objects.get(name="Anna").has_usable_password()
    assert "who is not a user here" not in owner_client.get(f"/imports/{one.pk}/").content.decode()


def test_name_that_two_users_have_means_neither_and_makes_no_third() -> None:
    first, second, _third = (
        User.objects.create(name=name, email=f"{n}@firm.dk") for n, name in enumerate(("Anna", "anna", "0@firm.dk"))
    )
    assert users_called(["Anna", "1@FIRM.dk", "0@firm.dk"]) == {"1@firm.dk": second.pk, "0@firm.dk": first.pk}
    assert make_owners({"Anna": 2, "Bo": 1}, who=COMMAND_LINE) == 1
    assert User.objects.filter(name__iexact="anna").count() == 2


def test_owner_whose_name_two_users_have_is_said_to_be_two_and_not_to_be_nobody(
    bring: Callable[..., Import], owner_client: Client, make_user: Callable[..., User]
) -> None:
    for number in range(2):
        make_user(Role.SELLER, f"bo{number}@example.org", "Bo")
    page = owner_client.get(f"/imports/{bring().pk}/").content.decode()
    assert "2 deals name an owner whose name several users have" in page
    unknown = page[page.index('id="h-owners"') : page.index('id="h-owners-twice"')]
    assert "<p>Anna</p>" in unknown

    assert set(Deal.objects.values_list("owner", flat=True)) == {None}
