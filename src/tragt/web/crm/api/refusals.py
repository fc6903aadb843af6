"""What actions refuse, as the API answers it: another's change as 412 with who did what, and each empty field named."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from tragt.errors import Conflict, InvalidDefinition, TragtError
from tragt.web.api.problems import Wrong, problem
from tragt.web.api.versions import Outdated, version_seen
from tragt.web.crm.actions.requirements import CRITERIA, CUSTOM
from tragt.web.crm.models import Move, MoveKind

__all__ = ["Unfilled", "handle_refusals", "heeding", "wrong_of"]

_UNPROCESSABLE = 422
_DONE = {MoveKind.CREATED: "opened it", MoveKind.WON: "won it", MoveKind.LOST: "closed it as lost"}


class Unfilled(InvalidDefinition):
    """A stage asks for fields that are empty.

    Args:
        refusal: What the action said.
        at: Where a body holds such fields; empty is the body itself.
    """

    def __init__(self, refusal: InvalidDefinition, at: str = "") -> None:
        super().__init__(refusal.code, refusal.message, **refusal.fields)
        codes = refusal.fields.get("required")
        named = [str(code) for code in codes] if isinstance(codes, list) else []
        self.wrong = [Wrong(field=f"{at}{_field(code)}", message=_asked(code)) for code in named]


@contextmanager
def heeding(request: HttpRequest, deal: int | None = None, *, at: str = "") -> Iterator[None]:
    """Let what the block refuses be answered as the API answers it.

    Args:
        request: What is asked for.
        deal: Key of the deal that is changed; who moved it last is said where somebody came first.
        at: Where the body holds the fields that a stage may ask for.

    Raises:
        Outdated: Somebody changed the record since the version of ``If-Match``.
        Unfilled: A stage asks for fields that are empty.
    """
    try:
        yield
    except Outdated:
        raise
    except Conflict as clash:
        said = f"{clash.message}{_last_move(deal)}"
        if version_seen(request) is not None and clash.code.endswith("changed"):
            raise Outdated(clash.code, said, **clash.fields) from clash
        raise Conflict(clash.code, said, **clash.fields) from clash
    except InvalidDefinition as refusal:
        if "required" in refusal.fields:
            raise Unfilled(refusal, at) from refusal
        raise


def handle_refusals(api: NinjaAPI) -> None:
    """Let an API name each field that a stage asks for."""
    api.add_exception_handler(Unfilled, _unfilled)


def _unfilled(_request: HttpRequest, refusal: Any) -> HttpResponse:
    return problem(_UNPROCESSABLE, refusal.code, refusal.message, refusal.wrong)


def _last_move(deal: int | None) -> str:
    """Who moved a deal last, where and when, as one more sentence; empty where nobody did."""
    last = Move.objects.filter(deal=deal).select_related("by").last() if deal is not None else None
    if last is None:
        return ""
    by = str(last.by) if last.by else "Somebody"
    done = _DONE.get(MoveKind(last.kind), f"moved it to '{last.stage_name}'")
    return f" {by} {done} at {last.at.isoformat(timespec='seconds')}."


def _field(code: str) -> str:
    if code == CRITERIA:
        return "confirmed"
    return f"fields.{code.removeprefix(CUSTOM)}" if code.startswith(CUSTOM) else code


def _asked(code: str) -> str:
    if code == CRITERIA:
        return "Read the `criteria` of the stage, and send them word for word if they are met. Other words were sent."
    if code.startswith(CUSTOM):
        return f"The stage asks for the custom field '{code.removeprefix(CUSTOM)}', which is empty."
    return f"The stage asks for '{code}', which is empty."


def wrong_of(refusal: TragtError) -> list[Wrong]:
    """The fields that a refusal names."""
    if isinstance(refusal, Unfilled):
        return refusal.wrong
    named = refusal.fields.get("field")
    return [Wrong(field=str(named), message=refusal.message)] if named else []
