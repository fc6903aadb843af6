"""What lists of items name that is there and not for a key to see: found beforehand, and bounded. The unit is the list.

Who makes a second one of what is there is told that it is there; nobody is to ask so of a whole list of names.
"""

from collections.abc import Collection, Iterable

from django.http import HttpRequest

from tragt.errors import Conflict
from tragt.web.accounts.models import User
from tragt.web.api.limits import spend_guesses
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.people.normal import company_key, email
from tragt.web.records.kinds import Kind

__all__ = ["MOST_HIDDEN", "check_hidden", "unseen_addresses", "unseen_companies"]

MOST_HIDDEN = 5
"""So many items may name what is there and not for the key to see; of more nothing is done and nothing told apart."""


def check_hidden(request: HttpRequest, hidden: int) -> None:
    """Make sure that nobody asks of a whole list of names which of them there are.

    Args:
        request: What is asked for.
        hidden: How many items name what is there and not for the key to see.

    Raises:
        Conflict: They are too many.
    """
    if hidden > MOST_HIDDEN:
        spend_guesses(request, hidden)
        raise Conflict(
            "people.many_hidden",
            f"More than {MOST_HIDDEN} items name persons or companies that are there already and not for this key to "
            "see. Nothing was done. Send them with a key that sees them.",
            field="items",
        )


def unseen_companies(names: Iterable[str], user: User) -> frozenset[str]:
    """By what those companies of some names are known that a user does not see.

    Args:
        names: As somebody writes them.
        user: Who names them.
    """
    return _unseen(COMPANY, "key", {company_key(name) for name in names} - {""}, user)


def unseen_addresses(addresses: Iterable[str], user: User) -> frozenset[str]:
    """Those of some e-mail addresses, in the one spelling, that are of persons alone whom a user does not see.

    Args:
        addresses: As somebody writes them.
        user: Who names them.
    """
    return _unseen(PERSON, "email", {email(one) for one in addresses} - {""}, user)


def _unseen(kind: Kind, field: str, values: Collection[str], user: User) -> frozenset[str]:
    if not values:
        return frozenset()
    every, seen = (rows.filter(**{f"{field}__in": values}) for rows in (kind.rows(), kind.visible(user)))
    return frozenset(every.values_list(field, flat=True)) - set(seen.values_list(field, flat=True))
