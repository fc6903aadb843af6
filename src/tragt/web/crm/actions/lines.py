"""The lines of a deal: what is sold in it, how many, at what price. The value of a deal with lines is their sum."""

from dataclasses import dataclass
from decimal import Decimal

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.crm.actions.deals import LARGEST, changed, locked
from tragt.web.crm.models import Deal, DealLine, Product
from tragt.web.shell.acting import Who, acting

__all__ = ["NewLine", "add_line", "edit_line", "remove_line", "state_of"]

_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it is to be.

    Attributes:
        price: Of one, in minor units of the deal's currency; None takes the product's list price.
        product: Key of the product; None for something that is in no list.
        text: What it is called where there is no product, or what is said of it.
        quantity: How many, above zero.
        discount: In per cent, 0 to 100.
    """

    price: int | None
    product: int | None = None
    text: str = ""
    quantity: Decimal = Decimal(1)
    discount: Decimal = Decimal(0)


def add_line(deal: int, line: NewLine, *, who: Who, version: int | None = None) -> DealLine:
    """Add a line to a deal; the deal is then worth the sum of its lines.

    Args:
        deal: Key of the deal.
        line: The line.
        who: Who adds it.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or product, or it is not theirs to see.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
        InvalidDefinition: It names nothing, has no price, or a number cannot be.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="lines"):
        row = locked(deal, who, version)
        last = row.lines.last()
        new = DealLine(deal=row, position=last.position + 1 if last else 0)
        _fill(new, line, row)
        _sum_up(row)
    return new


def edit_line(
    deal: int, key: int, line: NewLine, *, who: Who, version: int | None = None, seen: str | None = None
) -> DealLine:
    """Let a line of a deal be another; the value of the deal follows.

    Args:
        deal: Key of the deal.
        key: Key of the line.
        line: What it is to be.
        who: Who changes it.
        version: The version of the deal that they saw; None does it whatever happened since.
        seen: The `state_of` the line that they saw; None changes it whatever it is.

    Raises:
        NotFound: There is no such deal, line or product.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal, or the line, since.
        InvalidDefinition: It names nothing, has no price, or a number cannot be.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="lines"):
        row = locked(deal, who, version)
        old = _line(row, key)
        if seen is not None and seen != state_of(old):
            raise Conflict("crm.line_changed", f"Somebody changed the line '{old}' meanwhile. Look at it again.")
        _fill(old, line, row)
        _sum_up(row)
    return old


def remove_line(deal: int, key: int, *, who: Who, version: int | None = None) -> None:
    """Take a line from a deal; the value follows, and stays as it is once the last line is gone.

    Args:
        deal: Key of the deal.
        key: Key of the line.
        who: Who removes it.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or line.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="lines"):
        row = locked(deal, who, version)
        _line(row, key).delete()
        _sum_up(row)


def state_of(line: DealLine) -> str:
    """A line as a text that changes whenever it does."""
    told = (line.product_id, line.quantity.normalize(), line.price, line.discount.normalize(), line.text)
    return " ".join(map(str, told))


def _line(deal: Deal, key: int) -> DealLine:
    found = DealLine.objects.filter(pk=key, deal=deal).first()
    if found is None:
        raise NotFound("crm.no_line", "This line is gone. Load the page again.")
    found.deal = deal
    return found


def _fill(row: DealLine, line: NewLine, deal: Deal) -> None:
    row.product = _product(line.product, row.product_id)
    row.cause = ""
    row.text, row.quantity, row.discount = line.text.strip()[:200], line.quantity, line.discount
    row.price = _price(line, row.product, deal)
    if row.product is None and not row.text:
        raise InvalidDefinition("crm.line_empty", "Choose a product, or write what is sold.", field="product")
    if not 0 < row.quantity < Decimal(10) ** 11 or row.quantity != round(row.quantity, 3):
        raise InvalidDefinition(
            "crm.quantity", "The quantity is above zero and has at most three decimals.", field="quantity"
        )
    if not 0 <= row.discount <= _PERCENT or row.discount != round(row.discount, 2):
        raise InvalidDefinition(
            "crm.discount", "The discount is from 0 to 100 per cent, with at most two decimals.", field="discount"
        )
    row.save()


def _price(line: NewLine, product: Product | None, deal: Deal) -> int:
    if line.price is not None:
        if not 0 <= line.price < LARGEST:
            raise InvalidDefinition("crm.price", "A price is zero or more.", field="price")
        return line.price
    if product is None or product.price is None or product.currency != deal.currency:
        raise InvalidDefinition(
            "crm.no_price",
            f"Write the price in {deal.currency}; the product has no list price in that currency.",
            field="price",
            currency=deal.currency,
        )
    return product.price


def _product(key: int | None, standing: int | None) -> Product | None:
    """The product of a key; one that is archived only where it stands on the line already."""
    if key is None:
        return None
    found = Product.objects.filter(pk=key).first()
    if found is None or (found.archived is not None and key != standing):
        raise NotFound("crm.no_product", "There is no such product. Perhaps it was archived; choose another.")
    return found


def _sum_up(deal: Deal) -> None:
    lines = list(deal.lines.all())
    if lines:
        deal.value = sum(line.total for line in lines)
        if deal.value >= LARGEST:
            raise InvalidDefinition("crm.value", "The lines come to more than a deal can be worth.", field="price")
    changed(deal, "value")
