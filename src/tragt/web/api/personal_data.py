"""What the API remembers for a day: answers, in which persons may stand."""

from tragt.web.api.models import Answer
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]


def _forget(_subject: Subject) -> int:
    """What was answered goes, to whomever: it is kept for a day only. The row stays, so that nothing is done twice."""
    return Answer.objects.exclude(body=b"").update(body=b"", headers={})


STORES: tuple[Store, ...] = (
    Store(
        "tragt_api.Answer",
        personal={"body": "what a program was answered", "headers": "where what was made is found"},
        other=frozenset({"id", "program", "key", "asked", "status", "at"}),
        erase=_forget,
        anonymise=_forget,
    ),
)
