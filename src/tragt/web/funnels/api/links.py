"""Operations on links by which people without an account see a funnel. The unit is the link."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.crm.api.values import Exact
from tragt.web.funnels import actions, queries
from tragt.web.funnels.models import SharedLink
from tragt.web.funnels.sharing import address_of, links_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Funnels"])

SHARE = "funnels.share"


class SharedLinkShown(Schema):
    """A link, without its secret part."""

    id: int
    by: int | None = Field(description="Key of the user who made it.")
    created: datetime
    expires: datetime
    revoked: datetime | None = Field(description="When it was taken back; null while it was not.")
    seen: datetime | None = Field(description="When somebody looked last; null where nobody did.")

    @classmethod
    def of(cls, row: SharedLink) -> "SharedLinkShown":
        """A link, as it is answered."""
        return cls(
            id=row.pk, by=row.by_id, created=row.created, expires=row.expires, revoked=row.revoked, seen=row.seen
        )


class SharedLinkMade(SharedLinkShown):
    """A link that was just made, with where it leads."""

    address: str = Field(description="The link. It is told this once.")


class NewSharedLink(Exact):
    """A link that is made."""

    days: Literal[7, 30, 90] = Field(30, description="For how many days it is good.")


@operation(router, "GET /{funnel}/links", permission=SHARE, gives=Page[SharedLinkShown])
def list_funnel_links(request: HttpRequest, funnel: KeyInPath, paging: Cursor) -> Page[SharedLinkShown]:  # noqa: ARG001
    """Links to a funnel, the newest first, also those that are good no longer."""
    found, following = pages(links_of(queries.saved_funnel(funnel)), paging, newest_first=True)
    return Page[SharedLinkShown](items=[SharedLinkShown.of(row) for row in found], next=following)


@operation(router, "POST /{funnel}/links", permission=SHARE, gives=SharedLinkMade, status=201)
def share_funnel(
    request: HttpRequest, funnel: KeyInPath, body: NewSharedLink, response: HttpResponse
) -> SharedLinkMade:
    """Make a link by which people without an account see the figures of a funnel.

    They see its sentence, picture and table, and no person: a funnel with a condition on a name, an e-mail address or
    a telephone number is not shared, and where it gets one later, they see "…" in its place.
    """
    made = actions.share(Who.of(user_of(request)), queries.saved_funnel(funnel), body.days)
    response.headers["Location"] = f"{PREFIX}/funnels/{funnel}/links"
    return SharedLinkMade(**SharedLinkShown.of(made.link).model_dump(), address=address_of(made.token))


@operation(router, "DELETE /{funnel}/links/{link}", permission=SHARE, status=204)
def revoke_funnel_link(request: HttpRequest, funnel: KeyInPath, link: KeyInPath) -> None:
    """Take a link back. Whoever has it sees nothing any more."""
    actions.revoke_link(Who.of(user_of(request)), queries.saved_funnel(funnel), link)
