"""What htmx asks for: a part that needs a sign-in reloads its page, so that nobody signs in inside a part."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

__all__ = ["FragmentMiddleware"]


class FragmentMiddleware:
    """Turns a redirect to the sign-in into a reload of the page that holds the part."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        response = self.get_response(request)
        if "HX-Request" not in request.headers or response.status_code != 302:
            return response
        if response.headers["Location"].partition("?")[0] != resolve_url(settings.LOGIN_URL):
            return response
        return HttpResponse(headers={"HX-Refresh": "true"})
