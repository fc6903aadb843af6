"""The pages on which forms are made: their list, the making, a preview, what came in, how to embed them."""

from contextlib import suppress

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.views.asking import who
from tragt.web.shell import organisation
from tragt.web.shell.language import spoken
from tragt.web.webforms import queries
from tragt.web.webforms.actions import editing, sorting
from tragt.web.webforms.definition import Definition, Field, keyed
from tragt.web.webforms.drafting import Draft, draft_of, read_draft
from tragt.web.webforms.embedding import Recipe, recipes
from tragt.web.webforms.models import Submission, WebForm, Wording
from tragt.web.webforms.published import Published
from tragt.web.webforms.showing import Sheet, lines
from tragt.web.webforms.views.policy import guarded

PAGE = 25
SEE = permission_required("forms.see", raise_exception=True)
EDIT = permission_required("forms.edit", raise_exception=True)


@require_GET
@SEE
def listing(request: HttpRequest) -> HttpResponse:
    """The forms, and how much came by each."""
    return render(request, "webforms/list.html", {"forms": queries.listed()})


@require_http_methods(["GET", "POST"])
@EDIT
def new(request: HttpRequest) -> HttpResponse:
    """Make a form."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a form."""
    return _edit(request, _form(key))


@require_GET
@SEE
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A form: what came in, what was turned away, and how to embed it."""
    form = _form(key)
    shown = queries.wordings(form).first()
    page = Paginator(queries.turned_away(form), PAGE).get_page(request.GET.get("page"))
    inputs = {
        "one": queries.listed(form.pk)[0],
        "form": form,
        "shown": shown,
        "changed": shown is not None and shown.definition != keyed(form.definition),
        "recipes": _recipes(form, shown) if shown else [],
        "page": page,
        "rows": [(row, _typed(row)) for row in page] if request.user.has_perm("people.see") else [],
    }
    return render(request, "webforms/one.html", inputs)


@require_GET
@SEE
def preview(request: HttpRequest, key: int) -> HttpResponse:
    """A form as it was last saved, as visitors would see it; nothing can be sent by it."""
    form = _form(key)
    definition = form.definition
    known = Published(form.pk, form.public, form.name, True, (), 0, 0, definition, organisation.current().name)
    inputs = {"form": known, "definition": definition, "sheet": Sheet(lines(definition)), "preview": True}
    with translation.override(definition.language):
        return guarded(render(request, "webforms/form.html", inputs))


@require_POST
@EDIT
def close(request: HttpRequest, key: int) -> HttpResponse:
    """Take nothing by a form any more."""
    editing.close(who(request), _form(key))
    messages.success(request, _("The form is closed. What came by it stays."))
    return redirect("webforms:one", key)


@require_POST
@EDIT
def reopen(request: HttpRequest, key: int) -> HttpResponse:
    """Take something by a form again."""
    with suppress(InvalidDefinition):
        editing.reopen(who(request), _form(key))
        messages.success(request, _("The form is open again."))
    return redirect("webforms:one", key)


@require_POST
@EDIT
def delete(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a form that was never published."""
    try:
        editing.delete(who(request), _form(key))
    except InvalidDefinition:
        messages.error(request, _("Visitors saw this form, so it stays on record. Close it instead."))
        return redirect("webforms:one", key)
    messages.success(request, _("The form is deleted."))
    return redirect("webforms:list")


@require_POST
@EDIT
@permission_required("people.see", raise_exception=True)
def rescue(request: HttpRequest, key: int, row: int) -> HttpResponse:
    """Take something that was turned away."""
    try:
        sorting.rescue(who(request), _turned_away(key, row))
    except NotFound:
        messages.error(request, _("Somebody took this or threw it away meanwhile."))
    else:
        messages.success(request, _("It is taken, and counts from when it was sent."))
    return redirect("webforms:one", key)


@require_POST
@EDIT
def throw_away(request: HttpRequest, key: int, row: int) -> HttpResponse:
    """Throw something away that was turned away."""
    with suppress(NotFound):
        sorting.throw_away(who(request), _turned_away(key, row))
    return redirect("webforms:one", key)


def _edit(request: HttpRequest, form: WebForm | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, draft_of(form) if form else _begin(), form)
    draft, do = read_draft(request.POST, form), request.POST.get("do", "")
    if do not in ("save", "publish"):
        part = bool(request.headers.get("HX-Request"))
        return _page(request, draft.changed(do, request.POST.get("new", "")), form, part=part)
    draft = draft.checked(whole=do == "publish")
    if draft.wrong:
        return _page(request, draft, form, status=422)
    saved = editing.save(who(request), draft.name, draft.definition, draft.origins, form)
    if do == "publish":
        editing.publish(who(request), saved)
        messages.success(request, _("The form is published. Visitors see it as it is now."))
    else:
        messages.success(request, _("The form is saved."))
    return redirect("webforms:one", saved.pk)


def _page(
    request: HttpRequest, draft: Draft, form: WebForm | None, *, part: bool = False, status: int = 200
) -> HttpResponse:
    template = "webforms/_editor.html" if part else "webforms/edit.html"
    return render(request, template, {"draft": draft, "form": form}, status=status)


def _begin() -> Draft:
    """A new form, in the language of who makes it."""
    return Draft(definition=Definition(language=spoken(translation.get_language() or "") or "en"))


def _typed(row: Submission) -> list[tuple[Field, object]]:
    return [(field, row.answers[field.key]) for field in row.wording.definition.fields if field.key in row.answers]


def _recipes(form: WebForm, shown: Wording) -> list[Recipe]:
    address = settings.TRAGT.public_address
    hosted, framed = (address + reverse(f"webforms:{name}", args=[form.public]) for name in ("hosted", "framed"))
    with translation.override(shown.definition.language):
        return recipes(shown.definition, shown.number, hosted, framed, _("Send"))


def _form(key: int) -> WebForm:
    try:
        return queries.form(key)
    except NotFound as problem:
        raise Http404(problem.message) from None


def _turned_away(key: int, row: int) -> Submission:
    found = queries.turned_away(_form(key)).filter(pk=row).first()
    if found is None:
        raise NotFound("webforms.gone", "Somebody took this or threw it away meanwhile.")
    return found
