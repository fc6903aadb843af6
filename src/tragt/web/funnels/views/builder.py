"""Building a funnel: the page of its fields, what its buttons do, and the sentence that follows along."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tragt.errors import TragtError
from tragt.funnel import Funnel
from tragt.funnel.condition import Operator
from tragt.funnel.definition import Unit
from tragt.funnel.words import words
from tragt.funnel.words.conditions import condition_in_words
from tragt.web.funnels import actions, queries
from tragt.web.funnels.building import Built, build
from tragt.web.funnels.draft import EVENT, STAGE, Draft, draft_of, plain, read_draft
from tragt.web.funnels.mistakes import mistake_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.offers import Offers, offers
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.presenting import Sentence, language, sentence_of
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.shell.acting import Who

EDIT = permission_required("funnels.edit", raise_exception=True)

UNITS = {
    Unit.PERSON: gettext_lazy("People"),
    Unit.COMPANY: gettext_lazy("Companies"),
    Unit.DEAL: gettext_lazy("Deals"),
    Unit.SESSION: gettext_lazy("Sessions"),
}
OPERATORS = {
    Operator.EQUALS: gettext_lazy("is"),
    Operator.NOT_EQUALS: gettext_lazy("is not"),
    Operator.IN: gettext_lazy("is one of (separated by |)"),
    Operator.CONTAINS: gettext_lazy("contains"),
    Operator.GREATER: gettext_lazy("is over"),
    Operator.LESS: gettext_lazy("is under"),
    Operator.IS_SET: gettext_lazy("is given"),
}
SCALES = {
    "minutes": gettext_lazy("minutes"),
    "hours": gettext_lazy("hours"),
    "days": gettext_lazy("days"),
    "weeks": gettext_lazy("weeks"),
    "session": gettext_lazy("in the same session"),
    "none": gettext_lazy("no limit"),
}
ORDERS = {
    "ordered": gettext_lazy("In order, with anything between"),
    "any": gettext_lazy("In any order after the first"),
    "adjacent": gettext_lazy("In order, with nothing between"),
}
COUNTS = {
    "best": gettext_lazy("Once, with the attempt that came furthest"),
    "first": gettext_lazy("Once, with the first attempt in the period"),
    "first_ever": gettext_lazy("Once, with the very first attempt"),
    "every": gettext_lazy("Every attempt counts"),
}


@dataclass
class Form:
    """The fields as the page shows them.

    Attributes:
        draft: What stands in them.
        offers: What the log has to choose from.
        built: What came of it; None before anything was sent.
        saved: The funnel that is changed; None for a new one.
        focus: The field that gets the focus.
    """

    draft: Draft
    offers: Offers
    built: Built | None = None
    saved: SavedFunnel | None = None
    focus: str = ""

    units, operators, scales, orders, counts = (
        [(str(value), text) for value, text in choices.items()] for choices in (UNITS, OPERATORS, SCALES, ORDERS, COUNTS)
    )
    periods = PeriodKind.choices

    @cached_property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {one.field: one.text for one in self.built.mistakes} if self.built else {}

    @cached_property
    def steps(self) -> Sequence["FormStep"]:
        """The steps."""
        return [FormStep(self, place) for place in range(len(self.draft.steps))]

    @cached_property
    def sentence(self) -> Sentence | None:
        """What the fields mean in words; None where they mean nothing yet."""
        funnel = self.built.funnel if self.built else None
        period = self.built.period if self.built else None
        if funnel is None or period is None:
            return None
        return sentence_of(funnel, period.resolve(queries.calendar()))

    @property
    def in_words(self) -> Sequence[str]:
        """What is wrong, one sentence each."""
        return list(dict.fromkeys(self.wrong.values()))


@dataclass(frozen=True)
class Choice:
    """One thing to choose."""

    value: str
    text: str
    count: int = 0


@dataclass
class FormStep:
    """One step of the fields."""

    form: Form
    place: int

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.place + 1

    @property
    def draft(self) -> object:
        """What stands in its fields."""
        return self.form.draft.steps[self.place]

    @property
    def wrong(self) -> str:
        """What is wrong with it."""
        return self.form.wrong.get(f"step-{self.place}", "")

    @property
    def first(self) -> bool:
        """Whether no step comes before it."""
        return self.place == 0

    @property
    def last(self) -> bool:
        """Whether no step comes after it."""
        return self.place == len(self.form.draft.steps) - 1

    @property
    def unknown(self) -> Sequence[Choice]:
        """What is chosen and the log does not have."""
        names = self.form.draft.steps[self.place].names
        return [Choice(one, one.removeprefix(EVENT).removeprefix(STAGE)) for one in names if not self.form.offers.has(one)]

    @property
    def conditions(self) -> Sequence[tuple[int, object, str]]:
        """Its conditions with their numbers and what is wrong with them."""
        lines = self.form.draft.steps[self.place].conditions
        return [
            (number, line, self.form.wrong.get(f"step-{self.place}-condition-{number}", ""))
            for number, line in enumerate(lines)
        ]

    @property
    def kept(self) -> str:
        """The condition that the fields cannot show, in words; empty where there is none."""
        drafted, saved = self.form.draft.steps[self.place], self.form.saved
        if not drafted.keeps or drafted.origin is None or saved is None:
            return ""
        step = saved.funnel.steps[drafted.origin] if drafted.origin < len(saved.funnel.steps) else None
        if step is None or step.where is None or plain(step.where) is not None:
            return ""
        return condition_in_words(step.where, words(language()))


@require_http_methods(["GET", "POST"])
@EDIT
def new(request: HttpRequest) -> HttpResponse:
    """Build a new funnel."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a funnel."""
    return _edit(request, saved_or_404(key))


