"""How large a request may be, by its address. The server keeps what is sent on the disk before anything looks at it."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from tragt.web.shell.language import of_browser

__all__ = ["Counted", "most_bytes", "too_large"]

Message = MutableMapping[str, Any]

_ROOM = 1 << 20
_FILES_AT_ONCE = 10
_API = "/api/"
_OTHERWISE = 64 * 10**6
"""More than any other page takes; each has its own bound."""


def most_bytes(path: str) -> int:
    """The most that is taken at an address.

    Args:
        path: The path of the address.
    """
    file, upload = settings.TRAGT.file_limit_mb * 10**6, settings.TRAGT.upload_limit_mb * 10**6
    if path == "/imports/":
        return int(upload) + _ROOM
    if path.startswith("/files/of/"):
        return int(file) * _FILES_AT_ONCE + _ROOM
    # Of a program's file that is a little too large there is more to say than that.
    return max(_OTHERWISE, 2 * int(file) if path.startswith(f"{_API}v1/files") else 0)


class Counted:
    """Reads what is sent, and breaks off where that is too much.

    Args:
        scope: Of the request.
        receive: Gives what is sent.
    """

    def __init__(self, scope: Message, receive: Callable[[], Awaitable[Message]]) -> None:
        said = dict(scope.get("headers", ())).get(b"content-length", b"0")
        self.most = most_bytes(scope.get("path", ""))
        self._read = 0
        self._receive = receive
        self.over = said.isdigit() and (len(said) > len(str(self.most)) or int(said) > self.most)

    async def __call__(self) -> Message:
        """The next piece; that nobody is there any more where there were too many."""
        message = await self._receive()
        self._read += len(message.get("body", b""))
        self.over = self.over or self._read > self.most
        return {"type": "http.disconnect"} if self.over else message


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """Say how much is taken."""
    if request.path_info.startswith(_API):
        # Models are there only now.
        from tragt.web.api.problems import problem  # noqa: PLC0415

        said = f"A request to this address holds at most {most // 10**6} MB."
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "api.too_large", said)
    with translation.override(of_browser(request) or settings.LANGUAGE_CODE):
        said = _("This is too much at once: at most %(most)s MB are taken here. Send less at a time.")
        response = HttpResponse(said % {"most": most // 10**6}, "text/plain; charset=utf-8")
        response.headers["Content-Language"] = translation.get_language()
    response.status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return response
