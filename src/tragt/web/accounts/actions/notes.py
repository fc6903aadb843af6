"""What needs no permission and is written into the audit all the same: sign-in, sign-out, a second factor."""

from django.db import transaction

from tragt.web.accounts.models import User
from tragt.web.shell.acting import SYSTEM, Act, Who, acted

__all__ = ["note"]


def note(verb: str, user: User | None = None, who: Who | None = None, **details: object) -> None:
    """Write into the audit what was done, by the user it was done to unless someone else is named."""
    target = f"user {user.pk}" if user else ""
    with transaction.atomic():
        acted.send(Act, act=Act(who or (Who.of(user) if user else SYSTEM), verb, target, dict(details)))
