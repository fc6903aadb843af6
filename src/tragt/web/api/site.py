"""The API as a whole: its operations are brought by the apps, and mounted by the project. The unit is the API."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI, Router
from ninja.responses import Response

from tragt.web.api.authentication import BearerKey
from tragt.web.api.description import describe
from tragt.web.api.gathering import gathered
from tragt.web.api.guarding import guarded
from tragt.web.api.problems import handle_problems
from tragt.web.api.reading import SafeParser
from tragt.web.api.tags import TAGS

__all__ = ["NAMESPACE", "PREFIX", "Interface", "make_api", "patterns"]

PREFIX = "/api/v1"
NAMESPACE = "api"
DESCRIPTION = """Everything that sellers and marketing do on the pages, for programs.

Send an API key as `Authorization: Bearer tragt_api_…`. A key acts for the user who made it, within the role that it was
made with, and reaches what that user reaches.
"""


class Interface(NinjaAPI):
    """The operations of all apps under one address."""

    @cached_property
    def described(self) -> dict[str, Any]:
        """What it can do, as OpenAPI says it."""
        server = settings.TRAGT.public_address.rstrip("/") + PREFIX
        return describe(dict(self.get_openapi_schema(path_prefix="")), TAGS, server)


def make_api(routers: Mapping[str, Router]) -> Interface:
    """The API of some routers.

    Args:
        routers: Each under its part of the address, such as ``/deals``.
    """
    api = Interface(
        title="Tragt",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        openapi_url=None,
        urls_namespace=NAMESPACE,
        auth=BearerKey(),
        parser=SafeParser(),
    )
    handle_problems(api)
    for prefix, router in routers.items():
        api.add_router(prefix, gathered(router))
    return api


def patterns(api: Interface) -> list[URLPattern | URLResolver]:
    """The addresses of an API, with what stands before every operation."""
    urls: list[URLPattern | URLResolver] = [path("openapi.json", _described(api), name="openapi"), *api.urls[0]]
    urls.append(re_path("", _nothing, name="nothing"))
    for pattern in _flat(urls):
        pattern.callback = guarded(pattern.callback)
    urls[0].callback.api = api  # type: ignore[union-attr] # for the page that is made of the description
    return urls


def _described(api: Interface) -> Any:
    def description(request: HttpRequest) -> HttpResponse:
        if request.method != "GET":
            return HttpResponse(status=405, headers={"Allow": "GET"})
        return Response(api.described)

    return description


def _nothing(_request: HttpRequest, **_given: object) -> HttpResponse:
    raise Http404


def _flat(urls: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in urls:
        if isinstance(one, URLResolver):
            yield from _flat(one.url_patterns)
        else:
            yield one
