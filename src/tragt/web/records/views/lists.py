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
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.records.actions.exports import export_list
from tragt.web.records.actions.layouts import choose_columns
from tragt.web.records.downloads import comma_separated, heads_of, rows_of, texts
from tragt.web.records.forms import FilterForm
from tragt.web.records.kinds import Column, ColumnType, Kind, kind_of
from tragt.web.records.listing import LONGEST_TEXT, TEXT, Listing, operators, read
from tragt.web.records.models import Field
from tragt.web.records.parts import list_parts
from tragt.web.records.presenting import Line, Names, chips, heads, lines, offered
from tragt.web.records.queries.fields import chosen_columns, columns_of, fields_of
from tragt.web.records.queries.names import active_users, others_named, users_named
from tragt.web.records.queries.pages import MOST_COUNTED, Page, count, page
from tragt.web.records.queries.shown import as_shown
from tragt.web.records.queries.tags import tags_seen
from tragt.web.records.views.undoing import undoable
from tragt.web.records.workbooks import MEDIA, workbook
from tragt.web.shell.acting import Who

__all__ = [
    "allowed",
    "asked_of",
    "columns",
    "file_of",
    "list_again",
    "listing",
    "listing_file",
    "names_of",
    "other_list",
]


@require_GET
@never_cache
def listing(request: HttpRequest, kind: str) -> HttpResponse:
    """A page of the list of a kind."""
    of, user = allowed(request, kind)
    fields = fields_of(of)
    asked = asked_of(request.GET, of, user, fields)
    column = next((one for one in asked.columns if one.code == request.GET.get("add") and operators(one)), None)
    names = names_of(asked, user, column)
    shown = page(asked, user)
    kept = QueryDict(asked.query())
    context = {
        "kind": of,
        "listing": asked,
        "page": shown,
        "counted": min(shown.number, MOST_COUNTED),
        "heads": heads(asked),
        "lines": _lines(asked, shown, fields, names, user),
        "chips": chips(asked, names),
        "offered": offered(asked),
        "form": FilterForm(asked, column, names) if column else None,
        "others": [one for one in kept.lists() if not column or one[0].rpartition(".")[0] != column.code],
        "within": [one for one in kept.lists() if one[0] != TEXT],
        "longest": LONGEST_TEXT,
        "columns": [(one.code, one.title, one in asked.shown) for one in asked.columns[1:] if not one.bare],
        "here": request.get_full_path(),
        "next": asked.query(after=str(shown.after)) if shown.after else "",
        "previous": asked.query(before=str(shown.before)) if shown.before else "",
        "query": asked.query(),
        "may_export": user.has_perm(of.export),
        "may_change": user.has_perm(of.edit),
        "users": active_users() if shown.records and of.owner and user.has_perm(of.edit) else [],
        "known_tags": names.tags,
        "undoable": undoable(request),
        "parts": [(one, user.has_perm(one.permission)) for one in list_parts()],
    }
    return render(request, "records/list.html", context)


def _lines(asked: Listing, shown: Page, fields: list[Field], names: Names, user: User) -> list[Line]:
    """The rows of a page; each has a box where something may be done with many."""
    kind = asked.kind
    mark = pgettext("rows", "Choose") if user.has_perm(kind.edit) or user.has_perm(kind.export) else ""
    records = as_shown(kind, asked.shown, shown.records, user)
    return lines(kind, records, asked, fields, names, mark=mark)


@require_GET
@never_cache
def listing_file(request: HttpRequest, kind: str, ending: str) -> HttpResponse | StreamingHttpResponse:
    """All that the filters of a list leave, as CSV or for Excel."""
    of, user = allowed(request, kind)
    if ending not in ("csv", "xlsx"):
        raise Http404
    if not user.has_perm(of.export):
        raise PermissionDenied
    asked = asked_of(request.GET, of, user, fields_of(of))
    if asked.left_out(request.GET):
        messages.error(request, other_list())
        return redirect(f"{of.address}?{request.GET.urlencode()}")
    number = count(asked, user)
    if ending == "xlsx" and number > MOST_COUNTED:
        raise Http404(_("The list is too long for Excel. Take it as CSV."))
    export_list(asked, number, who=Who.of(user))
    return file_of(asked, rows_of(asked, user, names_of(asked, user)), ending)


@require_POST
def columns(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose the columns of a list."""
    of, user = allowed(request, kind)
    choose_columns(of, request.POST.getlist("column"), who=Who.of(user))
    messages.success(request, _("The columns were chosen."))
    return redirect(list_again(request, of))


def list_again(request: HttpRequest, kind: Kind) -> str:
    """The list as it was left, where the form says it; else its first page."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else kind.address


def other_list() -> str:
    """What to say where the records are not those that somebody saw when they chose all of a list."""
    return _(
        "This is not the list that you saw: a filter means nothing any more, or more records match now. "
        "Nothing was done. Look at the list, then choose again."
    )


def allowed(request: HttpRequest, kind: str) -> tuple[Kind, User]:
    """A kind, and the user, who may see its records."""
    try:
        found = kind_of(kind)
    except NotFound:
        raise Http404 from None
    if not isinstance(request.user, User) or not request.user.has_perm(found.see):
        raise PermissionDenied
    return found, request.user


def asked_of(asked: QueryDict, kind: Kind, user: User, fields: list[Field]) -> Listing:
    """What an address asks of the list of a kind, with the columns that the user chose."""
    return read(kind, columns_of(kind, fields), asked, chosen_columns(kind, user.pk))


def names_of(asked: Listing, user: User, adding: Column | None = None) -> Names:
    """What keys are called in the columns that a list shows and filters by.

    Args:
        asked: The list.
        user: Who looks.
        adding: The column whose filter is being filled in; None where none is.
    """
    used = [*asked.shown, *(one.column for one in asked.filters), *([adding] if adding else [])]
    chosen = {
        column.code: {
            value: str(title) for value, title in (column.offers(user) if column.offers else column.choices())
        }
        for column in {one.code: one for one in used if one.type == ColumnType.CHOICE}.values()
    }
    users = users_named() if any(one.type == ColumnType.USER for one in used) else {}
    return Names(users, list(tags_seen(user).order_by("name")), others_named(asked, user), chosen)


def file_of(asked: Listing, rows: Iterable[list[object]], ending: str) -> StreamingHttpResponse:
    """Rows of a list as a file that a browser keeps.

    Args:
        asked: The list, which says the columns.
        rows: As `rows_of` gives them.
        ending: ``csv`` or ``xlsx``.
    """
    name = f"{slugify(str(asked.kind.title)) or asked.kind.code}.{ending}"
    if ending == "xlsx":
        return _download([workbook([list(row) for row in rows], heads_of(asked), str(asked.kind.title))], MEDIA, name)
    return _download(comma_separated(texts(chain([heads_of(asked)], rows))), "text/csv; charset=utf-8", name)


def _download(content: Iterable[bytes], media: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