def _edit(request: HttpRequest, saved: SavedFunnel | None) -> HttpResponse:
    found = offers()
    try:
        before = saved.funnel if saved else None
    except TragtError as error:
        messages.error(request, mistake_of(error).text)
        return redirect("funnels")
    if request.method != "POST":
        form = Form(_start(saved, before, found), found, saved=saved)
        if before is not None:
            form.built = Built(before, saved.saved_period if saved else None)
        return render(request, "funnels/builder.html", {"form": form, "saved": saved})
    draft = read_draft(request.POST)
    do = request.POST.get("do", "")
    if do != "save":
        changed, focus = draft.changed(do)
        form = Form(changed, found, saved=saved, focus=focus)
        template = "funnels/_builder.html" if request.headers.get("HX-Request") else "funnels/builder.html"
        return render(request, template, {"form": form, "saved": saved})
    built = build(draft, queries.calendar(), found.kinds, before)
    if built.funnel is None or built.period is None:
        form = Form(draft, found, built, saved)
        return render(request, "funnels/builder.html", {"form": form, "saved": saved}, status=422)
    row = _save(request, built.funnel, built.period, draft.name, saved)
    messages.success(request, _("The funnel is saved."))
    return redirect("funnel", row.pk)


def _save(
    request: HttpRequest, funnel: Funnel, period: SavedPeriod, name: str, saved: SavedFunnel | None
) -> SavedFunnel:
    return actions.save(Who.of(request.user), funnel, name, period, saved)  # type: ignore[arg-type]


def _start(saved: SavedFunnel | None, before: Funnel | None, found: Offers) -> Draft:
    if saved is not None and before is not None:
        return draft_of(before, saved.name, saved.saved_period)
    unit = found.units[0] if found.units else Unit.PERSON
    return Draft(unit=str(unit), scale="none" if unit == Unit.DEAL else "days", amount="" if unit == Unit.DEAL else "30")


@require_POST
@EDIT
def preview(request: HttpRequest) -> HttpResponse:
    """What the fields mean so far, in words."""
    key = request.POST.get("saved", "")
    saved = saved_or_404(int(key)) if key.isdecimal() else None
    found = offers()
    built = build(read_draft(request.POST), queries.calendar(), found.kinds, saved.funnel if saved else None)
    return render(request, "funnels/_preview.html", {"form": Form(read_draft(request.POST), found, built, saved)})
