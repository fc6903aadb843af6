"""The pages on retention: a line a kind of data, and one of them to be changed."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tragt.errors import NotFound
from tragt.web.accounts.views.asking import who
from tragt.web.retention import actions, queries
from tragt.web.retention.actions import PERMISSION
from tragt.web.retention.forms import RuleForm
from tragt.web.retention.periods import in_words
from tragt.web.retention.queries import Standing
from tragt.web.retention.tasks import AT
from tragt.web.shell.retention import kind

__all__ = ["count", "rule", "rules"]

_SEE = "organisation.see"


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of data as a page shows it.

    Attributes:
        of: The kind and what holds for it.
        title: What it is called.
        holds: What it is.
        effect: What becomes otherwise once it goes; empty where nothing does.
        kept: For how long it is kept.
        way: How it goes; empty where there is one way only.
    """

    of: Standing
    title: str
    holds: str
    effect: str
    kept: str
    way: str


@require_GET
@permission_required(_SEE, raise_exception=True)
def rules(request: HttpRequest) -> HttpResponse:
    """For how long each kind of data is kept, and what went last."""
    lines = [_line(one) for one in queries.standings()]
    return render(request, "retention/rules.html", {"lines": lines, "at": AT})


@require_GET
@never_cache
@permission_required(_SEE, raise_exception=True)
def count(request: HttpRequest, code: str) -> HttpResponse:
    """How much of a kind would go now: a part of the list, or a page of its own."""
    standing = _standing(code)
    before = standing.before(timezone.now())
    number = None if before is None else standing.kind.count(before)
    template = "retention/_count.html" if "HX-Request" in request.headers else "retention/count.html"
    return render(request, template, {"line": _line(standing), "number": number})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permission_required(_SEE, raise_exception=True)
@permission_required(PERMISSION, raise_exception=True)
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Choose for how long a kind is kept; where something would go by that, ask first."""
    standing = _standing(code)
    form = RuleForm(standing, request.POST or None)
    if not form.is_valid():
        return render(request, "retention/rule.html", {"line": _line(standing), "form": form})
    days, way = form.chosen
    going = _going(standing, days, way)
    if going and "sure" not in request.POST:
        context = {"line": _line(standing), "form": form, "kept": in_words(days), "going": going, "at": AT}
        return render(request, "retention/confirm.html", context | {"now": _way(standing, way)})
    actions.choose(who(request), standing.kind, days, way)
    messages.success(request, _("Saved. What is past its time goes at night."))
    return redirect("retention:rules")


def _going(standing: Standing, days: int | None, way: str) -> int:
    """How much would go by a choice that would not go as it is now, or would go otherwise."""
    chosen = Standing(standing.kind, days, way, standing.run)
    before = chosen.before(timezone.now())
    shorter = standing.days is None or (days is not None and days < standing.days)
    if before is None or not (shorter or way != standing.way):
        return 0
    return standing.kind.count(before)


def _standing(code: str) -> Standing:
    try:
        return queries.standing(kind(code))
    except NotFound as nothing:
        raise Http404 from nothing


def _line(of: Standing) -> Line:
    one = of.kind
    return Line(
        of,
        _(one.title),
        _(one.holds),
        _(one.effect) if one.effect else "",
        in_words(of.days),
        _way(of, of.way),
    )


def _way(of: Standing, way: str) -> str:
    label = dict(of.kind.ways).get(way, "")
    return _(label) if label else ""
