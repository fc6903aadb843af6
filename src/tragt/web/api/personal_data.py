"""What the API remembers for a day: answers, in which persons may stand."""

from tragt.web.api.models import Answer
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]


def _forget(_subject: Subject) -> int:
    """All of them go: they are kept for a day only, and who sends again after an erasure is to be told anew."""
    return Answer.objects.all().delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        "tragt_api.Answer",
        personal={"body": "what a program was answered", "headers": "where what was made is found"},
        other=frozenset({"id", "user", "key", "asked", "status", "at"}),
        erase=_forget,
        anonymise=_forget,
    ),
)
