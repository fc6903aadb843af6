"""Operations on what to ask about leaks and what to try. The unit is the place: a kind of step, of leaks, or both."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import Field, StringConstraints

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import Body, KeyInPath
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import unsent
from tragt.web.hypotheses.actions import remedies as acts
from tragt.web.hypotheses.actions.remedies import LONGEST, MOST, PERMISSION
from tragt.web.hypotheses.prefilling import texts_of
from tragt.web.hypotheses.queries.remedies import Place, Texts, remedies, stage_of, texts_at
from tragt.web.leaks.presenting import Entry, entries
from tragt.web.leaks.queries import leak_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Hypotheses"])

SEE = "hypotheses.see"

LeakKind = Literal["any", "below_target", "worse_than_before", "breakdown_value", "stuck", "drifted"]
KindOfStep = Literal[
    "visit",
    "interest",
    "sign_up",
    "qualification",
    "meeting",
    "proposal",
    "objections",
    "close",
    "cart",
    "checkout",
    "activation",
    "renewal",
    "other",
]
StageKind = Literal[
    "any",
    "visit",
    "interest",
    "sign_up",
    "qualification",
    "meeting",
    "proposal",
    "objections",
    "close",
    "cart",
    "checkout",
    "activation",
    "renewal",
    "other",
]
LeakInPath = Annotated[LeakKind, Path(description="A kind of leaks.")]
StageInPath = Annotated[StageKind, Path(description="A kind of steps. One of the two kinds may be `any`.")]
LineGiven = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"\S")]
Lines = Annotated[list[LineGiven], Field(max_length=MOST)]


class RemedyShown(Schema):
    """What to ask and what to try, at a kind of step and about a kind of leaks."""

    leak: LeakKind
    stage: StageKind
    questions: list[str]
    proposals: list[str]
    own: bool = Field(description="Whether they are the firm's own words; else they are those delivered.")
    version: int = Field(description="0 where nobody ever wrote any of their own.")

    @classmethod
    def of(cls, texts: Texts) -> "RemedyShown":
        """What stands at a place, as it is answered."""
        leak, stage = texts.place.parts
        told: dict[str, Any] = {"leak": leak, "stage": stage, "own": texts.own, "version": texts.version}
        return cls(questions=list(texts.questions), proposals=list(texts.proposals), **told)


class RemediesShown(Schema):
    """Everything there is to ask and to try."""

    items: list[RemedyShown] = Field(description="By kind of step, by kind of leaks, and of both where it differs.")


class OfLeak(Schema):
    """What to ask about a leak, and what to try."""

    stage: KindOfStep = Field(description="The kind of step it is at.")
    told: bool = Field(description="Whether somebody said so; else it is guessed from the name of the step.")
    questions: list[str]
    proposals: list[str]


class RemedyChange(Body):
    """What is to stand at a place in the place of what is delivered."""

    questions: Lines = Field(default_factory=unsent)
    proposals: Lines = Field(default_factory=unsent)


class StageGiven(Body):
    """What kind of step a step is."""

    stage: KindOfStep | None = Field(description="Null: it is guessed from its name.")


@operation(router, "GET", permission=SEE, gives=RemediesShown)
def list_remedies(request: HttpRequest) -> RemediesShown:  # noqa: ARG001
    """List what to ask and what to try, by kind of step and by kind of leaks.

    Of a kind of leaks at a kind of step only that stands here which the firm wrote.
    """
    return RemediesShown(items=[RemedyShown.of(one) for one in remedies()])


@operation(router, "GET /of-leak/{leak}", permission=SEE, gives=OfLeak)
def read_leak_remedies(request: HttpRequest, leak: KeyInPath) -> OfLeak:
    """Read what to ask about a leak, and what to try."""
    return _of_leak(entries([leak_of(leak, user_of(request))])[0])


@operation(router, "POST /of-leak/{leak}/stage", permission=PERMISSION, gives=OfLeak)
def set_leak_stage(request: HttpRequest, leak: KeyInPath, body: StageGiven) -> OfLeak:
    """Say what kind of step the step is at which a leak is."""
    entry = entries([leak_of(leak, user_of(request))])[0]
    acts.choose_stage(entry.row.funnel, entry.row.before, body.stage or "", who=Who.of(user_of(request)))
    return _of_leak(entry)


@operation(router, "GET /{leak}/{stage}", permission=SEE, gives=RemedyShown)
def read_remedy(request: HttpRequest, leak: LeakInPath, stage: StageInPath, response: HttpResponse) -> RemedyShown:  # noqa: ARG001
    """Read what stands at a place."""
    return _answer(texts_at(Place.named(leak, stage)), response)


@operation(router, "PATCH /{leak}/{stage}", permission=PERMISSION, gives=RemedyShown, versioned=True)
def change_remedy(
    request: HttpRequest, leak: LeakInPath, stage: StageInPath, body: RemedyChange, response: HttpResponse
) -> RemedyShown:
    """Write what stands at a place; it stands there in every language."""
    place = Place.named(leak, stage)
    with heeding(request):
        who, seen = Who.of(user_of(request)), version_seen(request)
        return _answer(acts.change_remedy(place, who=who, version=seen, **body.given()), response)


@operation(router, "DELETE /{leak}/{stage}", permission=PERMISSION, gives=RemedyShown, versioned=True)
def reset_remedy(request: HttpRequest, leak: LeakInPath, stage: StageInPath, response: HttpResponse) -> RemedyShown:
    """Let what is delivered stand at a place again."""
    place = Place.named(leak, stage)
    with heeding(request):
        texts = acts.put_aside(place, who=Who.of(user_of(request)), version=version_seen(request))
    return _answer(texts, response)


def _of_leak(entry: Entry) -> OfLeak:
    row, texts = entry.row, texts_of(entry)
    stage = stage_of(row.funnel_id, row.before, row.step)
    told: dict[str, Any] = {"stage": stage.kind.value, "told": stage.told}
    return OfLeak(questions=list(texts.questions), proposals=list(texts.proposals), **told)


def _answer(texts: Texts, response: HttpResponse) -> RemedyShown:
    mark(response, texts.version)
    return RemedyShown.of(texts)
