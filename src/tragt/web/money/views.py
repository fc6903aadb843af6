"""The page on currencies: which rates there are, a file of them, and one by hand."""

from dataclasses import dataclass
from datetime import date

from babel.numbers import get_currency_name
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from tragt.web.accounts import places
from tragt.web.accounts.views.asking import who
from tragt.web.money import actions, queries
from tragt.web.money.actions import PERMISSION
from tragt.web.money.forms import FileForm, RateForm
from tragt.web.money.models import BASE
from tragt.web.money.queries import Standing
from tragt.web.money.rates_file import Given, Wrong
from tragt.web.shell import formats, organisation

__all__ = ["currencies", "file", "rate"]

_SEE = "organisation.see"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A currency as the page shows it.

    Attributes:
        of: What is known of it.
        name: What it is called.
        rate: The newest rate, as the reader writes numbers.
    """

    of: Standing
    name: str
    rate: str


@require_GET
@permission_required(_SEE, raise_exception=True)
def currencies(request: HttpRequest) -> HttpResponse:
    """Which rates there are."""
    return _page(request)


@require_http_methods(["POST"])
@permission_required(PERMISSION, raise_exception=True)
def file(request: HttpRequest) -> HttpResponse:
    """Take the rates of a file; what of it was not taken is shown."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file=form)
    changed = actions.keep_rates(who(request), form.found.rates)
    said = ngettext("%(number)s rate is new or changed.", "%(number)s rates are new or changed.", changed)
    messages.success(request, said % {"number": formats.number(changed)})
    if form.found.wrong:
        return _page(request, wrong=form.found.wrong)
    return redirect("money:currencies")


@require_http_methods(["POST"])
@permission_required(PERMISSION, raise_exception=True)
def rate(request: HttpRequest) -> HttpResponse:
    """Take one rate."""
    form = RateForm(_choices(), request.POST)
    if not form.is_valid():
        return _page(request, rate=form)
    given = form.cleaned_data
    actions.keep_rates(who(request), [Given(given["day"], given["currency"], given["rate"])])
    messages.success(request, _("Saved."))
    return redirect("money:currencies")


def _page(
    request: HttpRequest, file: FileForm | None = None, rate: RateForm | None = None, wrong: tuple[Wrong, ...] = ()
) -> HttpResponse:
    today = timezone.localtime(timezone.now(), formats.zone()).date()
    standings = queries.standings(today)
    own = organisation.current().currency
    context = {
        "own": own,
        "base": BASE,
        "own_missing": own != BASE and not any(one.currency == own and one.in_force for one in standings),
        "now": [_line(one) for one in standings if one.in_force],
        "before": [_line(one) for one in standings if not one.in_force],
        "file": file or FileForm(),
        "rate": rate or RateForm(_choices(), None),
        "wrong": [(one.line, _why(one)) for one in wrong[:_SHOWN]],
        "wrong_number": len(wrong),
    }
    return render(request, "money/currencies.html", context)


def _line(of: Standing) -> Line:
    places_shown = len(of.per_euro.partition(".")[2])
    name = get_currency_name(of.currency, locale=translation.get_language() or "en")
    return Line(of, name, formats.number(float(of.per_euro), places_shown))


def _choices() -> list[tuple[str, str]]:
    language = translation.get_language() or "en"
    known = {one.currency for one in queries.standings(date.max)} | set(places.CURRENCIES)
    return [(code, f"{code}: {get_currency_name(code, locale=language)}") for code in sorted(known)]


def _why(one: Wrong) -> str:
    sentences = {
        "day": _("%(given)s is no day. Write it like 2026-03-31."),
        "currency": _("%(given)s is no currency that can have a rate against the euro. Write its three letters."),
        "rate": _("%(given)s is no rate. Write a number above 0 with at most ten decimals."),
        "twice": _("%(given)s stands there a second time. The first one counts."),
    }
    return sentences[one.field] % {"given": one.given or "–"}
