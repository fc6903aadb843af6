"""Operations on companies: listing, reading, adding and changing them, whose they are and how they are marked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.people.actions.adding import make_company
from tragt.web.people.actions.domains import take_turns_at
from tragt.web.people.actions.editing import known_of, save_company
from tragt.web.people.actions.owners import assign
from tragt.web.people.api.shown import CompanyShown, companies_shown, company_shown
from tragt.web.people.api.told import CompanyChange, NewCompany, OwnerTold, changes_of, known_for, statement_of
from tragt.web.people.kinds import COMPANY
from tragt.web.people.models import Company
from tragt.web.records.api.found import one_seen
from tragt.web.records.api.listing import Asked, Listed, asked_of, found
from tragt.web.records.api.marks import TagInPath, check_owner, mark_record, unmark_record
from tragt.web.records.queries.fields import fields_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Companies"])

if TYPE_CHECKING:
    CompaniesAsked = Asked
else:
    CompaniesAsked = asked_of(COMPANY)


@operation(router, "GET", permission="people.see", gives=Listed[CompanyShown])
def list_companies(request: HttpRequest, asked: Annotated[CompaniesAsked, Query()]) -> Listed[CompanyShown]:
    """Companies, with the filters and orders of their list page.

    Custom fields are filtered by `f<key>.<operator>`, such as `f7.from=100`; `/lists/company` names all filters.
    """
    fields = fields_of(COMPANY)
    rows, besides = found(COMPANY, fields, request, asked, user_of(request))
    return Listed[CompanyShown](items=companies_shown(rows, fields), **besides)


@operation(router, "GET /{company}", permission="people.see", gives=CompanyShown)
def read_company(request: HttpRequest, company: KeyInPath, response: HttpResponse) -> CompanyShown:
    """A company."""
    return _answer(one_seen(COMPANY, user_of(request), company), response)


@operation(router, "POST", permission="people.edit", gives=CompanyShown, status=201)
def add_company(request: HttpRequest, body: NewCompany, response: HttpResponse) -> CompanyShown:
    """Add a company.

    By its domain it is the company of everyone with an e-mail address there.
    """
    user, given = user_of(request), body.given()
    check_owner(body.owner)
    with transaction.atomic():
        row = _made(body, user)
        for name in body.tags:
            mark_record(COMPANY, row.pk, name, Who.of(user))
        if "owner" in given:
            assign(COMPANY, [row.pk], body.owner, who=Who.of(user))
    response.headers["Location"] = reverse("api:read_company", args=[row.pk])
    return _answer(_again(row.pk), response)


@operation(router, "PATCH /{company}", permission="people.edit", gives=CompanyShown, versioned=True)
def change_company(
    request: HttpRequest, company: KeyInPath, body: CompanyChange, response: HttpResponse
) -> CompanyShown:
    """Change what is known of a company.

    Only what is sent is changed, so that two who change different fields both keep their change.
    """
    user, given = user_of(request), body.given()
    with _of_what_was_read(request, user, company, given.get("domain") or "") as row:
        check_owner(given.get("owner"))
        changes = changes_of(given, known_for(COMPANY, [given], user))
        if changes:
            save_company(company, changes, known_of(row), who=Who.of(user))
        if "owner" in given:
            assign(COMPANY, [company], body.owner, who=Who.of(user))
    return _answer(_again(company), response)


@operation(router, "PUT /{company}/owner", permission="people.edit", gives=CompanyShown, versioned=True)
def assign_company(request: HttpRequest, company: KeyInPath, body: OwnerTold, response: HttpResponse) -> CompanyShown:
    """Hand a company to a user, or to everyone."""
    user = user_of(request)
    with _of_what_was_read(request, user, company):
        check_owner(body.owner)
        assign(COMPANY, [company], body.owner, who=Who.of(user))
    return _answer(_again(company), response)


@operation(router, "PUT /{company}/tags/{path:tag}", permission="people.edit", gives=CompanyShown, versioned=True)
def tag_company(request: HttpRequest, company: KeyInPath, tag: TagInPath, response: HttpResponse) -> CompanyShown:
    """Mark a company with a tag; one of a new name is made."""
    user = user_of(request)
    with _of_what_was_read(request, user, company):
        mark_record(COMPANY, company, tag, Who.of(user))
    return _answer(_again(company), response)


@operation(router, "DELETE /{company}/tags/{path:tag}", permission="people.edit", gives=CompanyShown, versioned=True)
def untag_company(request: HttpRequest, company: KeyInPath, tag: TagInPath, response: HttpResponse) -> CompanyShown:
    """Take a tag away from a company."""
    user = user_of(request)
    with _of_what_was_read(request, user, company):
        unmark_record(COMPANY, company, tag, Who.of(user))
    return _answer(_again(company), response)


@contextmanager
def _of_what_was_read(request: HttpRequest, user: User, key: int, domain: str = "") -> Iterator[Company]:
    """Do the block only of the company as it was read, and let nobody change it meanwhile, nor give its new domain.

    Raises:
        NotFound: There is no such company to see.
        Outdated: It was changed since.
    """
    with transaction.atomic():
        take_turns_at([domain])
        row = one_seen(COMPANY, user, key, locked=True)
        check_tag(request, digest_of(company_shown(row)))
        yield row


def _made(told: NewCompany, user: User) -> Company:
    """A company that was not known.

    Raises:
        Conflict: There is a company of this name or domain.
        InvalidDefinition: A value that cannot be, or a custom field is empty that must not be.
    """
    given = told.given()
    return make_company(statement_of(changes_of(given, known_for(COMPANY, [given], user))), Who.of(user))


def _again(key: int) -> Company:
    """A company as it is after a change, also where it was handed to somebody whose records are not seen."""
    return Company.objects.get(pk=key)


def _answer(row: Company, response: HttpResponse) -> CompanyShown:
    shown = company_shown(row)
    mark(response, digest_of(shown))
    return shown
