"""Choosing the columns of a list."""

from collections.abc import Sequence

from tragt.web.accounts.models import User
from tragt.web.records.kinds import Kind
from tragt.web.records.models import Layout
from tragt.web.records.queries.fields import columns_of, fields_of
from tragt.web.shell.acting import Who, acting

__all__ = ["choose_columns"]


def choose_columns(kind: Kind, codes: Sequence[str], *, who: Who) -> None:
    """Remember which columns a user looks at in the lists of a kind.

    Args:
        kind: Of which records.
        codes: Of the columns, in any order; none goes back to the usual ones, and unknown ones are passed over.
        who: The user.
    """
    with acting(who, "profile.edit", act="columns", kind=kind.code):
        if not isinstance(who.user, User):
            return
        known = [column.code for column in columns_of(kind, fields_of(kind))]
        chosen = [code for code in known if code in codes]
        Layout.objects.update_or_create(user=who.user, kind=kind.code, defaults={"columns": chosen})
