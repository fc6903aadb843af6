"""Giving out the bytes of a file: saved by the browser and never shown by it. The unit is the answer."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from tragt.errors import NotFound
from tragt.web.files.models import File
from tragt.web.files.store import path_of

__all__ = ["OPEN", "CookielessMiddleware", "given_out"]

OPEN = "/files/open/"
"""Where links to files lead. Cookies mean nothing there."""

_POLICY = "sandbox; default-src 'none'"
_PIECE = 1 << 18


class CookielessMiddleware:
    """Takes the cookies off requests for files: they are given out to a link, so nobody's session is asked for or set.

    Stands above everything that reads cookies.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        if request.path_info.startswith(OPEN):
            request.COOKIES = {}
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)


def given_out(row: File) -> StreamingHttpResponse:
    """A file as an answer.

    Raises:
        NotFound: Its bytes are not in the home folder any more.
    """
    path = path_of(row.place)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        said = "The file is not on the disk any more. Restore it from a backup, or remove it and add it again."
        raise NotFound("files.missing", said) from None
    response = StreamingHttpResponse(_pieces(path), content_type=row.media)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pieces(path: Path) -> Iterator[bytes]:
    """The bytes, opened once somebody takes them and closed whether they take all or not."""
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            yield piece
