"""The pages of a file on its way in: drop it, say what its columns mean, check, import, undo."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import NotFound, TragtError
from tragt.web.imports import actions, files, queries, showing
from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.beside import parts_of
from tragt.web.imports.forms import MappingForm, UploadForm
from tragt.web.imports.models import Import, State
from tragt.web.imports.outline import Head
from tragt.web.imports.queries import OLD_FILES
from tragt.web.imports.receiving import ReceivedFile, Receiver, too_large
from tragt.web.imports.record_form import RecordsForm
from tragt.web.imports.record_showing import RecordsPreview, asked_of_records, records_previewed
from tragt.web.imports.sentences import fault_of
from tragt.web.imports.understanding import understood
from tragt.web.jobs.queries import worker_alive
from tragt.web.records.actions.fields import EDIT
from tragt.web.shell.acting import Who
from tragt.web.shell.retention import days_of

PAGE = 50
_ROOM_FOR_FORM = 1 << 20
_WRONG = 422


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("imports.see", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """All imports, and the place to drop a file; a file is received here."""
    # The receiver must be there before anything looks at what was sent, which the check of the token does.
    request.upload_handlers = [Receiver(request)]
    return _listing(request)


@csrf_protect
def _listing(request: HttpRequest) -> HttpResponse:
    form = UploadForm()
    if request.method == "POST":
        answer = _received(request)
        if isinstance(answer, Import):
            return _sent_on(request, reverse("imports:columns", args=[answer.pk]))
        if _is_script(request):
            return JsonResponse({"error": answer}, status=_WRONG)
        form = UploadForm(request.POST, request.FILES)
        form.is_valid()
        form.errors.pop("file", None)
        form.add_error("file", answer)
    page = Paginator(queries.imports(), PAGE).get_page(request.GET.get("page"))
    inputs = {"page": page, **_upload_of(form)}
    return render(request, "imports/list.html", inputs, status=_WRONG if form.errors else 200)


@require_GET
@permission_required("imports.see", raise_exception=True)
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One import, as far as it has come."""
    found = _found(key)
    if found.state == State.UPLOADED and request.user.has_perm("imports.run"):
        return HttpResponseRedirect(reverse("imports:columns", args=[key]))
    job = queries.job_under_way(found)
    inputs: dict[str, object] = {"it": showing.shown(found, job), "job": job, "alive": job is None or worker_alive()}
    inputs["parts"] = parts_of(request, found) if job is None else []
    if found.state == State.UNDONE and request.user.has_perm("imports.run"):
        inputs |= _upload_of(UploadForm())
    return render(request, "imports/one.html", inputs)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("imports.run", raise_exception=True)
def columns(request: HttpRequest, key: int) -> HttpResponse:
    """What the columns mean."""
    found = _found(key)
    if found.state not in (State.UPLOADED, State.MAPPED, State.FAILED) or queries.job_under_way(found) is not None:
        return HttpResponseRedirect(reverse("imports:one", args=[key]))
    try:
        head = queries.head(found)
    except TragtError as error:
        messages.error(request, str(fault_of(error)))
        return HttpResponseRedirect(reverse("imports:list"))
    answers = Answers.of(found.answers)
    if answers.shape is Shape.RECORDS:
        return _columns_of_records(request, found, head, answers)
    if request.method != "POST":
        return render(request, "imports/columns.html", showing.asked(found, head, answers))
    form = MappingForm(head, answers, request.POST)
    if form.is_valid():
        try:
            return _chosen(request, key, form.answers())
        except TragtError as error:
            form.refuse(fault_of(error))
    return render(request, "imports/columns.html", showing.asked(found, head, answers, form), status=_WRONG)


def _columns_of_records(request: HttpRequest, found: Import, head: Head, answers: Answers) -> HttpResponse:
    may_make = request.user.has_perm(EDIT)
    if request.method != "POST":
        inputs = asked_of_records(found, head, answers, may_make=may_make)
        return render(request, "imports/records.html", inputs)
    form = RecordsForm(head, answers, request.POST, may_make=may_make)
    if form.is_valid():
        try:
            return _chosen(request, found.pk, form.answers())
        except TragtError as error:
            form.refuse(fault_of(error))
    inputs = asked_of_records(found, head, answers, form, may_make=may_make)
    return render(request, "imports/records.html", inputs, status=_WRONG)


@require_POST
@permission_required("imports.run", raise_exception=True)
def kind(request: HttpRequest, key: int) -> HttpResponse:
    """Take the file for one of records of a kind, or for one of events."""
    target = request.POST.get("target", "")
    return _done(request, key, lambda who: actions.read_file_as(key, target, who), to="imports:columns")


