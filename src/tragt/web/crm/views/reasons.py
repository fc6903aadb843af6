"""The settings of the reasons for losing: a list that is edited where it stands."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions import reasons as acts
from tragt.web.crm.forms.pipelines import ReasonForm
from tragt.web.crm.queries.pipelines import archived_reasons, lost_reasons, reason_numbers
from tragt.web.crm.sentences import say
from tragt.web.crm.views.pipelines import EDIT

__all__ = ["act", "listing"]


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def listing(request: HttpRequest) -> HttpResponse:
    """The reasons; a post adds one."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.add_reason(form.cleaned_data["name"], who=who(request))
        except InvalidDefinition as refusal:
            form.add_error("name", say(refusal))
        else:
            return redirect("settings_reasons")
    numbers = reason_numbers()
    inputs = {
        "form": form,
        "lines": [(row, numbers.get(row.pk, 0)) for row in lost_reasons()],
        "archived": [(row, numbers.get(row.pk, 0)) for row in archived_reasons()],
    }
    return render(request, "crm/settings/reasons.html", inputs, status=422 if request.method == "POST" else 200)


@require_POST
@EDIT
def act(request: HttpRequest, key: int) -> HttpResponse:
    """Do what a button of a reason says: rename, put in another place, archive, bring back."""
    do = request.POST.get("do", "")
    try:
        if do == "rename":
            acts.rename_reason(key, request.POST.get("name", ""), who=who(request))
            messages.success(request, _("Saved."))
        elif do in ("up", "down"):
            acts.shift_reason(key, -1 if do == "up" else 1, who=who(request))
        elif do == "archive":
            acts.archive_reason(key, who=who(request))
        elif do == "back":
            acts.bring_back_reason(key, who=who(request))
    except TragtError as refusal:
        messages.error(request, say(refusal))
    return redirect("settings_reasons")
