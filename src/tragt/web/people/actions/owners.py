"""Whose persons and companies are: handing them to a user, or to nobody."""

from collections.abc import Sequence

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.records.actions.reaching import changeable, named
from tragt.web.records.kinds import Kind
from tragt.web.records.signals import assigned
from tragt.web.shell.acting import Who, acting

__all__ = ["assign"]


def assign(kind: Kind, keys: Sequence[int], owner: int | None, *, who: Who) -> int:
    """Give records an owner; how many had another one.

    Args:
        kind: Persons, companies, or any other kind whose records have owners.
        keys: Of the records.
        owner: Key of a user who can sign in; None means nobody, so that everyone sees them.
        who: Who hands them over.

    Raises:
        NotFound: A record is not there or not seen, or there is no such user.
        NotAllowed: A record belongs to somebody else.
    """
    with acting(who, kind.edit, act="assign", fields=["owner"], owner=owner, **named(kind, keys)):
        if owner is not None and not User.objects.filter(pk=owner, is_active=True).exists():
            raise NotFound(
                "accounts.no_user", "There is no such user, or they cannot sign in any more. Choose another."
            )
        others = changeable(kind, keys, who).exclude(**{kind.owner: owner})
        records = list(others.values_list("pk", flat=True))
        rows = kind.model._default_manager.filter(pk__in=records)  # noqa: SLF001
        number = rows.update(**{f"{kind.owner}_id": owner})
        assigned.send(Kind, kind=kind.code, records=records)
    return number