@require_POST
@permission_required("imports.run", raise_exception=True)
def preview(request: HttpRequest, key: int) -> HttpResponse:
    """The first rows as events, by what the form says at this moment."""
    found, read = _found(key), None
    if Answers.of(found.answers).shape is Shape.RECORDS:
        return _preview_of_records(request, found)
    try:
        head = queries.head(found)
        form = MappingForm(head, Answers.of(found.answers), request.POST)
        said = form.answers() if form.is_valid() else None
        read = understood(head, said) if said else None
        shown = showing.previewed(head, said) if said else showing.Preview()
    except TragtError as error:
        shown = showing.Preview(trouble=str(fault_of(error)))
    return render(request, "imports/_preview.html", {"preview": shown, "anew": read})


def _preview_of_records(request: HttpRequest, found: Import) -> HttpResponse:
    try:
        head = queries.head(found)
        form = RecordsForm(head, Answers.of(found.answers), request.POST, may_make=request.user.has_perm(EDIT))
        shown = records_previewed(head, form.answers()) if form.is_valid() else RecordsPreview()
    except TragtError as error:
        shown = RecordsPreview(trouble=str(fault_of(error)))
    return render(request, "imports/_records_preview.html", {"preview": shown})


@require_POST
@permission_required("imports.run", raise_exception=True)
def check(request: HttpRequest, key: int) -> HttpResponse:
    """Try the file out once more."""
    return _done(request, key, lambda who: _tried(key, who), to="imports:columns")


@require_POST
@permission_required("imports.run", raise_exception=True)
def run(request: HttpRequest, key: int) -> HttpResponse:
    """Import the file."""
    return _done(request, key, lambda who: actions.begin(key, who))


@require_POST
@permission_required("imports.undo", raise_exception=True)
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Undo the import."""
    return _done(request, key, lambda who: actions.begin_undo(key, who))


@require_POST
@permission_required("imports.run", raise_exception=True)
def discard(request: HttpRequest, key: int) -> HttpResponse:
    """Remove the file without importing it."""
    name = _found(key).file_name
    answer = _done(request, key, lambda who: actions.discard(key, who))
    if not Import.objects.filter(pk=key).exists():
        messages.success(request, _("%(file)s was removed.") % {"file": name})
        return HttpResponseRedirect(reverse("imports:list"))
    return answer


@require_GET
@permission_required("imports.run", raise_exception=True)
def rejected(request: HttpRequest, key: int) -> FileResponse:
    """The rows that could not be read, as a file."""
    del request
    found = _found(key)
    try:
        rows = files.rejected_of(key).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = f"{found.file_name.rsplit('.', 1)[0]}-rejected.csv"
    response = FileResponse(rows, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _upload_of(form: UploadForm) -> dict[str, object]:
    """What the place to drop a file needs."""
    return {"form": form, "limit": files.limit_bytes(), "kept_days": days_of(OLD_FILES)}


def _received(request: HttpRequest) -> Import | str:
    """The import of an uploaded file, or why there is none."""
    if not request.user.has_perm("imports.run"):
        return str(fault_of(TragtError("accounts.not_allowed", "")))
    length = int(request.headers.get("Content-Length") or 0)
    if length > files.limit_bytes() + _ROOM_FOR_FORM:
        return str(fault_of(too_large(files.limit_bytes())))
    sent = request.FILES.get("file")
    receiver = request.upload_handlers[0]
    if isinstance(receiver, Receiver) and receiver.trouble is not None:
        return str(fault_of(receiver.trouble))
    if not isinstance(sent, ReceivedFile):
        return str(fault_of(TragtError("imports.no_file", "Choose a file first.")))
    try:
        return actions.start(sent.received, _who(request))
    except TragtError as error:
        return str(fault_of(error))


def _chosen(request: HttpRequest, key: int, answers: Answers) -> HttpResponse:
    who = _who(request)
    found = actions.choose(key, answers, who)
    if found.state == State.UPLOADED:
        messages.info(request, _("The file was read anew. See whether the columns are right now."))
        return HttpResponseRedirect(reverse("imports:columns", args=[key]))
    _tried(key, who)
    return HttpResponseRedirect(reverse("imports:one", args=[key]))


def _tried(key: int, who: Who) -> None:
    if actions.is_small(_found(key)):
        actions.try_out(key, who, lambda _done, _total, _text: None)
    else:
        actions.begin_trial(key, who)


def _done(request: HttpRequest, key: int, act: Callable[[Who], object], to: str = "imports:one") -> HttpResponse:
    """Do something, say what stood in its way, and show the import."""
    _found(key)
    address = "imports:one"
    try:
        act(_who(request))
    except TragtError as error:
        messages.error(request, str(fault_of(error)))
        address = to
    return HttpResponseRedirect(reverse(address, args=[key]))


def _sent_on(request: HttpRequest, url: str) -> HttpResponse:
    return JsonResponse({"next": url}) if _is_script(request) else HttpResponseRedirect(url)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _who(request: HttpRequest) -> Who:
    assert request.user.is_authenticated
    return Who.of(request.user)


def _found(key: int) -> Import:
    try:
        return queries.found(key)
    except NotFound as problem:
        raise Http404(problem.message) from None
