"""The page about the API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.views.decorators.http import require_GET

__all__ = ["docs"]


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """What the API can do, to those who are signed in."""
    from tragt.web.api.documenting import groups, shapes  # noqa: PLC0415 - it takes long to load, as all of the API

    description = resolve(reverse("api:openapi")).func.api.described  # type: ignore[attr-defined]
    context = {
        "server": description["servers"][0]["url"],
        "groups": groups(description),
        "shapes": shapes(description),
    }
    return render(request, "api/docs.html", context)
