"""The design system on one page, for those who build pages: every part, in every state."""

import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

__all__ = ["show"]

MOMENT = datetime.datetime(2026, 10, 31, 13, 2, tzinfo=datetime.UTC)
FRAMES = {"page": "shell/design.html", "settings": "shell/design_settings.html", "narrow": "shell/design_narrow.html"}


class Example(forms.Form):
    """A form with every kind of field."""

    name = forms.CharField(label="Name of the organisation", help_text="As your customers know it.")
    email = forms.EmailField(label="E-mail")
    currency = forms.ChoiceField(label="Currency", choices=[("DKK", "Danish krone"), ("EUR", "Euro")])
    start = forms.DateField(label="First day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    limit = forms.IntegerField(label="Largest number", required=False)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    weekly = forms.BooleanField(label="Send a report each Monday", required=False, help_text="At seven o'clock.")
    order = forms.ChoiceField(
        label="How dates are written",
        choices=[("day", "03/04 is the 3rd of April"), ("month", "03/04 is the 4th of March")],
        widget=forms.RadioSelect,
    )

    def clean(self) -> None:
        """Say something that belongs to no single field."""
        raise forms.ValidationError("Two fields need your attention.")


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Show the design system; only while developing."""
    if not (settings.DEBUG or getattr(settings, "DESIGN_PAGE", False)):
        raise Http404
    messages.success(request, "412 people were imported.")
    messages.warning(request, "3 rows were left out; the file of rejected rows says why.")
    messages.error(request, "The file cannot be read. Save it as CSV and drop it again.")
    messages.info(request, "A new funnel was proposed.")
    form = Example({"name": "", "email": "nobody", "currency": "DKK"}, auto_id="example_%s")
    pages = Paginator(range(1234), 50)
    template = FRAMES.get(request.GET.get("frame", "page"), FRAMES["page"])
    context = {"form": form, "page": pages.get_page(request.GET.get("page")), "moment": MOMENT}
    return render(request, template, context | {"length": datetime.timedelta(hours=3, minutes=30)})
