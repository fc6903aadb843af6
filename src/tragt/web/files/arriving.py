"""Stops files that are too large while they arrive, before they are on the disk. The unit is the file."""

from collections.abc import Callable
from typing import IO, Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tragt.web.files.store import limit_bytes, too_large

__all__ = ["LIST", "Bound", "BoundMiddleware", "Skipping"]

LIST = "/api/v1/files"
"""Where programs send files, one at a time."""

_ROOM_FOR_FORM = 1 << 20


class Skipping(FileUploadHandler):
    """Leaves out the files that are too large, and takes the others of the request; `skipped` are their names."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.skipped: list[str] = []
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Some bytes of it, handed on to who keeps them."""
        del start
        self._size += len(raw_data)
        if self._size > limit_bytes():
            self.skipped.append(self.file_name or "")
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """All of it is there; another handler has it."""
        del file_size


class Bound(Skipping):
    """Refuses a request in which a file is too large, at once where the request says how long it is."""

    def handle_raw_input(self, input_data: IO[bytes], META: Any, content_length: int, *args: Any) -> None:
        """The request says how long it is."""
        del input_data, META, args
        if content_length > limit_bytes() + _ROOM_FOR_FORM:
            raise too_large()

    def upload_complete(self) -> None:
        """All of the request was read."""
        if self.skipped:
            raise too_large()


class BoundMiddleware:
    """Bounds the files that programs send: nothing must have read the request before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        if request.method == "POST" and request.path_info.rstrip("/") == LIST:
            request.upload_handlers = [Bound(request), *request.upload_handlers]
        return self.get_response(request)
