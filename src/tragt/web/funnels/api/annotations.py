"""Operations on annotations: what happened on a day that figures should be read with. The unit is the annotation."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import LARGEST_KEY, KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Day, Exact, unsent
from tragt.web.funnels import queries
from tragt.web.funnels.actions import annotations as acts
from tragt.web.funnels.actions.annotations import Noted
from tragt.web.funnels.api.funnels import EDIT, SEE
from tragt.web.funnels.models import Annotation, AnnotationKind
from tragt.web.funnels.trends.annotations import annotation, annotations
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Annotations"])

Kind = Literal["campaign", "price", "release", "other"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=acts.TEXT_LENGTH, pattern=r"^[^\x00-\x1f\x7f]*$")]
Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]


class AnnotationShown(Schema):
    """What happened on a day, or on days."""

    id: int
    text: str
    kind: str
    day: date
    until: date | None = Field(description="The last day; null where it is one day.")
    funnel: int | None = Field(description="Key of the funnel it concerns; null is all.")
    by: int | None = Field(description="Key of who noted it.")
    created: datetime

    @classmethod
    def of(cls, row: Annotation) -> "AnnotationShown":
        """An annotation, as it is answered."""
        names = ("text", "kind", "day", "until", "created")
        return cls(id=row.pk, funnel=row.funnel_id, by=row.by_id, **{name: getattr(row, name) for name in names})


class NewAnnotation(Exact):
    """What happened."""

    text: Text
    day: Day
    until: Day | None = Field(None, description="The last day; null where it is one day.")
    kind: Kind = "other"
    funnel: Key | None = Field(None, description="Key of the funnel it concerns; null is all.")


class AnnotationChange(Exact):
    """What is said otherwise of it."""

    text: Text = Field(default_factory=unsent)
    day: Day = Field(default_factory=unsent)
    until: Day | None = None
    kind: Kind = Field(default_factory=unsent)
    funnel: Key | None = None


@operation(router, "GET", permission=SEE, gives=Page[AnnotationShown])
def list_annotations(request: HttpRequest, paging: Cursor) -> Page[AnnotationShown]:  # noqa: ARG001
    """List what happened, what was noted last first."""
    found, following = pages(annotations(), paging, newest_first=True)
    return Page[AnnotationShown](items=[AnnotationShown.of(row) for row in found], next=following)


@operation(router, "POST", permission=EDIT, gives=AnnotationShown, status=201)
def note_annotation(request: HttpRequest, body: NewAnnotation, response: HttpResponse) -> AnnotationShown:
    """Note what happened on a day; it stands in the trend of the funnel, or of all."""
    funnel = None if body.funnel is None else queries.saved_funnel(body.funnel)
    noted = Noted(body.text, body.day, body.until, AnnotationKind(body.kind), funnel)
    row = acts.annotate(_who(request), noted)
    response.headers["Location"] = f"{PREFIX}/annotations/{row.pk}"
    return _marked(row, response)


@operation(router, "GET /{annotation}", permission=SEE, gives=AnnotationShown)
def read_annotation(
    request: HttpRequest,  # noqa: ARG001
    annotation: KeyInPath,
    response: HttpResponse,
) -> AnnotationShown:
    """Read what happened."""
    return _marked(_one(annotation), response)


@operation(router, "PATCH /{annotation}", permission=EDIT, gives=AnnotationShown, versioned=True)
def change_annotation(
    request: HttpRequest, annotation: KeyInPath, body: AnnotationChange, response: HttpResponse
) -> AnnotationShown:
    """Say otherwise what happened."""
    row, given, seen = _one(annotation), body.given(), version_seen(request)
    key = given.get("funnel", row.funnel_id)
    noted = Noted(
        given.get("text", row.text),
        given.get("day", row.day),
        given.get("until", row.until),
        AnnotationKind(given.get("kind", row.kind)),
        None if key is None else queries.saved_funnel(key),
    )
    with heeding(request):
        # What is not sent is as it was read here: nobody may change it in between.
        version = row.version if seen is None else seen
        return _marked(acts.change_annotation(_who(request), annotation, noted, version=version), response)


@operation(router, "DELETE /{annotation}", permission=EDIT, status=204, versioned=True)
def remove_annotation(request: HttpRequest, annotation: KeyInPath) -> None:
    """Remove an annotation. For thirty days it can be brought back."""
    with heeding(request):
        acts.remove_annotation(_who(request), annotation, version=version_seen(request))


@operation(router, "POST /{annotation}/bring-back", permission=EDIT, gives=AnnotationShown)
def bring_back_annotation(request: HttpRequest, annotation: KeyInPath, response: HttpResponse) -> AnnotationShown:
    """Bring a removed annotation back."""
    return _marked(acts.bring_back_annotation(_who(request), annotation), response)


_one = annotation


def _marked(row: Annotation, response: HttpResponse) -> AnnotationShown:
    mark(response, row.version)
    return AnnotationShown.of(row)


def _who(request: HttpRequest) -> Who:
    return Who.of(user_of(request))
