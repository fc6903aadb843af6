"""Products as a kind of record that a file may hold, and what files of deals say of products and owners."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from babel.core import get_global
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.events import EventLog
from tragt.web.crm.actions.catalogues import look_at_products, product_of_row, undo_products, write_products
from tragt.web.crm.histories import OWNERS, PRODUCTS
from tragt.web.crm.models import Product, ProductReading
from tragt.web.crm.queries.catalogues import likely, meant, readings_of, users_named
from tragt.web.crm.queries.products import products
from tragt.web.imports.models import Import, State
from tragt.web.imports.targets import Target, TargetField
from tragt.web.imports.trial import Outcome

__all__ = ["OWNER", "PRODUCT", "PRODUCT_FILES", "Unread", "count_words", "import_parts"]

PRODUCT, OWNER = "product", "owner"
"""What words of files are counted as."""

_MOST_WORDS = 2_000
_MOST_SHOWN = 40
_PROPERTY = "properties."


def _currency(text: str) -> str | None:
    code = text.upper()
    return code if code in get_global("all_currencies") else None


_NAMES = (
    "product", "productname", "produkt", "produktnavn", "produktnamn", "item", "itemname", "article", "vare",
    "varenavn", "artikel",
)  # fmt: skip

PRODUCT_FILES = Target(
    code="product",
    title=_("Products"),
    one=pgettext_lazy("a row of a file is", "a product"),
    permission="pipelines.edit",
    fields=(
        TargetField("name", _("Name"), (*_NAMES, "name", "navn", "namn"), _NAMES, required=True),
        TargetField(
            "price",
            _("List price"),
            ("salesprice", "price", "listprice", "unitprice", "pris", "listepris", "listpris", "salgspris"),
            numeric=True,
        ),
        TargetField(
            "family",
            pgettext_lazy("products", "Family"),
            ("series", "family", "productfamily", "category", "serie", "familie", "kategori", "produktfamilie"),
            longest=100,
        ),
        TargetField(
            "code",
            _("Code"),
            ("code", "productcode", "sku", "articlenumber", "varenummer", "artikelnummer"),
            longest=64,
        ),
        TargetField(
            "currency",
            _("Currency"),
            ("currency", "currencycode", "valuta"),
            read=_currency,
            allowed="a currency of three letters is needed, such as EUR",
        ),
    ),
    key=product_of_row,
    look=look_at_products,
    write=write_products,
    undo=undo_products,
    beside=("price", "family", "code"),
    list_url="settings_products",
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A name in a file that is no product's.

    Attributes:
        name: As the file gives it.
        rows: How many deals it stands at.
        near: The product that it probably means; None where none is near.
        reading: What somebody decided; None where nobody did.
    """

    name: str
    rows: int
    near: Product | None = None
    reading: ProductReading | None = None


def count_words(log: EventLog) -> dict[str, dict[str, int]]:
    """How many deals of a file have each product and each owner, by the words of the file."""
    frames = [frame for frame in (log.frame, log.undated) if "deal" in frame.columns]
    return {
        PRODUCT: _counted(frames, PRODUCTS),
        OWNER: _counted(frames, OWNERS),
    }


def import_parts(request: HttpRequest, one: Import) -> Iterator[SafeString]:
    """What is said of products and owners on the page of an import of deals.

    Args:
        request: Of the user who looks.
        one: The import.
    """
    kept = one.result if one.state == State.DONE else one.trial if one.state == State.MAPPED else {}
    counted = Outcome.of(kept).counted if kept else {}
    names, owners = counted.get(PRODUCT, {}), counted.get(OWNER, {})
    inputs: dict[str, object] = {"one": one, "done": one.state == State.DONE}
    unread = _unread(names)
    if unread:
        may = {"may": request.user.has_perm("imports.run"), "may_make": request.user.has_perm("pipelines.edit")}
        lacking = sum(line.rows for line in unread if line.reading is None)
        lines = {"unread": unread[:_MOST_SHOWN], "lacking": lacking, "products": products()}
        yield render_to_string("crm/imports/products.html", inputs | may | lines, request)
    named = users_named(owners)
    unknown = {name: rows for name, rows in owners.items() if name.casefold() not in named}
    twice = {name: rows for name, rows in owners.items() if len(named.get(name.casefold(), ())) > 1}
    if unknown or twice:
        shown, several = list(unknown)[:_MOST_SHOWN], list(twice)[:_MOST_SHOWN]
        more = {"names": shown, "more": len(unknown) - len(shown), "number": len(unknown)}
        more |= {"twice": several, "more_twice": len(twice) - len(several), "rows_twice": sum(twice.values())}
        more |= {"rows": sum(unknown.values()), "may": request.user.has_perm("users.edit")}
        yield render_to_string("crm/imports/owners.html", inputs | more, request)


def _unread(names: Mapping[str, int]) -> list[Unread]:
    """The names that are no product's, those nobody decided of first, the most frequent before others."""
    decided = readings_of(names)
    known = meant(names)
    open_ones = {name: rows for name, rows in names.items() if name not in known and name not in decided}
    near = likely(open_ones)
    found = [Unread(name, rows, near.get(name)) for name, rows in open_ones.items()]
    found += [Unread(name, names[name], reading=reading) for name, reading in decided.items()]
    return sorted(found, key=lambda one: (one.reading is not None, -one.rows, one.name))


def _counted(frames: list[pl.DataFrame], names: tuple[str, ...]) -> dict[str, int]:
    """Different deals by the words of the first of some properties that is there."""
    found = []
    for frame in frames:
        spelled = {column.removeprefix(_PROPERTY).casefold(): column for column in frame.columns}
        column = next((spelled[name] for name in names if name in spelled), None)
        if column is not None and frame.height:
            word = pl.col(column).cast(pl.String).str.replace_all(r"\s+", " ").str.strip_chars()
            found.append(frame.select(deal=pl.col("deal").cast(pl.String), word=word))
    if not found:
        return {}
    words = pl.concat(found).drop_nulls().filter(pl.col("word") != "").unique()
    counts = words.group_by("word").len().sort(["len", "word"], descending=[True, False]).head(_MOST_WORDS)
    return {str(word): int(number) for word, number in counts.iter_rows()}
