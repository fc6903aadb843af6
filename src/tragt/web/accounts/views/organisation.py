"""The organisation: what holds for everyone in it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tragt.web.accounts import actions, queries
from tragt.web.accounts.forms.settings import OrganisationForm
from tragt.web.accounts.views.asking import asker, who


@require_http_methods(["GET", "POST"])
@permission_required("organisation.see", raise_exception=True)
def organisation(request: HttpRequest) -> HttpResponse:
    """Name, zone, week, year, money, language."""
    may_edit = asker(request).has_perm("organisation.edit")
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    form = OrganisationForm(request.POST or None, instance=queries.organisation())
    if form.is_valid():
        actions.change_organisation(who(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("organisation"))
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    return render(request, "accounts/organisation.html", {"form": form, "may_edit": may_edit})
