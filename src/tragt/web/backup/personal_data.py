"""What backups hold of persons: everything, outside of the home; and inside of it the list of erasures."""

from django.utils.translation import gettext_noop

from tragt.web.people.queries.register import FILES
from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = (
    Store(
        f"{FILES}erasures",
        personal={
            "spans": gettext_noop(
                "sealed marks of someone who was erased, by which a restored backup knows whom to erase again"
            )
        },
        other=frozenset({"id", "key", "kind", "emails", "replayed"}),
    ),
)
