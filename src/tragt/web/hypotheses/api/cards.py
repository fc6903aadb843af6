"""Operations on hypotheses: the register, a card, its state and its log. The unit is the hypothesis."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints, model_validator

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, Paging, pages
from tragt.web.api.schemas import LARGEST_KEY, Body, Key, KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import KnownCurrency, unsent
from tragt.web.funnels.queries import saved_funnel
from tragt.web.hypotheses.actions import cards as acts
from tragt.web.hypotheses.actions.cards import LARGEST, PERMISSION, Draft
from tragt.web.hypotheses.models import BELIEF_LENGTH, TEXT_LENGTH, Entry, Hypothesis, Link
from tragt.web.hypotheses.prefilling import draft_at, draft_of
from tragt.web.hypotheses.presenting import Card, cards
from tragt.web.hypotheses.queries.cards import Asked, hypotheses, hypothesis_of, links_of, log_of, narrowed
from tragt.web.leaks.presenting import entries
from tragt.web.leaks.queries import leak_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Hypotheses"])

SEE = "hypotheses.see"

StateName = Literal["idea", "planned", "running", "works", "no_effect", "dropped"]
StateAsked = Literal["open", "idea", "planned", "running", "works", "no_effect", "dropped"]
Belief = Annotated[str, StringConstraints(min_length=1, max_length=BELIEF_LENGTH, pattern=r"\S")]
Text = Annotated[str, Field(max_length=TEXT_LENGTH)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LENGTH, pattern=r"\S")]
Gain = Annotated[float, Field(ge=0, lt=LARGEST)]
Step = Annotated[int, Field(ge=1, le=1000)]

_IN = "In whole units of the currency, or in conversions."
_NO_CURRENCY = "Null: the gain is in conversions."


class HypothesisShown(Schema):
    """A hypothesis: what is believed, why, what to try, and what it should bring."""

    id: int
    state: StateName
    belief: str = Field(description="What is believed.")
    why: str
    attempt: str = Field(description="What to try.")
    gain: float | None = Field(description=f"What it should bring a month. {_IN}")
    gain_low: float | None = Field(description="At least.")
    gain_high: float | None = Field(description="At most.")
    currency: str | None = Field(description=f"ISO 4217. {_NO_CURRENCY}")
    owner: int | None = Field(description="Key of the user who sees to it.")
    funnel: int | None = Field(description="Key of the funnel; null where it is about none, or it was deleted.")
    funnel_name: str
    previous_step: str | None = Field(description="The step at which people stand.")
    step: str | None = Field(description="The step that more should reach.")
    by: str | None = Field(description="The property by which the leak was found; null for the step as a whole.")
    value: str | None
    leak: int | None = Field(description="Key of the leak that it was written about.")
    created: datetime
    touched: datetime = Field(description="When it was changed or something was noted last.")
    version: int

    @classmethod
    def of(cls, card: Card) -> "HypothesisShown":
        """A hypothesis, as it is answered."""
        row = card.row
        same = ("belief", "why", "attempt", "gain", "gain_low", "gain_high", "state", "created", "touched", "version")
        return cls(
            **{name: getattr(row, name) for name in same},
            id=row.pk,
            currency=row.currency or None,
            owner=row.owner_id,
            funnel=card.funnel.pk if card.funnel else None,
            funnel_name=card.funnel_name,
            previous_step=card.before or None,
            step=card.step or None,
            by=row.by or None,
            value=row.value or None,
            leak=row.found_id,
        )


class LinkShown(Schema):
    """Something that hangs on a hypothesis."""

    kind: str
    key: str
    title: str
    at: datetime

    @classmethod
    def of(cls, row: Link) -> "LinkShown":
        """It, as it is answered."""
        return cls(kind=row.kind, key=row.key, title=row.title, at=row.at)


class HypothesisRead(HypothesisShown):
    """A hypothesis with what hangs on it."""

    links: list[LinkShown]


class EntryShown(Schema):
    """A line of the log of a hypothesis."""

    id: int
    kind: Literal["written", "changed", "state", "note", "attached", "removed", "brought_back"]
    text: str
    fields: list[str] = Field(description="The fields that a change touched.")
    origin: StateName | None = Field(description="The state before, where it changed.")
    state: StateName | None
    by: int | None = Field(description="Key of the user.")
    at: datetime

    @classmethod
    def of(cls, row: Entry) -> "EntryShown":
        """A line, as it is answered."""
        told: dict[str, Any] = {name: getattr(row, name) for name in ("kind", "text", "fields", "at")}
        told |= {"origin": row.origin or None, "state": row.state or None}
        return cls(id=row.pk, by=row.by_id, **told)


class HypothesesAsked(Paging):
    """Which hypotheses are asked for."""

    state: StateAsked | None = Field(None, description="`open` is every state in which something is to be tried yet.")
    owner: int | None = Field(None, ge=1, le=LARGEST_KEY, description="Key of a user.")
    funnel: int | None = Field(None, ge=1, le=LARGEST_KEY, description="Key of a funnel.")
    text: str | None = Field(None, max_length=200, description="Words that stand in it.")


class NewHypothesis(Body):
    """A hypothesis that is written: about a leak, about a step of a funnel, or about neither.

    About a leak, what is not sent is prefilled: what leaks as the belief, its cost as the gain.
    """

    leak: Key | None = Field(None, description="Key of the leak.")
    funnel: Key | None = Field(None, description="Key of the funnel, where it is about no leak.")
    step: Step | None = Field(None, description="Number of the step at which people stand, from 1; with `funnel`.")
    belief: Belief | None = Field(None, description="What is believed. It may be left out with `leak`.")
    why: Text = Field(default_factory=unsent)
    attempt: Text = Field(default_factory=unsent, description="What to try.")
    gain: Gain | None = Field(None, description=f"What it should bring a month. {_IN}")
    gain_low: Gain | None = None
    gain_high: Gain | None = None
    currency: KnownCurrency | None = Field(None, description=_NO_CURRENCY)
    owner: Key | None = Field(None, description="Key of the user who sees to it.")

    @model_validator(mode="after")
    def about_one(self) -> "NewHypothesis":
        """It is about a leak, or about a step, or about neither."""
        if self.leak is not None and (self.funnel is not None or self.step is not None):
            raise ValueError("Send `leak`, or `funnel` and `step`, or none of them.")
        if (self.funnel is None) != (self.step is None):
            raise ValueError("Send `funnel` and `step` together.")
        return self


class HypothesisChange(Body):
    """What is to be changed of a hypothesis."""

    belief: Belief = Field(default_factory=unsent)
    why: Text = Field(default_factory=unsent)
    attempt: Text = Field(default_factory=unsent)
    gain: Gain | None = Field(default_factory=unsent)
    gain_low: Gain | None = Field(default_factory=unsent)
    gain_high: Gain | None = Field(default_factory=unsent)
    currency: KnownCurrency | None = Field(default_factory=unsent, description=_NO_CURRENCY)
    owner: Key | None = Field(default_factory=unsent)


class StateGiven(Body):
    """How far a hypothesis has come."""

    state: StateName
    text: Text = Field("", description="Why, or what came of it.")


class NoteGiven(Body):
    """A note for the log."""

    text: Note


@operation(router, "GET", permission=SEE, gives=Page[HypothesisShown])
def list_hypotheses(request: HttpRequest, asked: Annotated[HypothesesAsked, Query()]) -> Page[HypothesisShown]:
    """List the hypotheses, what was written last first."""
    wanted = Asked(asked.state or "", asked.owner, asked.funnel, asked.text or "")
    found, following = pages(narrowed(hypotheses(user_of(request)), wanted), asked, newest_first=True)
    return Page[HypothesisShown](items=[HypothesisShown.of(one) for one in cards(found)], next=following)


@operation(router, "GET /{hypothesis}", permission=SEE, gives=HypothesisRead)
def read_hypothesis(request: HttpRequest, hypothesis: KeyInPath, response: HttpResponse) -> HypothesisRead:
    """Read a hypothesis with what hangs on it."""
    row = hypothesis_of(hypothesis, user_of(request))
    mark(response, row.version)
    links = [LinkShown.of(one) for one in links_of(row)]
    return HypothesisRead(**HypothesisShown.of(cards([row])[0]).model_dump(), links=links)


@operation(router, "POST", permission=PERMISSION, gives=HypothesisShown, status=201)
def write_hypothesis(request: HttpRequest, body: NewHypothesis, response: HttpResponse) -> HypothesisShown:
    """Write a hypothesis down."""
    user = user_of(request)
    given = {name: one for name, one in body.given().items() if name not in ("leak", "funnel", "step")}
    if "currency" in given:
        given["currency"] = given["currency"] or ""
    if "gain" in given:
        # Limits that were worked out for another gain do not belong to this one.
        given = {"gain_low": None, "gain_high": None, "currency": "", **given}
    if given.get("belief", "") is None:
        del given["belief"]
    row = acts.write_hypothesis(replace(_draft(body, user), **given), who=Who.of(user))
    response.headers["Location"] = f"{PREFIX}/hypotheses/{row.pk}"
    return _answer(row, response)


@operation(router, "PATCH /{hypothesis}", permission=PERMISSION, gives=HypothesisShown, versioned=True)
def change_hypothesis(
    request: HttpRequest, hypothesis: KeyInPath, body: HypothesisChange, response: HttpResponse
) -> HypothesisShown:
    """Change what a hypothesis says; its log notes which fields."""
    given = body.given()
    if "currency" in given:
        given["currency"] = given["currency"] or ""
    with heeding(request):
        who, seen = Who.of(user_of(request)), version_seen(request)
        return _answer(acts.change_hypothesis(hypothesis, given, who=who, version=seen), response)


@operation(router, "POST /{hypothesis}/state", permission=PERMISSION, gives=HypothesisShown, versioned=True)
def set_hypothesis_state(
    request: HttpRequest, hypothesis: KeyInPath, body: StateGiven, response: HttpResponse
) -> HypothesisShown:
    """Say how far a hypothesis has come; its log notes that."""
    with heeding(request):
        who, seen = Who.of(user_of(request)), version_seen(request)
        return _answer(acts.set_state(hypothesis, body.state, who=who, text=body.text, version=seen), response)


@operation(router, "GET /{hypothesis}/log", permission=SEE, gives=Page[EntryShown])
def list_hypothesis_log(request: HttpRequest, hypothesis: KeyInPath, paging: Cursor) -> Page[EntryShown]:
    """List what was done about a hypothesis and noted of it, the newest first."""
    found, following = pages(log_of(hypothesis_of(hypothesis, user_of(request))), paging, newest_first=True)
    return Page[EntryShown](items=[EntryShown.of(one) for one in found], next=following)


@operation(router, "POST /{hypothesis}/log", permission=PERMISSION, gives=EntryShown, status=201)
def note_hypothesis(request: HttpRequest, hypothesis: KeyInPath, body: NoteGiven) -> EntryShown:
    """Note something in the log of a hypothesis."""
    return EntryShown.of(acts.add_note(hypothesis, body.text, who=Who.of(user_of(request))))


@operation(router, "DELETE /{hypothesis}", permission=PERMISSION, status=204, versioned=True)
def remove_hypothesis(request: HttpRequest, hypothesis: KeyInPath) -> None:
    """Remove a hypothesis. For thirty days it can be brought back."""
    with heeding(request):
        acts.remove_hypothesis(hypothesis, who=Who.of(user_of(request)), version=version_seen(request))


@operation(router, "POST /{hypothesis}/bring-back", permission=PERMISSION, gives=HypothesisShown)
def bring_back_hypothesis(request: HttpRequest, hypothesis: KeyInPath, response: HttpResponse) -> HypothesisShown:
    """Bring a removed hypothesis back."""
    return _answer(acts.bring_back_hypothesis(hypothesis, who=Who.of(user_of(request))), response)


def _draft(body: NewHypothesis, user: User) -> Draft:
    """What a hypothesis says of itself that was sent; what stands elsewhere is seen by whoever may see leaks."""
    if body.leak is not None:
        return draft_of(entries([leak_of(body.leak, user)])[0], user.pk)
    if body.belief is None:
        raise InvalidDefinition(
            "hypotheses.no_belief", "Send what is believed, or the leak it is about.", field="belief"
        )
    if body.funnel is not None and body.step is not None:
        return replace(draft_at(saved_funnel(body.funnel), body.step, user.pk), belief=body.belief)
    return Draft(body.belief, owner=user.pk)


def _answer(row: Hypothesis, response: HttpResponse) -> HypothesisShown:
    mark(response, row.version)
    return HypothesisShown.of(cards([hypotheses(None).get(pk=row.pk)])[0])
