"""The page for what failed: trouble with disk or database says what to do, anything else that it is not one's fault."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views.defaults import server_error

from tragt.web.project.bounds import Counted, too_large
from tragt.web.project.troubles import REMEDIES, trouble_in
from tragt.web.shell.language import of_browser

__all__ = ["Application", "failed"]

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
    return response


class Application(ASGIHandler):
    """Django as the server calls it; also says so where no disk takes what is being sent, which it reads first.

    Nor does it read more than an address takes.
    """

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        begun, counted = False, Counted(scope, receive)

        async def noted(message: Mapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            if not counted.over:
                await super().handle(scope, counted, noted)
        except OSError as problem:
            if begun or not trouble_in(problem):
                raise
            await self.send_response(failed(self.request_class(scope, BytesIO())), send)
        if counted.over and not begun:
            await self.send_response(too_large(self.request_class(scope, BytesIO()), counted.most), send)
