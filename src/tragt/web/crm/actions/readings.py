"""Saying what names of products in files mean, and taking that back. Nothing is read as another name unasked."""

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.actions.products import Offering, add_product
from tragt.web.crm.models import Deal, DealLine, Product, ProductReading
from tragt.web.crm.queries.catalogues import meant, unread_lines
from tragt.web.crm.queries.products import price_of
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.organisation import current

__all__ = ["forget_reading", "line_of", "read_as", "read_as_new"]

_PERMISSION = "imports.run"
_AT_ONCE = 500
_LONGEST = 200


def read_as(spelling: str, product: int, *, who: Who) -> int:
    """Let a name in files mean a product, in those that are here and those to come.

    Args:
        spelling: The name, as files give it; capitals and blanks around it do not matter.
        product: Key of the product.
        who: Who says so.

    Returns:
        How many lines of deals have the product now.

    Raises:
        NotFound: There is no such product, or it is archived.
        InvalidDefinition: The name is a product's own, or somebody said already what it means.
    """
    with acting(who, _PERMISSION, f"product {product}", act="product read") as act:
        found = Product.objects.filter(pk=product, archived=None).first()
        if found is None:
            raise NotFound("crm.no_product", "There is no such product. Perhaps it was archived; choose another.")
        number = _decided(spelling, found, who, made=False)
        act.details["lines"] = number
    return number


def read_as_new(spelling: str, *, who: Who) -> int:
    """Let a name in files be a product of its own, which is made; without a list price.

    Args:
        spelling: The name.
        who: Who says so.

    Returns:
        How many lines of deals have the product now.

    Raises:
        NotAllowed: Products are not theirs to make.
        InvalidDefinition: There is a product of that name, or somebody said already what it means.
    """
    with acting(who, _PERMISSION, act="product read") as act:
        made = add_product(Offering(spelling), who=who, currency=current().currency)
        act.target = f"product {made.pk}"
        number = _decided(spelling, made, who, made=True)
        act.details["lines"] = number
    return number


def forget_reading(spelling: str, *, who: Who) -> int:
    """Take back what a name was said to mean: the lines that have the product by it name it as files do again.

    Lines that somebody changed stay, and so does a product that was made for the name where a deal still has it.

    Args:
        spelling: The name.
        who: Who takes it back.

    Returns:
        How many lines of deals name it as files do again.

    Raises:
        NotFound: Nobody has said what the name means.
    """
    with acting(who, _PERMISSION, act="product unread") as act:
        reading = ProductReading.objects.select_related("product").filter(spelling__iexact=_plain(spelling)).first()
        if reading is None:
            raise NotFound("crm.no_reading", f"Nobody has said what '{spelling}' means.", name=spelling)
        product = reading.product
        act.target = f"product {product.pk}"
        own = DealLine.objects.filter(told__iexact=reading.spelling, product=product).exclude(cause="")
        lines = list(own.select_related("deal"))
        for line in lines:
            _put(line, line.deal, None)
        DealLine.objects.bulk_update(lines, ["product", "text", "price"], batch_size=_AT_ONCE)
        reading.delete()
        if reading.made and not product.lines.exists() and not product.readings.exists():
            product.delete()
        act.details["lines"] = len(lines)
    return len(lines)


def line_of(deal: Deal, told: str, product: Product | None, cause: str) -> DealLine:
    """The line that a file tells of a deal; not saved.

    Args:
        deal: The deal.
        told: What the file calls the product.
        product: The product that it means; None where nobody has said.
        cause: The import.
    """
    line = DealLine(deal=deal, told=" ".join(told.split())[:_LONGEST], cause=cause)
    _put(line, deal, product)
    return line


def _put(line: DealLine, deal: Deal, product: Product | None) -> None:
    """Let a line be of a product at its list price; without one at what the deal is worth, in the words of the file."""
    listed = price_of(product, deal.currency) if product is not None else None
    line.product, line.text = product, "" if product is not None else line.told
    line.price = listed if listed is not None else deal.value or 0


def _decided(spelling: str, product: Product, who: Who, *, made: bool) -> int:
    name = _plain(spelling)
    if not name or ProductReading.objects.filter(spelling__iexact=name).exists() or (not made and meant([name])):
        raise InvalidDefinition(
            "crm.read_already", f"What '{name}' means is known already. Take that back first.", name=name
        )
    user = who.user if isinstance(who.user, User) else None
    ProductReading.objects.create(spelling=name, product=product, made=made, by=user)
    lines = list(unread_lines(name).select_related("deal"))
    for line in lines:
        _put(line, line.deal, product)
    DealLine.objects.bulk_update(lines, ["product", "text", "price"], batch_size=_AT_ONCE)
    return len(lines)


def _plain(spelling: str) -> str:
    return " ".join(spelling.split())[:_LONGEST]
