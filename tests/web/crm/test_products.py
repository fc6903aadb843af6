"""What is sold, at a price in each currency; archived products stay where they are."""

from collections.abc import Callable

import pytest

from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.crm.actions.products import Offering, add_product, archive_product, bring_back_product, edit_product
from tragt.web.crm.models import Product
from tragt.web.crm.queries.products import archived_products, families, price_of, product_of, products
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db


def add(name: str = "Lamp", **given: object) -> Product:
    return add_product(Offering(name=name, **given), who=COMMAND_LINE, currency="DKK")  # type: ignore[arg-type]


@pytest.mark.usefixtures("organisation")
def test_product_has_a_price_in_each_currency_it_is_sold_in() -> None:
    lamp = product_of(add(" Desk   lamp ", prices={"DKK": 50_000, "EUR": 6_700, "JPY": 900}).pk)
    assert (lamp.name, lamp.currency, lamp.price) == ("Desk lamp", "DKK", 50_000)
    assert [price_of(lamp, currency) for currency in ("DKK", "EUR", "JPY", "USD")] == [50_000, 6_700, 900, None]
    edit_product(lamp.pk, Offering("Desk lamp", prices={"EUR": 0}), who=COMMAND_LINE)
    lamp = product_of(lamp.pk)
    assert (lamp.currency, lamp.price, lamp.prices) == ("EUR", 0, {})
    assert AuditRow.objects.filter(target=f"product {lamp.pk}").count() == 2


@pytest.mark.usefixtures("organisation")
def test_product_without_a_price_keeps_the_currency_of_the_firm() -> None:
    assert (add().currency, add("Bulb").price) == ("DKK", None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "crm.product_text"),
        ({"name": "x" * 201}, "crm.product_text"),
        ({"name": "lamp"}, "crm.product_taken"),
        ({"code": "x" * 65}, "crm.product_text"),
        ({"prices": {"EUR": -1}}, "crm.product_price"),
        ({"prices": {"EUR": 10**15}}, "crm.product_price"),
        ({"prices": {"eur": 1}}, "crm.product_price"),
        ({"prices": {"XQQ": 1}}, "crm.product_price"),
    ],
)
@pytest.mark.usefixtures("organisation")
def test_product_refuses_what_it_cannot_have(given: dict[str, object], code: str) -> None:
    add()
    with pytest.raises(InvalidDefinition) as refused:
        add(**{"name": "Other", **given})  # type: ignore[arg-type]
    assert refused.value.code == code
    assert Product.objects.count() == 1


@pytest.mark.usefixtures("organisation")
def test_product_is_archived_and_comes_back() -> None:
    lamp = add(family="Light")
    archive_product(lamp.pk, who=COMMAND_LINE)
    assert (list(products()), list(archived_products())) == ([], [lamp])
    bring_back_product(lamp.pk, who=COMMAND_LINE)
    assert (list(products()), families()) == ([lamp], ["Light"])
    with pytest.raises(NotFound):
        archive_product(lamp.pk + 1, who=COMMAND_LINE)


def test_seller_may_not_change_products(make_user: Callable[..., User]) -> None:
    with pytest.raises(NotAllowed):
        add_product(Offering("Lamp"), who=Who.of(make_user(Role.SELLER)), currency="DKK")
