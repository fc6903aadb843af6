"""Operations on tags: which there are."""

from django.http import HttpRequest
from ninja import Router, Schema

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.records.queries.tags import tags_seen

__all__ = ["router"]

router = Router(tags=["Tags"])


class TagShown(Schema):
    """A tag."""

    id: int
    name: str
    colour: str


@operation(router, "GET", permission="people.see", gives=Page[TagShown])
def list_tags(request: HttpRequest, paging: Cursor) -> Page[TagShown]:
    """Tags of records that the key sees, and tags that no record has.

    A tag comes into being when a record is marked with it.
    """
    rows, following = pages(tags_seen(user_of(request)), paging)
    return Page[TagShown](items=[TagShown(id=row.pk, name=row.name, colour=row.colour) for row in rows], next=following)
