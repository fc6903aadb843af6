"""The page of alarms: what has begun to leak since one looked, and what one wants to hear of."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import Conflict, NotFound
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels.building.fields import whole_number
from tragt.web.leaks import alarms as reading
from tragt.web.leaks import alerting
from tragt.web.leaks.models import Attention, Mails
from tragt.web.leaks.queries import told_to
from tragt.web.leaks.voicing import voiced
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who

SEE = permission_required(["leaks.see", "funnels.see"], raise_exception=True)
EDIT = permission_required(["leaks.edit", "funnels.see"], raise_exception=True)

MOST = 200
MOST_OVER = 30
SNOOZES = (0, 7, 30, 90)


class AttentionForm(forms.Form):
    """How many false alarms are taken, and what a leak must cost."""

    false_alarm = forms.ChoiceField(
        label=gettext_lazy("False alarms"),
        choices=(
            ("0.05", gettext_lazy("Hardly any: one in 1,800 days; leaks are noticed later")),
            ("0.1", gettext_lazy("Few: one in 900 days")),
            ("0.2", gettext_lazy("Some: one in 450 days")),
            ("0.5", gettext_lazy("More: one in 180 days; leaks are noticed sooner")),
        ),
    )
    least = forms.IntegerField(label=gettext_lazy("A leak must cost a month at least"), min_value=0, max_value=10**12)
    version = forms.IntegerField(widget=forms.HiddenInput)


class MailsForm(forms.Form):
    """About which alarms one wants a mail."""

    mails = forms.ChoiceField(label=gettext_lazy("Mail about new leaks"), choices=Mails, widget=forms.RadioSelect)


@require_GET
@SEE
def alarms(request: HttpRequest) -> HttpResponse:
    """The alarms that are open, those of since one looked marked; looking at them is noted."""
    user = asker(request)
    new = set(reading.new_for(user).values_list("pk", flat=True))
    context = _context(request, new)
    alerting.look_at_alarms(user)
    return render(request, "leaks/alarms.html", context)


def _context(request: HttpRequest, new: set[int]) -> dict[str, object]:
    wanted = reading.attention()
    user = asker(request)
    listed = voiced(told_to(reading.open_alarms(), user)[:MOST], new)
    return {
        "loud": [one for one in listed if not one.row.minor and not _rests(one.row.snoozed)],
        "quiet": [one for one in listed if one.row.minor or _rests(one.row.snoozed)],
        "over": voiced(told_to(reading.alarms().exclude(closed=None), user).order_by("-closed")[:MOST_OVER]),
        "watched": list(reading.watched()),
        "attention": wanted,
        "form": attention_form(wanted),
        "mails_form": MailsForm(initial={"mails": reading.choice_of(user).mails}),
        "currency": organisation.current().currency,
        "snoozes": SNOOZES[1:],
    }


def attention_form(wanted: Attention, data: Mapping[str, object] | None = None) -> AttentionForm:
    """The form with what is wanted now."""
    told = {"false_alarm": str(Decimal(str(wanted.false_alarm)).normalize()), "least": wanted.least}
    return AttentionForm(data, initial={**told, "version": wanted.version})


def _rests(until: date | None) -> bool:
    return until is not None and until > reading.this_day()


@require_POST
@EDIT
def act(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Somebody does something about a leak."""
    try:
        alerting.act_on(Who.of(asker(request)), key, version=whole_number(request.POST.get("version", "")))
    except NotFound as absent:
        raise Http404(absent.message) from None
    except Conflict:
        messages.warning(request, _("Somebody changed this alarm meanwhile. It stands here as it is now."))
    else:
        said = _("Noted. What comes until tonight is not held against the remedy; from then on it is watched anew.")
        messages.success(request, said)
    return redirect("leaks:alarms")


@require_POST
@EDIT
def snooze(request: HttpRequest, key: int) -> HttpResponseRedirect:
    """Do not speak of an alarm for some days."""
    days = whole_number(request.POST.get("days", ""))
    if days not in SNOOZES:
        messages.error(request, _("Choose for how many days it should rest."))
        return redirect("leaks:alarms")
    try:
        alerting.snooze(Who.of(asker(request)), key, days, version=whole_number(request.POST.get("version", "")))
    except NotFound as absent:
        raise Http404(absent.message) from None
    except Conflict:
        messages.warning(request, _("Somebody changed this alarm meanwhile. It stands here as it is now."))
    else:
        messages.success(request, _("It rests until then.") if days else _("It is spoken of again."))
    return redirect("leaks:alarms")


@require_POST
@SEE
def mails(request: HttpRequest) -> HttpResponseRedirect:
    """Choose about which alarms one wants a mail."""
    form = MailsForm(request.POST)
    if form.is_valid():
        user = asker(request)
        alerting.choose_mails(Who.of(user), user, Mails(form.cleaned_data["mails"]))
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Choose one of the three."))
    return redirect("leaks:alarms")


@require_POST
@EDIT
def attention(request: HttpRequest) -> HttpResponse:
    """Say how many false alarms are taken, and what a leak must cost."""
    form = attention_form(reading.attention(), request.POST)
    if not form.is_valid():
        return render(request, "leaks/alarms.html", {**_context(request, set()), "form": form}, status=422)
    told = form.cleaned_data
    try:
        alerting.attend(Who.of(asker(request)), float(told["false_alarm"]), told["least"], version=told["version"])
    except Conflict:
        messages.warning(request, _("Somebody changed this meanwhile. It stands here as it is now."))
    else:
        messages.success(request, _("Saved."))
    return redirect("leaks:alarms")
