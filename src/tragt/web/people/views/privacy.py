"""What is kept of persons, and their rights.

What leads to a person is posted, so that it stands in no address and no log of requests.
"""

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tragt.web.accounts.views.asking import asker, who
from tragt.web.people import actions, queries
from tragt.web.people.archive import pieces
from tragt.web.people.forms import FindForm, PersonForm, RemovalForm
from tragt.web.people.models import Removal
from tragt.web.people.queries import Consent, Entry, Named
from tragt.web.people.queries.persons import seen_of

__all__ = ["confirm", "export", "privacy", "remove"]

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (gettext_noop("Persons and companies"), ("tragt_people.", "tragt_records.")),
    (gettext_noop("Deals and activities"), ("tragt_crm.",)),
    (
        gettext_noop("Event log"),
        ("file:event log", "file:index", "tragt_log.", "tragt_inbox.", "tragt_lexicon.", "tragt_outbox."),
    ),
    (gettext_noop("Files and imports"), ("file:", "tragt_imports.", "tragt_files.")),
    (gettext_noop("Forms"), ("tragt_webforms.",)),
    (gettext_noop("Funnels"), ("tragt_funnels.", "tragt_leaks.", "tragt_hypotheses.", "tragt_reports.")),
    (
        gettext_noop("Users and sign-in"),
        ("tragt_accounts.", "account.", "sessions.", "usersessions.", "mfa.", "socialaccount."),
    ),
    (gettext_noop("Mail and jobs"), ("tragt_mail.", "tragt_jobs.")),
    (gettext_noop("API and webhooks"), ("tragt_api.", "tragt_webhooks.")),
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permission_required("people.see", raise_exception=True)
def privacy(request: HttpRequest) -> HttpResponse:
    """The register of personal data, and whom a text leads to."""
    form = FindForm(request.POST or None)
    found = None
    if form.is_valid():
        found = _with_consents(seen_of(queries.found(form.cleaned_data["text"]), asker(request)))
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
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything that is held of a person, as an archive."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    bundle = actions.export_person(form.cleaned_data["person"], who(request))
    headers = {"Content-Disposition": 'attachment; filename="person.zip"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(pieces(bundle), content_type="application/zip", headers=headers)


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
        actions.erase_person(person, who(request))
        said = gettext("The person is removed from every figure and page. The files are rewritten within 24 hours.")
    else:
        actions.anonymise_person(person, who(request))
        said = gettext("Everything that says who it was is removed within 24 hours. The figures stay as they are.")
    messages.success(request, said)
    return redirect("privacy")


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
