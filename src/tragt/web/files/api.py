"""Files on records, for programs."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from ninja import File as Part
from ninja import Form, Query, Router, Schema, UploadedFile
from pydantic import Field

from tragt.errors import Conflict
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import PERMISSION, operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.problems import PROBLEMS, Problem
from tragt.web.api.schemas import LARGEST_KEY, Body, KeyInPath
from tragt.web.api.versions import Outdated, mark, version_seen
from tragt.web.files import actions
from tragt.web.files.models import File
from tragt.web.files.queries import file_of, files_of, record_of
from tragt.web.files.serving import given_out
from tragt.web.files.store import receive
from tragt.web.shell.acting import Who

__all__ = ["router"]

_PIECE = 1 << 18

router = Router(tags=["Files"])

KindOfRecord = Literal["person", "company", "deal", "activity"]
_KIND = "What the file is on."
_KEY = "Key of the person, company, deal or activity."


class FileShown(Schema):
    """A file on a record, without its bytes."""

    id: int = Field(description="Key of the file.")
    kind: KindOfRecord = Field(description=_KIND)
    key: int = Field(description=_KEY)
    name: str = Field(description="What it is called, with its ending.")
    media: str = Field(description="Its media type, found in its content.")
    size: int = Field(description="In bytes.")
    sha256: str = Field(description="Of its bytes, as hexadecimal digits.")
    by: int | None = Field(description="Key of the user who added it.")
    at: datetime = Field(description="When it was added.")

    @classmethod
    def of(cls, row: File) -> "FileShown":
        """A file as programs see it."""
        names = ("kind", "key", "name", "media", "size", "sha256", "at")
        return cls(id=row.pk, by=row.by_id, **{name: getattr(row, name) for name in names})


class FileNamed(Body):
    """What of a file can be changed."""

    name: str = Field(
        max_length=200,
        pattern=r"[^\s./\\]",
        description="What it is called. Without an ending it keeps the one it has.",
    )


@operation(router, "GET ", permission="", gives=Page[FileShown])
def list_files(
    request: HttpRequest,
    paging: Cursor,
    kind: Annotated[KindOfRecord, Query(description=_KIND)],
    key: Annotated[int, Query(ge=1, le=LARGEST_KEY, description=_KEY)],
) -> Page[FileShown]:
    """List the files on a record, the newest first.

    Whoever sees the record sees its files.
    """
    record_of(kind, key, user_of(request))
    rows, following = pages(files_of(kind, key), paging, newest_first=True)
    return Page(items=[FileShown.of(row) for row in rows], next=following)


@operation(router, "POST ", permission="", gives=FileShown, status=201)
def add_file(
    request: HttpRequest,
    response: HttpResponse,
    file: Annotated[UploadedFile, Part(description="The bytes.")],
    kind: Annotated[KindOfRecord, Form(description=_KIND)],
    key: Annotated[int, Form(ge=1, le=LARGEST_KEY, description=_KEY)],
    name: Annotated[
        str, Form(max_length=200, description="What it is called; empty means what the part is called.")
    ] = "",
) -> FileShown:
    """Put a file on a record.

    Whoever may change the record may add files to it. How large one may be, the setting `file_limit_mb` says.
    """
    who = Who.of(user_of(request))
    row = actions.add_file(receive(file.chunks(_PIECE)), name or file.name or "", kind, key, who=who)
    response.headers["Location"] = reverse("api:read_file", args=[row.pk])
    return FileShown.of(row)


@operation(router, "GET /{file}", permission="", gives=FileShown)
def read_file(request: HttpRequest, response: HttpResponse, file: KeyInPath) -> FileShown:
    """Read what is known of a file."""
    row, _kind, _record = file_of(file, user_of(request))
    mark(response, row.version)
    return FileShown.of(row)


@operation(router, "PATCH /{file}", permission="", gives=FileShown, versioned=True)
def rename_file(request: HttpRequest, response: HttpResponse, file: KeyInPath, body: FileNamed) -> FileShown:
    """Call a file something else."""
    try:
        row = actions.rename_file(file, body.name, who=Who.of(user_of(request)), version=version_seen(request))
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None
    mark(response, row.version)
    return FileShown.of(row)


@operation(router, "DELETE /{file}", permission="", status=204, versioned=True)
def remove_file(request: HttpRequest, file: KeyInPath) -> None:
    """Remove a file.

    It can be put back for a day; then it is gone with its bytes.
    """
    try:
        actions.remove_file(file, who=Who.of(user_of(request)), version=version_seen(request))
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None


@operation(router, "POST /{file}/restore", permission="", gives=FileShown)
def restore_file(request: HttpRequest, response: HttpResponse, file: KeyInPath) -> FileShown:
    """Put back a file that was removed within the last day."""
    row = actions.restore_file(file, who=Who.of(user_of(request)))
    mark(response, row.version)
    return FileShown.of(row)


def read_file_content(request: HttpRequest, file: KeyInPath) -> StreamingHttpResponse:
    """The bytes, with the media type that was found in them."""
    row, _kind, _record = file_of(file, user_of(request))
    return given_out(row)


router.add_api_operation(
    "/{file}/content",
    ["GET"],
    read_file_content,
    response={200: None, **dict.fromkeys(PROBLEMS, Problem)},
    operation_id="read_file_content",
    summary="Read the content of a file",
    description="The bytes as they were added, as an attachment.",
    openapi_extra={
        PERMISSION: "",
        "responses": {200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
    },
)
