"""Giving deals that files brought the owners that the files name, once these are users."""

from collections.abc import Mapping

from tragt.web.crm.actions.stirring import stir
from tragt.web.crm.models import Deal
from tragt.web.crm.queries.catalogues import users_called, users_named
from tragt.web.imports.actions.users import PERMISSION, add_sleeping
from tragt.web.people.bulk import chunks
from tragt.web.shell.acting import Who, acting

__all__ = ["give_deals", "make_owners"]


def make_owners(names: Mapping[str, int], *, who: Who) -> int:
    """Make users of names that no user has: they cannot sign in until somebody lets them in.

    Args:
        names: As files give them, with the number of their deals.
        who: Who makes them.

    Returns:
        How many were made.
    """
    with acting(who, PERMISSION, act="users from a file") as act:
        known = users_named(names)
        new = {name.casefold(): name for name in names if name.casefold() not in known}
        for name in new.values():
            add_sleeping(name[:150], "", None)
        act.details["users"] = len(new)
    return len(new)


def give_deals(named: Mapping[str, str], *, cause: str, who: Who) -> int:
    """Give deals of an import that nobody owns to the users whom the file names.

    Args:
        named: The name of the owner by the key of the deal.
        cause: The import.
        who: Who gives them.

    Returns:
        How many have an owner now.
    """
    with acting(who, "imports.run", cause.replace(":", " "), act="deals given") as act:
        users = users_called(set(named.values()))
        wanted = {key: users[name.casefold()] for key, name in named.items() if name.casefold() in users}
        given = 0
        for part in chunks(sorted(wanted)):
            deals = list(Deal.objects.select_for_update(of=("self",)).filter(key__in=part, cause=cause, owner=None))
            for deal in deals:
                deal.owner_id = wanted[deal.key]
            Deal.objects.bulk_update(deals, ["owner"], batch_size=500)
            stir({deal.stage_id for deal in deals})
            given += len(deals)
        act.details["deals"] = given
    return given
