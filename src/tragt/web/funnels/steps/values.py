"""What values of properties are called on a page: users by their names. The unit of observation is the value."""

from collections.abc import Sequence

from tragt.web.accounts.models import User

__all__ = ["called"]

_USER = "user:"
_LONGEST = 12


def called(values: Sequence[object]) -> list[str]:
    """What values are called; empty for those that are absent.

    Args:
        values: As events have them.
    """
    texts = ["" if value is None else str(value) for value in values]
    keys = {key for text in texts if (key := _key(text)) is not None}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=keys)} if keys else {}
    return [names.get(key, text) if (key := _key(text)) is not None else text for text in texts]


def _key(text: str) -> int | None:
    """The key of a user that a text names; None where it names none."""
    rest = text.removeprefix(_USER)
    fits = text.startswith(_USER) and rest.isascii() and rest.isdigit() and len(rest) <= _LONGEST
    return int(rest) if fits else None
