"""Addresses whose pages fail, each in its own way, beside all others."""

import errno

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tragt.web.accounts.models import AuditRow
from tragt.web.project.urls import handler500

__all__ = ["handler500"]


@login_not_required
def denied(_: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@login_not_required
def misunderstood(_: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


@login_not_required
def broken(_: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


@login_not_required
def full(_: HttpRequest) -> HttpResponse:
    raise OSError(errno.ENOSPC, "No space left on device")


@login_not_required
def writing(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = "yes"
    AuditRow.objects.create(kind="user", verb="imports.run")
    return HttpResponse(b"written")


def closed(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"inside")


urlpatterns = [
    path("denied/", denied),
    path("misunderstood/", misunderstood),
    path("broken/", broken),
    path("full/", full),
    path("writing/", writing),
    path("closed/", closed),
    path("demonstration/remove/", denied, name="demonstration_remove"),
    path("", include("tragt.web.project.urls")),
]
