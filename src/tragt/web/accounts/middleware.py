"""What stands before every page: the first run while there is no owner, the second factor where it is required."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from tragt.web.accounts import queries

__all__ = ["EntranceMiddleware"]

START = "start"
PROGRAMS = "api"
# Pages that work before the first run.
_BEFORE = {START, "healthz", "favicon", "language", "theme", "hosted", "framed", "file_open"}
# Pages that work before the second factor that is required has been set up; those of allauth's mfa too.
_WITHOUT = {"security", "favicon", "language", "theme", "account_logout", "account_reauthenticate", "account_login"}
_SECOND_FACTOR = "mfa_"


class EntranceMiddleware:
    """Leads to the first run, or to setting up a second factor; stands below the one that knows the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Lead elsewhere, or let the page answer."""
        found = request.resolver_match
        if found is not None and found.namespace == PROGRAMS:
            return None  # who asks is said by a key, which is asked for there
        name = (found.url_name if found else None) or ""
        if name.startswith(_SECOND_FACTOR) and settings.TRAGT.mfa == "off":
            raise Http404
        if request.user.is_authenticated:
            return self._second_factor(request, name)
        if name not in _BEFORE and not queries.is_set_up():
            return _to(request, START)
        return None

    def _second_factor(self, request: HttpRequest, name: str) -> HttpResponse | None:
        if settings.TRAGT.mfa != "required" or name in _WITHOUT or name.startswith(_SECOND_FACTOR):
            return None
        if is_mfa_enabled(request.user):
            return None
        messages.warning(request, _("Your organisation asks for a second factor. Set one up to continue."))
        return _to(request, "security")


def _to(request: HttpRequest, name: str) -> HttpResponse:
    response: HttpResponse = HttpResponseRedirect(reverse(name))
    if "HX-Request" in request.headers:
        response = HttpResponse(headers={"HX-Redirect": reverse(name)})
    return response
