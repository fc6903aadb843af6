"""Keys of sources and programs."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import TragtError
from tragt.web.accounts import actions, queries
from tragt.web.accounts.actions import Shown
from tragt.web.accounts.forms.keys import ChangeKeyForm, WriteKeyForm
from tragt.web.accounts.forms.settings import ApiKeyForm
from tragt.web.accounts.models import WriteKey
from tragt.web.accounts.sentences import say
from tragt.web.accounts.views.asking import asker, refusals_shown, who


@require_GET
@permission_required("keys.see", raise_exception=True)
def keys(request: HttpRequest) -> HttpResponse:
    """The keys there are."""
    return _page(request)


@require_POST
@never_cache
@permission_required("keys.edit", raise_exception=True)
def create_write(request: HttpRequest) -> HttpResponse:
    """Make a key for a source, and show it this once."""
    form = WriteKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, write_form=form)
    given = form.cleaned_data
    shown = actions.create_write_key(who(request), given["name"], given["kind"], given["origins"], test=given["test"])
    return _show(request, shown)


@require_http_methods(["GET", "POST"])
@permission_required("keys.edit", raise_exception=True)
def change_write(request: HttpRequest, key: int) -> HttpResponse:
    """What a key of a source may do."""
    row = get_object_or_404(WriteKey, pk=key, revoked=None)
    form = ChangeKeyForm(request.POST or None, instance=row)
    if form.is_valid():
        with refusals_shown(request, _("Saved. It holds within two seconds.")):
            actions.change_write_key(who(request), key, **form.cleaned_data)
        return _back()
    status = 422 if form.is_bound else 200
    inputs = {"form": form, "name": form.initial["name"], "kind": row.get_kind_display()}
    return render(request, "accounts/write_key.html", inputs, status=status)


@require_POST
@never_cache
@permission_required("keys.edit", raise_exception=True)
def create_api(request: HttpRequest) -> HttpResponse:
    """Make a key for a program, and show it this once."""
    form = ApiKeyForm(request.POST, by=asker(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            shown = actions.create_api_key(who(request), asker(request), given["name"], given["role"])
        except TragtError as refusal:
            form.add_error("role", say(refusal))
        else:
            return _show(request, shown)
    return _page(request, api_form=form)


@require_POST
@never_cache
@permission_required("keys.edit", raise_exception=True)
def rotate_write(request: HttpRequest, key: int) -> HttpResponse:
    """Put a new key in the place of one."""
    with refusals_shown(request):
        return _show(request, actions.rotate_write_key(who(request), get_object_or_404(WriteKey, pk=key)))
    return _back()


@require_POST
@never_cache
@permission_required("keys.edit", raise_exception=True)
def rotate_api(request: HttpRequest, key: int) -> HttpResponse:
    """Put a new key in the place of one's own."""
    found = get_object_or_404(queries.api_keys(asker(request)), pk=key)
    with refusals_shown(request):
        return _show(request, actions.rotate_api_key(who(request), found))
    return _back()


@require_POST
@permission_required("keys.edit", raise_exception=True)
def revoke_write(request: HttpRequest, key: int) -> HttpResponse:
    """Let a key of a source work no more."""
    with refusals_shown(request, _("The key was revoked. What was sent with it stays.")):
        actions.revoke_write_key(who(request), get_object_or_404(WriteKey, pk=key))
    return _back()


@require_POST
@permission_required("keys.edit", raise_exception=True)
def revoke_api(request: HttpRequest, key: int) -> HttpResponse:
    """Let a key of a program work no more."""
    found = get_object_or_404(queries.api_keys(asker(request)), pk=key)
    with refusals_shown(request, _("The key was revoked.")):
        actions.revoke_api_key(who(request), found)
    return _back()


def _page(
    request: HttpRequest, write_form: WriteKeyForm | None = None, api_form: ApiKeyForm | None = None
) -> HttpResponse:
    context = {
        "write_keys": queries.write_keys(),
        "api_keys": queries.api_keys(asker(request)),
        "write_form": write_form or WriteKeyForm(auto_id="write_%s"),
        "api_form": api_form or ApiKeyForm(by=asker(request), auto_id="api_%s"),
    }
    return render(request, "accounts/keys.html", context)


def _show(request: HttpRequest, shown: Shown) -> HttpResponse:
    return render(request, "accounts/key.html", {"key": shown.key, "row": shown.row})


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("keys"))
