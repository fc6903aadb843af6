"""Addresses whose pages fail, each in its own way, beside all others."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


@login_not_required
def denied(_: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@login_not_required
def misunderstood(_: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


@login_not_required
def broken(_: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def closed(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"inside")


urlpatterns = [
    path("denied/", denied),
    path("misunderstood/", misunderstood),
    path("broken/", broken),
    path("closed/", closed),
    path("demonstration/remove/", denied, name="demonstration_remove"),
    path("", include("tragt.web.project.urls")),
]
