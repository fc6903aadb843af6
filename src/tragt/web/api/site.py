"""The API as a whole: its operations are brought by the apps, and mounted by the project. The unit is the API."""

from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router

from tragt.web.api.authentication import BearerKey
from tragt.web.api.problems import handle_problems
from tragt.web.api.reading import SafeParser
from tragt.web.api.repeats import guarded

__all__ = ["PREFIX", "make_api", "patterns"]

PREFIX = "/api/v1"
DESCRIPTION = """Everything that sellers and marketing do on the pages, for programs.

Send an API key as `Authorization: Bearer tragt_api_…`. A key acts for the user who made it, within the role that it was
made with, and reaches what that user reaches.
"""


def make_api(routers: Mapping[str, Router]) -> NinjaAPI:
    """The API of some routers.

    Args:
        routers: Each under its part of the address, such as ``/deals``.
    """
    api = NinjaAPI(
        title="Tragt",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        openapi_url="/openapi.json",
        urls_namespace="api",
        auth=BearerKey(),
        parser=SafeParser(),
    )
    handle_problems(api)
    for prefix, router in routers.items():
        api.add_router(prefix, router)
    return api


def patterns(api: NinjaAPI) -> list[URLPattern | URLResolver]:
    """The addresses of an API, with what stands before every operation."""
    urls: list[URLPattern | URLResolver] = api.urls[0]
    for pattern in _flat(urls):
        pattern.callback = guarded(pattern.callback)
    return urls


def _flat(urls: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in urls:
        if isinstance(one, URLResolver):
            yield from _flat(one.url_patterns)
        else:
            yield one
