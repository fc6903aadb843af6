"""Operations on deals: reading, opening and changing one, its tags, its renewal."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import tagging as marking
from tragt.web.crm.actions.deals import NewDeal
from tragt.web.crm.actions.passing import change_deal as change
from tragt.web.crm.actions.passing import make_deal
from tragt.web.crm.actions.removing import remove_deal as remove
from tragt.web.crm.api.deal_shapes import DealChange, DealShown, NewDealBody, shown_deal, someone
from tragt.web.crm.api.referring import check_company, check_owner, check_person, named_company, told_fields
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.models import Deal
from tragt.web.crm.queries.deals import deal_of, visible_deals
from tragt.web.records.api.marks import TagInPath
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who

__all__ = ["change_one", "open_one", "router"]

router = Router(tags=["Deals"])

_REFERRING = {"company", "company_name", "owner", "fields"}
"""What may be wrong by itself: whether there is such a deal is said first."""


@operation(router, "GET /{deal}", permission="deals.see", gives=DealShown)
def read_deal(request: HttpRequest, deal: KeyInPath, response: HttpResponse) -> DealShown:
    """A deal."""
    user = user_of(request)
    row = deal_of(deal, user)
    mark(response, row.version)
    return shown_deal(row, user)


@operation(router, "POST", permission="deals.edit", gives=DealShown, status=201)
def open_deal(request: HttpRequest, body: NewDealBody, response: HttpResponse) -> DealShown:
    """Open a deal."""
    user = user_of(request)
    with heeding(request):
        row = open_one(body, user)
    mark(response, row.version)
    response.headers["Location"] = f"{PREFIX}/deals/{row.pk}"
    return shown_deal(row, user)


@operation(router, "PATCH /{deal}", permission="deals.edit", gives=DealShown, versioned=True)
def change_deal(request: HttpRequest, deal: KeyInPath, body: DealChange, response: HttpResponse) -> DealShown:
    """Change what is known of a deal.

    A deal with lines is worth their sum: then its value and currency are changed by its lines.
    """
    user = user_of(request)
    with heeding(request, deal):
        row = change_one(deal, body, user, version_seen(request))
    mark(response, row.version)
    return shown_deal(row, user)


@operation(router, "DELETE /{deal}", permission="deals.edit", status=204, versioned=True)
def remove_deal(request: HttpRequest, deal: KeyInPath) -> None:
    """Remove a deal that was made by mistake, for good.

    With it go its moves, lines, committee, activities and files, and within minutes its events in the log. Managers
    may, and for a day whoever made it. A deal that came to nothing is lost instead: then it counts.
    """
    user = user_of(request)
    with heeding(request, deal):
        remove(deal, who=Who.of(user), version=version_seen(request))


@operation(router, "PUT /{deal}/tags/{path:tag}", permission="deals.edit", gives=DealShown, versioned=True)
def tag_deal(request: HttpRequest, deal: KeyInPath, tag: TagInPath, response: HttpResponse) -> DealShown:
    """Mark a deal with a tag; one of a new name is made."""
    user = user_of(request)
    with heeding(request, deal):
        row = marking.tag_deal(deal, tag, who=Who.of(user), version=version_seen(request))
    mark(response, row.version)
    return shown_deal(row, user)


@operation(router, "DELETE /{deal}/tags/{path:tag}", permission="deals.edit", gives=DealShown, versioned=True)
def untag_deal(request: HttpRequest, deal: KeyInPath, tag: TagInPath, response: HttpResponse) -> DealShown:
    """Take a tag away from a deal."""
    user = user_of(request)
    with heeding(request, deal):
        row = marking.untag_deal(deal, tag, who=Who.of(user), version=version_seen(request))
    mark(response, row.version)
    return shown_deal(row, user)


@operation(router, "GET /{deal}/renewal", permission="deals.see", gives=DealShown)
def read_renewal(request: HttpRequest, deal: KeyInPath, response: HttpResponse) -> DealShown:
    """The deal by which a won deal is renewed."""
    user = user_of(request)
    row = deal_of(deal, user)
    renewal = visible_deals(user).filter(renewal_of=row).first()
    if renewal is None:
        raise NotFound("crm.no_renewal", f"The deal {deal} has no renewal.", deal=deal)
    mark(response, renewal.version)
    return shown_deal(renewal, user)


def open_one(body: NewDealBody, user: User) -> Deal:
    """Open a deal of a body."""
    _check_one_company(body)
    check_company(body.company, user)
    told = told_fields(body.fields, new=True)
    owner = body.owner if "owner" in body.model_fields_set else user.pk
    check_owner(owner)
    contact = someone(body.contact) if body.contact else None
    check_person(contact.person if contact else None, user)
    company = named_company(body.company_name, user) if body.company_name else body.company
    new = NewDeal(
        name=body.name,
        stage=body.stage,
        currency=body.currency or organisation.current().currency,
        value=body.value,
        company=company if isinstance(company, int) else None,
        owner=owner,
        expected=body.expected,
        custom=told,
    )
    who = Who.of(user)
    with transaction.atomic():
        deal = make_deal(new, who=who, company=company if isinstance(company, str) else "", contact=contact)
        for name in body.tags:
            deal = marking.tag_deal(deal.pk, name, who=who)
        return deal


def change_one(key: int, body: DealChange, user: User, version: int | None) -> Deal:
    """Change a deal as a body says."""
    _check_one_company(body)
    changes = body.given()
    with transaction.atomic():
        if changes.keys() & _REFERRING:
            standing = deal_of(key, user)
            if "company" in changes:
                check_company(body.company, user, standing.company_id)
            if "owner" in changes:
                check_owner(body.owner, standing.owner_id)
        if "fields" in changes:
            changes["custom"] = told_fields(changes.pop("fields"))
        name = changes.pop("company_name", None)
        if name:
            changes["company"] = named_company(name, user)
        return change(key, changes, who=Who.of(user), version=version)


def _check_one_company(body: NewDealBody | DealChange) -> None:
    if body.company is not None and body.company_name:
        raise InvalidDefinition(
            "crm.two_companies", "Name the company by its key or by its name, not by both.", field="company_name"
        )
