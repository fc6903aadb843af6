"""Files of products: what they would do, how they are written, and taken back where nobody changed it since."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from tragt.web.crm.actions.products import Offering, add_product, edit_product
from tragt.web.crm.models import DealLine, Product, ProductReading
from tragt.web.imports.targets import Change, Fate, Row, Undone
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.organisation import current

__all__ = ["look_at_products", "product_of_row", "undo_products", "write_products"]

_KIND = "product"
_FIELDS = ("name", "code", "family", "price", "currency", "prices")


def product_of_row(values: Mapping[str, object]) -> str:
    """What tells two rows of one product: its name, whatever its capitals and spaces."""
    return " ".join(str(values.get("name", "")).split()).casefold()


def look_at_products(rows: Sequence[Row]) -> list[Fate | str]:
    """What would become of the products of rows."""
    known = _known()
    return [_fate(row, known.get(product_of_row(row.values))) for row in rows]


def write_products(rows: Sequence[Row], cause: str, who: Who) -> list[Change]:
    """Make and change products as rows tell; what a row says nothing of stays."""
    known, changes = _known(), []
    with acting(who, "pipelines.edit", cause.replace(":", " "), act="product"):
        for row in rows:
            product = known.get(product_of_row(row.values))
            if product is None:
                made = add_product(_offering(row, None), who=who, currency=_currency(row, None), cause=cause)
                changes.append(Change(_KIND, made.pk, created=True, after=_state(made)))
            elif _fate(row, product) is Fate.CHANGED:
                before = _state(product)
                after = _state(edit_product(product.pk, _offering(row, product), who=who))
                moved = [name for name in _FIELDS if before[name] != after[name]]
                changes.append(
                    Change(
                        _KIND,
                        product.pk,
                        before={name: before[name] for name in moved},
                        after={name: after[name] for name in moved},
                    )
                )
    return changes


def undo_products(changes: Sequence[Change], who: Who) -> list[Undone]:
    """Take products back: what was changed since stays, and so does what a deal has or a name is read as."""
    with acting(who, "imports.undo", act="product"):
        return [_undo(change) for change in changes]


def _known() -> dict[str, Product]:
    return {" ".join(one.name.split()).casefold(): one for one in Product.objects.all()}


def _fate(row: Row, product: Product | None) -> Fate:
    if product is None:
        return Fate.CREATED
    given = _offering(row, product)
    prices = ({product.currency: product.price} if product.price is not None else {}) | product.prices
    same = (given.code, given.family, dict(given.prices)) == (product.code, product.family, prices)
    return Fate.SAME if same else Fate.CHANGED


def _offering(row: Row, product: Product | None) -> Offering:
    """A product as a row tells it, with what stands already where the row says nothing."""
    values = row.values
    code, family = (str(values.get(name, getattr(product, name, ""))) for name in ("code", "family"))
    prices: dict[str, int] = {}
    if product is not None:
        prices = ({product.currency: product.price} if product.price is not None else {}) | product.prices
    price, currency = values.get("price"), _currency(row, product)
    if price is not None:
        exact = Decimal(str(price)).scaleb(get_currency_precision(currency))
        prices = {**prices, currency: int(exact.to_integral_value())}
    name = product.name if product is not None else str(values["name"])
    return Offering(name=name, code=code, family=family, prices=prices)


def _currency(row: Row, product: Product | None) -> str:
    """The currency of a row's price: the one it says, else the product's, else the organisation's."""
    return str(row.values.get("currency") or (product.currency if product else current().currency))


def _state(product: Product) -> dict[str, object]:
    return {name: getattr(product, name) for name in _FIELDS}


def _undo(change: Change) -> Undone:
    product = Product.objects.select_for_update().filter(pk=change.key).first()
    if product is None:
        return Undone.REMOVED
    if change.created:
        meant = (rows.objects.filter(product=product).exists() for rows in (DealLine, ProductReading))
        if any(meant) or product.archived is not None or _state(product) != change.after:
            return Undone.KEPT
        product.delete()
        return Undone.REMOVED
    still = [name for name in change.after if getattr(product, name) == change.after[name]]
    for name in still:
        setattr(product, name, change.before[name])
    product.save(update_fields=still)
    return Undone.RESTORED if len(still) == len(change.after) else Undone.KEPT
