"""Operations on the reasons for which deals are lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.crm.actions import reasons as acts
from tragt.web.crm.api.ordered import ArchivedAsked, in_order
from tragt.web.crm.api.pipeline_shapes import Shift
from tragt.web.crm.api.values import Exact
from tragt.web.crm.models import LostReason
from tragt.web.crm.queries.pipelines import archived_reasons, lost_reasons
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Reasons"])

EDIT = "pipelines.edit"


class ReasonShown(Schema):
    """Why deals are lost."""

    id: int
    name: str
    archived: datetime | None = Field(description="Since when it may be chosen no more; null while it may.")

    @classmethod
    def of(cls, row: LostReason) -> "ReasonShown":
        """A reason, as it is answered."""
        return cls(id=row.pk, name=row.name, archived=row.archived)


class ReasonBody(Exact):
    """A reason as it is to be said."""

    name: Annotated[str, Field(min_length=1, max_length=100)]


@operation(router, "GET", permission="deals.see", gives=Page[ReasonShown])
def list_reasons(
    request: HttpRequest,  # noqa: ARG001
    asked: Annotated[ArchivedAsked, Query()],
) -> Page[ReasonShown]:
    """Reasons for losing, in their order."""
    rows, following = in_order(archived_reasons() if asked.archived else lost_reasons(), asked)
    return Page[ReasonShown](items=[ReasonShown.of(row) for row in rows], next=following)


@operation(router, "GET /{reason}", permission="deals.see", gives=ReasonShown)
def read_reason(request: HttpRequest, reason: KeyInPath, response: HttpResponse) -> ReasonShown:  # noqa: ARG001
    """A reason for losing, archived or not."""
    return _marked(_shown(reason), response)


@operation(router, "POST", permission=EDIT, gives=ReasonShown, status=201)
def add_reason(request: HttpRequest, body: ReasonBody, response: HttpResponse) -> ReasonShown:
    """Add a reason, as the last one."""
    made = acts.add_reason(body.name, who=_who(request))
    response.headers["Location"] = f"{PREFIX}/reasons/{made.pk}"
    return _marked(ReasonShown.of(made), response)


@operation(router, "PATCH /{reason}", permission=EDIT, gives=ReasonShown, versioned=True)
def rename_reason(request: HttpRequest, reason: KeyInPath, body: ReasonBody, response: HttpResponse) -> ReasonShown:
    """Say a reason otherwise, also of the deals that were lost for it."""
    with _of_what_was_read(request, reason):
        acts.rename_reason(reason, body.name, who=_who(request))
    return _marked(_shown(reason), response)


@operation(router, "POST /{reason}/shift", permission=EDIT, status=204)
def shift_reason(request: HttpRequest, reason: KeyInPath, body: Shift) -> None:
    """Let a reason stand earlier or later among those that may be chosen."""
    acts.shift_reason(reason, body.by, who=_who(request))


@operation(router, "POST /{reason}/archive", permission=EDIT, gives=ReasonShown, versioned=True)
def archive_reason(request: HttpRequest, reason: KeyInPath, response: HttpResponse) -> ReasonShown:
    """Let a reason no longer be chosen; it stays on the deals that were lost for it."""
    with _of_what_was_read(request, reason):
        acts.archive_reason(reason, who=_who(request))
    return _marked(_shown(reason), response)


@operation(router, "POST /{reason}/bring-back", permission=EDIT, gives=ReasonShown, versioned=True)
def bring_back_reason(request: HttpRequest, reason: KeyInPath, response: HttpResponse) -> ReasonShown:
    """Let an archived reason be chosen again."""
    with _of_what_was_read(request, reason):
        acts.bring_back_reason(reason, who=_who(request))
    return _marked(_shown(reason), response)


@contextmanager
def _of_what_was_read(request: HttpRequest, key: int) -> Iterator[None]:
    """Do the block only of the reason as it was read, and let nobody change it meanwhile.

    Raises:
        NotFound: There is no such reason.
        Outdated: It was changed since.
    """
    with transaction.atomic():
        check_tag(request, digest_of(_shown(key, locked=True)))
        yield


def _marked(shown: ReasonShown, response: HttpResponse) -> ReasonShown:
    mark(response, digest_of(shown))
    return shown


def _shown(key: int, *, locked: bool = False) -> ReasonShown:
    rows = LostReason.objects.select_for_update() if locked else LostReason.objects.all()
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_reason", f"There is no reason {key}.", reason=key)
    return ReasonShown.of(found)


def _who(request: HttpRequest) -> Who:
    user: User = user_of(request)
    return Who.of(user)
