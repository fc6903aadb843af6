"""The settings page of custom fields."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.views.asking import who
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.registry import find
from tragt.web.records.actions.fields import CODE, EDIT, change_field, make_field, retire_field
from tragt.web.records.forms import ChangeFieldForm, FieldForm
from tragt.web.records.kinds import Kind, kind_of, kinds
from tragt.web.records.models import Field
from tragt.web.records.tasks import INDEX_FIELDS
from tragt.web.shell.acting import Who

__all__ = ["change", "fields", "first", "new", "retire"]

_MAY = permission_required(EDIT, raise_exception=True)


@require_GET
@_MAY
def first(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view is given its request
    """The custom fields of the first kind that has any."""
    return redirect("records_fields", next(one for one in kinds() if one.values).code)


@require_GET
@_MAY
def fields(request: HttpRequest, kind: str) -> HttpResponse:
    """The custom fields of a kind."""
    of = _kind(kind)
    found = list(Field.objects.filter(kind=of.code))
    context = {
        "kind": of,
        "kinds": [one for one in kinds() if one.values],
        "fields": [one for one in found if one.retired is None],
        "retired": [one for one in found if one.retired is not None],
    }
    return render(request, "records/fields.html", context)


@require_http_methods(["GET", "POST"])
@_MAY
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a field."""
    of = _kind(kind)
    form = FieldForm(request.POST or None)
    if form.is_valid():
        try:
            made = make_field(of, form.cleaned_data, who=who(request))
        except InvalidDefinition as problem:
            _say(form, problem)
        else:
            _prepare(who(request))
            messages.success(request, _("“%(name)s” is a field now.") % {"name": made.title})
            return redirect("records_fields", of.code)
    return render(request, "records/field.html", {"form": form, "kind": of, "field": None})


@require_http_methods(["GET", "POST"])
@_MAY
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Change a field."""
    field = Field.objects.filter(pk=key).first()
    if field is None:
        raise Http404
    form = ChangeFieldForm(request.POST or None, instance=field)
    if form.is_valid():
        try:
            change_field(key, form.cleaned_data, who=who(request))
        except InvalidDefinition as problem:
            _say(form, problem)
        else:
            messages.success(request, _("The field was changed."))
            return redirect("records_fields", field.kind)
    return render(request, "records/field.html", {"form": form, "kind": _kind(field.kind), "field": field})


@require_POST
@_MAY
def retire(request: HttpRequest, key: int) -> HttpResponse:
    """Show a field no more, or again."""
    back = request.POST.get("back") == "yes"
    try:
        retire_field(key, who=who(request), back=back)
    except NotFound:
        raise Http404 from None
    _prepare(who(request))
    said = _("The field is shown again.") if back else _("The field is shown no more. Its values stay.")
    messages.success(request, said)
    return redirect("records_fields", _kind(request.POST.get("kind", "")).code)


def _prepare(by: Who) -> None:
    enqueue(find(INDEX_FIELDS), by, subject="fields")


def _kind(code: str) -> Kind:
    try:
        found = kind_of(code)
    except NotFound:
        raise Http404 from None
    if not found.values:
        raise Http404
    return found


def _say(form: ChangeFieldForm, problem: InvalidDefinition) -> None:
    """The problem at the field it is of."""
    said = {
        "records.choices": ("choices", _("A field of choices needs at least one. Write one a line.")),
        "records.code": (
            "code",
            _("Another field has this code.")
            if CODE.fullmatch(form.cleaned_data.get("code", ""))
            else _("A code is one to sixty letters without quotes, backslashes, braces and per cents."),
        ),
    }
    place, sentence = said.get(problem.code, (None, _("There are as many fields as there may be. Retire one first.")))
    form.add_error(place, sentence)
