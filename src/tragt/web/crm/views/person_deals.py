"""All deals that a person is or was on."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.web.accounts.views.asking import asker
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.queries.memberships import deals_of_person, with_roles
from tragt.web.people.kinds import PERSON
from tragt.web.records.queries.names import beside, leave_out_unseen

__all__ = ["person_deals"]

_ON_A_PAGE = 50


@require_GET
@never_cache
@permission_required(("people.see", "deals.see"), raise_exception=True)
def person_deals(request: HttpRequest, key: int) -> HttpResponse:
    """The deals of a person: those that the person left last, the open ones first, then the newest."""
    user = asker(request)
    person = PERSON.visible(user).filter(pk=key).first()
    if person is None:
        raise Http404
    page = Paginator(deals_of_person(user, key), _ON_A_PAGE).get_page(request.GET.get("page"))
    deals = with_roles(page.object_list, key)
    leave_out_unseen(beside(DEAL, [one.deal for one in deals]), user)
    inputs = {"person": person, "page": page, "deals": deals, "may": user.has_perm("deals.edit")}
    return render(request, "crm/person_deals.html", inputs)
