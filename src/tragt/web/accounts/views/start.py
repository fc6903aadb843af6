"""The first run."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tragt.errors import NotAllowed
from tragt.web.accounts import actions, queries
from tragt.web.accounts.forms.entrance import StartForm
from tragt.web.accounts.sentences import say
from tragt.web.accounts.views.asking import enter
from tragt.web.shell import language


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the code, make organisation and owner, and let the owner in."""
    if queries.is_set_up():
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    form = StartForm(request.POST or None)
    complete = form.is_valid()
    # A wrong code is said with whatever else is wrong, and not only once everything else is right.
    if _code_fits(form) and complete:
        founding = form.founding()
        try:
            owner = actions.found_with_code(form.cleaned_data["code"], founding)
        except NotAllowed as refusal:
            form.add_error("code", say(refusal))
        else:
            enter(request, owner)
            response = HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
            language.keep(response, founding.language)
            return response
    return render(request, "accounts/start.html", {"form": form})


def _code_fits(form: StartForm) -> bool:
    code = form.cleaned_data.get("code") if form.is_bound else None
    if not code:
        return False
    try:
        actions.check_code(code)
    except NotAllowed as refusal:
        form.add_error("code", say(refusal))
    return "code" not in form.errors
