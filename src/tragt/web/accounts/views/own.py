"""One's own pages: profile, and how one signs in."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods

from tragt.web.accounts import actions, queries
from tragt.web.accounts.forms.settings import ProfileForm
from tragt.web.accounts.views.asking import asker
from tragt.web.shell import language


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name and language."""
    user = asker(request)
    initial = {"name": user.name, "language": user.language or request.LANGUAGE_CODE}
    form = ProfileForm(request.POST or None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        actions.change_profile(user, name=given["name"], language=given["language"])
        with override(given["language"]):
            messages.success(request, _("Saved."))
        response = HttpResponseRedirect(reverse("profile"))
        language.keep(response, given["language"])
        return response
    return render(request, "accounts/profile.html", {"form": form, "user": user})


@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, sessions: what there is, and where each is changed."""
    user = asker(request)
    return render(request, "accounts/security.html", {"doors": queries.doors(user), "mfa": settings.TRAGT.mfa})
