"""Choosing language and theme, the command palette, the list of settings."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tragt.web.shell import language, palette, themes
from tragt.web.shell.forms import LanguageForm, ThemeForm


@require_POST
@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language that a reader chose, and go back."""
    response = HttpResponseRedirect(_back(request))
    form = LanguageForm(request.POST)
    if form.is_valid():
        code: str = form.cleaned_data["language"]
        language.keep(response, code)
        language.language_chosen.send(language.Language, request=request, language=code)
    return response


@require_POST
@login_not_required
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that a reader chose, and go back."""
    response = HttpResponseRedirect(_back(request))
    form = ThemeForm(request.POST)
    if form.is_valid():
        themes.keep(response, themes.Theme(form.cleaned_data["theme"]))
    return response


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The command palette: a list of hits for the script, a page of its own without one."""
    text = palette.plain(request.GET.get("q", ""))
    template = "shell/_hits.html" if "HX-Request" in request.headers else "shell/palette.html"
    return render(request, template, {"hits": palette.found(request, text), "text": text})


@require_GET
def all_settings(request: HttpRequest) -> HttpResponse:
    """The pages of the settings, as a list."""
    return render(request, "shell/all_settings.html")


@require_GET
@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view is given its request
    """The mark, for those who ask for it by its old address."""
    return HttpResponseRedirect(static("shell/tragt.svg"))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else settings.LOGIN_REDIRECT_URL
