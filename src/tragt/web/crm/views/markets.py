"""The settings of the markets that the firm sells in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions.markets import describe_market
from tragt.web.crm.forms.markets import MarketForm
from tragt.web.crm.queries.markets import profiles
from tragt.web.crm.views.pipelines import EDIT
from tragt.web.shell.organisation import current

__all__ = ["listing"]


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def listing(request: HttpRequest) -> HttpResponse:
    """The markets; a post says what is known of one of them."""
    told, status = request.POST.get("market", ""), 200
    forms = []
    for profile in profiles():
        posted = request.POST if request.method == "POST" and profile.market == told else None
        form = MarketForm(profile, current().currency, posted)
        if posted is not None and form.is_valid():
            describe_market(profile.market, form.cleaned_data, who=who(request))
            messages.success(request, _("Saved."))
            return redirect("settings_markets")
        status = 422 if posted is not None else status
        forms.append((profile, form))
    return render(request, "crm/settings/markets.html", {"forms": forms}, status=status)
