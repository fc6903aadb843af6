"""The page for what failed: trouble with disk or database says what to do, anything else that it is not one's fault."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views.defaults import server_error

from tragt.web.project.troubles import REMEDIES, trouble_in
from tragt.web.shell.language import of_browser

__all__ = ["failed"]

AGAIN_SECONDS = 30


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a request whose page raised an error; asks nothing of the database, which may be what failed."""
    code = trouble_in(sys.exception())
    with translation.override(of_browser(request) or settings.LANGUAGE_CODE):
        response = _trouble(request, gettext(REMEDIES[code])) if code else server_error(request)
        response.headers["Content-Language"] = translation.get_language()
    return response


def _trouble(request: HttpRequest, remedy: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        response = HttpResponse(remedy, "text/plain; charset=utf-8")
    else:
        again = request.get_full_path() if request.method == "GET" else ""
        response = HttpResponse(render_to_string("503.html", {"remedy": remedy, "again": again}))
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    session = getattr(request, "session", None)
    if session is not None:
        # Else it is tried to be saved, which fails again after as long a wait.
        session.modified = False
    return response
