"""Pages of a person and of a company, on personal data and on who is who.

What leads to a person is posted, so that it stands in no address and no log of requests.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import UNFINISHED
from tragt.web.jobs.queries import job_of, worker_alive
from tragt.web.jobs.registry import find
from tragt.web.people import actions, queries, timelines
from tragt.web.people.forms import DecisionForm, FindForm, PersonForm, RemovalForm
from tragt.web.people.models import Removal
from tragt.web.people.queries import Consent, Entry, Named, Standing
from tragt.web.people.timelines import Opened, Shown
from tragt.web.shell.acting import Who

__all__ = [
    "company",
    "company_touch",
    "confirm",
    "decide",
    "duplicates",
    "export",
    "look",
    "person",
    "person_touch",
    "privacy",
    "remove",
]

_PAGE = 25
_COLLEAGUES = 20
_LOOKING = "duplicates"
_DECISIONS = {
    "join": (actions.join_duplicate, gettext_noop("The two are one person now.")),
    "part": (actions.part_duplicate, gettext_noop("The two are separate persons again.")),
    "dismiss": (actions.dismiss_duplicate, gettext_noop("Nobody will be asked about these two again.")),
    "recall": (actions.recall_duplicate, gettext_noop("The two wait for a decision again.")),
}

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (gettext_noop("Persons and companies"), ("tragt_people.",)),
    (
        gettext_noop("Event log"),
        ("file:event log", "file:index", "tragt_log.", "tragt_inbox.", "tragt_lexicon.", "tragt_outbox."),
    ),
    (gettext_noop("Files and imports"), ("file:", "tragt_imports.")),
    (gettext_noop("Forms"), ("tragt_webforms.",)),
    (gettext_noop("Funnels"), ("tragt_funnels.",)),
    (
        gettext_noop("Users and sign-in"),
        ("tragt_accounts.", "account.", "sessions.", "usersessions.", "mfa.", "socialaccount."),
    ),
    (gettext_noop("Mail and jobs"), ("tragt_mail.", "tragt_jobs.")),
)


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def person(request: HttpRequest, key: int) -> HttpResponse:
    """A person: who it is, and all touches, the newest first."""
    found = queries.person_at(key)
    if found is None:
        raise Http404
    shown = _shown(lambda: timelines.of_person(found.id, request.GET, reverse("person", args=[key])))
    return _page(request, "people/person.html", {"person": found, "timeline": shown})


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def person_touch(request: HttpRequest, key: int) -> HttpResponse:
    """A touch of a person with all that it came with."""
    found = queries.person_at(key)
    return _touch(request, found, timelines.opened(request.GET, person=found.id) if found else None, "person")


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def company(request: HttpRequest, key: int) -> HttpResponse:
    """A company: its persons, and all touches of it and of them, the newest first."""
    found = queries.company_at(key)
    if found is None:
        raise Http404
    shown = _shown(lambda: timelines.of_company(found.id, request.GET, reverse("company", args=[key])))
    people, number = queries.colleagues(key, _COLLEAGUES)
    inputs = {"company": found, "timeline": shown, "people": people, "number": number}
    return _page(request, "people/company.html", inputs)


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def company_touch(request: HttpRequest, key: int) -> HttpResponse:
    """A touch of a company with all that it came with."""
    found = queries.company_at(key)
    return _touch(request, found, timelines.opened(request.GET, company=found.id) if found else None, "company")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permission_required("people.see", raise_exception=True)
def privacy(request: HttpRequest) -> HttpResponse:
    """The register of personal data, and whom a text leads to."""
    form = FindForm(request.POST or None)
    found = _with_consents(queries.found(form.cleaned_data["text"])) if form.is_valid() else None
    context = {
        "form": form,
        "found": found,
        "may_export": request.user.has_perm("people.export"),
        "may_erase": request.user.has_perm("people.erase"),
        "groups": list(_groups()),
        "waiting": queries.waiting(),
    }
    return render(request, "people/privacy.html", context)


@require_POST
@never_cache
@permission_required("people.export", raise_exception=True)
def export(request: HttpRequest) -> HttpResponse:
    """Everything that is held of a person, as an archive."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    bundle = actions.export_person(form.cleaned_data["person"], _who(request))
    headers = {"Content-Disposition": 'attachment; filename="person.zip"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bundle, content_type="application/zip", headers=headers)


@require_POST
@never_cache
@permission_required("people.erase", raise_exception=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask whether a person's data shall really go."""
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    person = queries.persons_of([form.cleaned_data["person"]])[0]
    context = {"form": form, "person": person, "erase": form.cleaned_data["kind"] == Removal.ERASE}
    return render(request, "people/confirm.html", context)


@require_POST
@never_cache
@permission_required("people.erase", raise_exception=True)
def remove(request: HttpRequest) -> HttpResponse:
    """Let a person's data go."""
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    person = form.cleaned_data["person"]
    if form.cleaned_data["kind"] == Removal.ERASE:
        actions.erase_person(person, _who(request))
        said = gettext("The person is removed from every figure and page. The files are rewritten within 24 hours.")
    else:
        actions.anonymise_person(person, _who(request))
        said = gettext("Everything that says who it was is removed within 24 hours. The figures stay as they are.")
    messages.success(request, said)
    return redirect("privacy")


@require_GET
@never_cache
@permission_required("people.edit", raise_exception=True)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Persons who may be one, and what became of those that somebody decided on."""
    standing = request.GET.get("standing", Standing.OPEN)
    if standing not in Standing.values:
        raise Http404
    page = Paginator(queries.pairs(standing), _PAGE).get_page(request.GET.get("page"))
    looking = job_of(_LOOKING)
    context = {
        "standing": standing,
        "tabs": [(one, one.label, queries.pairs(one).count()) for one in Standing],
        "page": page,
        "pairs": queries.pairs_at(page.object_list, standing),
        "looking": looking is not None and looking.state in UNFINISHED,
        "alive": worker_alive(),
    }
    return render(request, "people/duplicates.html", context)


@require_POST
@permission_required("people.edit", raise_exception=True)
def decide(request: HttpRequest) -> HttpResponse:
    """Decide on a pair, or take a decision back."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    action, said = _DECISIONS[form.cleaned_data["decision"]]
    try:
        action(form.cleaned_data["pair"], who=_who(request))
    except (NotFound, InvalidDefinition):
        messages.error(request, gettext("That was decided already, or one of the two is being erased."))
    else:
        messages.success(request, gettext(said))
    return redirect(f"{reverse('duplicates')}?standing={form.cleaned_data['standing']}")


@require_POST
@permission_required("people.edit", raise_exception=True)
def look(request: HttpRequest) -> HttpResponse:
    """Look for duplicates now."""
    enqueue(find("people.find_duplicates"), _who(request), subject=_LOOKING)
    messages.success(request, gettext("All persons are being compared. Come back in a minute."))
    return redirect("duplicates")


def _shown(page: Callable[[], Shown]) -> Shown:
    try:
        return page()
    except InvalidDefinition as problem:
        raise Http404(problem.message) from None


def _page(request: HttpRequest, whole: str, inputs: Mapping[str, object]) -> HttpResponse:
    """The page; where a part of it asks for older touches, these alone."""
    part = request.headers.get("HX-Request") and request.GET.get("before")
    return render(request, "people/_touches.html" if part else whole, dict(inputs))


def _touch(request: HttpRequest, whose: Named | None, opened: Opened | None, name: str) -> HttpResponse:
    if whose is None or opened is None:
        raise Http404
    part = "people/_touch.html" if request.headers.get("HX-Request") else "people/touch.html"
    inputs = {"opened": opened, "whose": whose, "address": reverse(name, args=[whose.key])}
    return render(request, part, inputs)


def _with_consents(found: Sequence[Named]) -> list[tuple[Named, tuple[Consent, ...]]]:
    return list(zip(found, queries.consents_of([one.id for one in found], timezone.now()), strict=True))


def _groups() -> Iterator[tuple[str, list[Entry]]]:
    """The register, by what its stores belong to; what no group knows stands last."""
    stores = (store.name for store in queries.register() if store.personal)
    waiting = list(zip(stores, queries.entries(), strict=True))
    for title, starts in (*_GROUPS, (gettext_noop("More"), ("",))):
        found = [(name, entry) for name, entry in waiting if name.startswith(starts)]
        waiting = [one for one in waiting if one not in found]
        if found:
            yield gettext(title), [entry for _name, entry in found]


def _who(request: HttpRequest) -> Who:
    assert isinstance(request.user, User)
    return Who.of(request.user)
