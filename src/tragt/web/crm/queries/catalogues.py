"""What files call products and users, and which they mean. The unit of observation is the name as it is given."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import QuerySet

from tragt.web.accounts.models import User
from tragt.web.crm.models import DealLine, Product, ProductReading
from tragt.web.lexicon.spelling import proposals

__all__ = ["likely", "meant", "readings_of", "unread_lines", "users_called", "users_named"]


def meant(names: Iterable[str]) -> dict[str, Product]:
    """The products that names mean: by name or code in any capitals, or as somebody decided.

    Args:
        names: As sources give them.

    Returns:
        A product by each name that means one. Of an archived product and one that is sold the latter is meant.
    """
    known: dict[str, Product] = {}
    by_key: dict[int, Product] = {}
    for product in Product.objects.order_by("-archived", "pk"):
        by_key[product.pk] = product
        known |= {_plain(one): product for one in (product.code, product.name) if one}
    decided = {
        _plain(spelling): by_key[product]
        for spelling, product in ProductReading.objects.values_list("spelling", "product")
    }
    known = decided | known
    return {name: known[_plain(name)] for name in set(names) if _plain(name) in known}


def likely(counts: Mapping[str, int]) -> dict[str, Product]:
    """Products that names which mean none are probably other spellings of.

    Args:
        counts: How often each name occurs.
    """
    sold = {product.name: product for product in Product.objects.filter(archived=None)}
    found = proposals({**dict.fromkeys(sold, 0), **counts}, preferred=sold)
    return {one.spelling: sold[one.kept] for one in found if one.spelling in counts and one.kept in sold}


def readings_of(names: Collection[str]) -> dict[str, ProductReading]:
    """What was decided of names, by the names as given."""
    rows = ProductReading.objects.select_related("product")
    decided = {_plain(row.spelling): row for row in rows}
    return {name: decided[_plain(name)] for name in names if _plain(name) in decided}


def unread_lines(spelling: str) -> QuerySet[DealLine]:
    """The lines that files told of under a name of which nobody has said yet what it means."""
    return DealLine.objects.filter(told__iexact=spelling, product=None).exclude(cause="")


def users_called(names: Collection[str]) -> dict[str, int]:
    """Users by what files call them, in small letters: their address, else their name if no other user has it."""
    return {name: keys[0] for name, keys in users_named(names).items() if len(keys) == 1}


def users_named(names: Collection[str]) -> dict[str, list[int]]:
    """All users whom each name may mean, by the name in small letters; who has it as the address comes alone."""
    wanted = {name.casefold() for name in names}
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    by_email: dict[str, list[int]] = {}
    for key, name, email in User.objects.order_by("pk").values_list("pk", "name", "email"):
        by_email[email.casefold()] = [key]
        by_name[name.casefold()].append(key)
    found = {**by_name, **by_email}
    return {name: found[name] for name in wanted if name and name in found}


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
