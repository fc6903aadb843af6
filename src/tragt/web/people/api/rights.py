"""Operations on the rights of persons: everything that is held of one, and letting it go."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from ninja import Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import Body, KeyInPath
from tragt.web.people.actions import anonymise_person, export_person
from tragt.web.people.actions import erase_person as erase
from tragt.web.people.archive import pieces
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Erasure
from tragt.web.people.queries import person_at
from tragt.web.records.api.found import one_seen
from tragt.web.shell.acting import Who

__all__ = ["of_erasures", "of_persons"]

ZIP = "application/zip"

of_persons = Router(tags=["Persons"])
of_erasures = Router(tags=["Persons"])


class Going(Body):
    """How a person's data shall go."""

    kind: Literal["erase", "anonymise"] = Field(
        description="`erase`: out of every figure and page at once. `anonymise`: only who it was goes, figures stay."
    )


class ErasureShown(Schema):
    """A person whose data are to go."""

    id: int
    kind: str
    asked: datetime
    finished: datetime | None = Field(description="When the files were rewritten, the night after; null until then.")

    @classmethod
    def of(cls, row: Erasure) -> "ErasureShown":
        """An erasure, as it is answered."""
        return cls(id=row.pk, kind=row.kind, asked=row.asked, finished=row.finished)


@operation(of_persons, "GET /{person}/export", permission="people.export")
def export_person_data(request: HttpRequest, person: KeyInPath) -> StreamingHttpResponse:
    """Take everything that is held of a person, as a ZIP archive: JSON and CSV files, and the files on the person."""
    user = user_of(request)
    bundle = export_person(_actor(person, user), Who.of(user))
    headers = {"Content-Disposition": 'attachment; filename="person.zip"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(pieces(bundle), content_type=ZIP, headers=headers)


@operation(of_persons, "POST /{person}/erasures", permission="people.erase", gives=ErasureShown, status=202)
def erase_person(request: HttpRequest, person: KeyInPath, body: Going, response: HttpResponse) -> ErasureShown:
    """Let a person's data go.

    Who is erased is out of every figure and page at once, and out of every byte after the next night. Who is anonymised
    waits for that night.
    """
    user = user_of(request)
    let_go = erase if body.kind == "erase" else anonymise_person
    row = let_go(_actor(person, user), Who.of(user))
    response.headers["Location"] = reverse("api:read_erasure", args=[row.pk])
    return ErasureShown.of(row)


@operation(of_erasures, "GET /{erasure}", permission="people.erase", gives=ErasureShown)
def read_erasure(request: HttpRequest, erasure: KeyInPath) -> ErasureShown:  # noqa: ARG001
    """Whether a person's data are gone."""
    found = Erasure.objects.filter(pk=erasure).first()
    if found is None:
        raise NotFound("people.no_erasure", f"There is no erasure {erasure}.")
    return ErasureShown.of(found)


def _actor(key: int, user: User) -> str:
    """The canonical actor of a person whom the user sees.

    Raises:
        NotFound: There is no such person, or nothing in the log could be theirs.
    """
    one_seen(PERSON, user, key)
    named = person_at(key)
    if named is None:
        raise NotFound("records.no_person", f"There is no person {key}, or it is not for this key to see.")
    return named.id


def _gives_zip() -> None:
    described = of_persons.path_operations["/{person}/export"].operations[0]
    content = {ZIP: {"schema": {"type": "string", "format": "binary"}}}
    described.openapi_extra = {**(described.openapi_extra or {}), "responses": {200: {"content": content}}}


_gives_zip()
