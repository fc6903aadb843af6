"""The list of a kind of record, its file, and the choice of its columns."""

from collections.abc import Iterable
from itertools import chain

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.records.actions.exports import export_list
from tragt.web.records.actions.layouts import choose_columns
from tragt.web.records.downloads import comma_separated, heads_of, rows_of, texts
from tragt.web.records.forms import FilterForm
from tragt.web.records.kinds import ColumnType, Kind, kind_of
from tragt.web.records.listing import Listing, operators, read
from tragt.web.records.models import Field
from tragt.web.records.presenting import Names, chips, heads, lines, offered
from tragt.web.records.queries.fields import chosen_columns, columns_of, fields_of
from tragt.web.records.queries.names import others_named, tags, users_named
from tragt.web.records.queries.pages import MOST_COUNTED, count, page
from tragt.web.records.workbooks import MEDIA, workbook
from tragt.web.shell.acting import Who

__all__ = ["columns", "listing", "listing_file"]


@require_GET
@never_cache
def listing(request: HttpRequest, kind: str) -> HttpResponse:
    """A page of the list of a kind."""
    of, user = _allowed(request, kind)
    fields = fields_of(of)
    asked = _asked(request.GET, of, user, fields)
    names = _names(asked, user)
    shown = page(asked, user)
    column = next((one for one in asked.columns if one.code == request.GET.get("add") and operators(one)), None)
    kept = QueryDict(asked.query())
    context = {
        "kind": of,
        "listing": asked,
        "page": shown,
        "counted": min(shown.number, MOST_COUNTED),
        "heads": heads(asked),
        "lines": lines(of, shown.records, asked, fields, names),
        "chips": chips(asked, names),
        "offered": offered(asked),
        "form": FilterForm(asked, column, names) if column else None,
        "others": [one for one in kept.lists() if not column or one[0].rpartition(".")[0] != column.code],
        "columns": [(one.code, one.title, one in asked.shown) for one in asked.columns[1:]],
        "here": request.get_full_path(),
        "next": asked.query(after=str(shown.after)) if shown.after else "",
        "previous": asked.query(before=str(shown.before)) if shown.before else "",
        "query": asked.query(),
        "may_export": user.has_perm(of.export),
    }
    return render(request, "records/list.html", context)


@require_GET
@never_cache
def listing_file(request: HttpRequest, kind: str, ending: str) -> HttpResponse | StreamingHttpResponse:
    """All that the filters of a list leave, as CSV or for Excel."""
    of, user = _allowed(request, kind)
    if ending not in ("csv", "xlsx"):
        raise Http404
    if not user.has_perm(of.export):
        raise PermissionDenied
    asked = _asked(request.GET, of, user, fields_of(of))
    number = count(asked, user)
    if ending == "xlsx" and number > MOST_COUNTED:
        raise Http404(_("The list is too long for Excel. Take it as CSV."))
    export_list(asked, number, who=Who.of(user))
    rows = rows_of(asked, user, _names(asked, user))
    name = f"{slugify(str(of.title)) or of.code}.{ending}"
    if ending == "xlsx":
        return _download([workbook([list(row) for row in rows], heads_of(asked), str(of.title))], MEDIA, name)
    return _download(comma_separated(texts(chain([heads_of(asked)], rows))), "text/csv; charset=utf-8", name)


@require_POST
def columns(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose the columns of a list."""
    of, user = _allowed(request, kind)
    choose_columns(of, request.POST.getlist("column"), who=Who.of(user))
    messages.success(request, _("The columns were chosen."))
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else of.address)


def _allowed(request: HttpRequest, kind: str) -> tuple[Kind, User]:
    try:
        found = kind_of(kind)
    except NotFound:
        raise Http404 from None
    if not isinstance(request.user, User) or not request.user.has_perm(found.see):
        raise PermissionDenied
    return found, request.user


def _asked(asked: QueryDict, kind: Kind, user: User, fields: list[Field]) -> Listing:
    return read(kind, columns_of(kind, fields), asked, chosen_columns(kind, user.pk))


def _names(asked: Listing, user: User) -> Names:
    chosen = {
        column.code: {value: str(title) for value, title in column.choices()}
        for column in asked.columns
        if column.type == ColumnType.CHOICE
    }
    return Names(users_named(), tags(), others_named(asked, user), chosen)


def _download(content: Iterable[bytes], media: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
