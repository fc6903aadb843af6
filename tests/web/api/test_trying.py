"""The checks of the description see what they are for: operations that are wrong in one way each turn them red."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from ninja import NinjaAPI, Schema
from pydantic import ConfigDict, Field
from pytest_django import Settings

from tests.web.api.trying import described_by, tried

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

SAID = {"description": "Refused", "content": {"application/json": {"schema": {}}}}
REFUSED = {"responses": {400: SAID, 422: SAID}}
NUMBER = {"type": "object", "properties": {"number": {"type": "integer", "minimum": 0, "maximum": 9}}}
TOLD = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {**NUMBER, "required": ["number"]}}}}
}
MANY = 60


class Told(Schema):
    """What is sent, and what is answered."""

    model_config = ConfigDict(extra="forbid", strict=True)
    number: int = Field(ge=0, le=9)


small = NinjaAPI(urls_namespace="small", docs_url=None, openapi_url=None)


@small.post("/right", response=Told, openapi_extra=REFUSED)
def right(request: HttpRequest, told: Told) -> Told:  # noqa: ARG001
    return told


@small.post("/breaks", response=Told, openapi_extra=REFUSED)
def breaks(request: HttpRequest, told: Told) -> Told:  # noqa: ARG001
    return Told(number=10 // (7 - told.number) % 10)


@small.post("/strays", response=Told, openapi_extra=REFUSED)
def strays(request: HttpRequest, told: Told) -> HttpResponse:  # noqa: ARG001
    return JsonResponse({"number": "seven" if told.number == 7 else told.number})


@small.post("/takes", response=Told, openapi_extra={**REFUSED, **TOLD})
def takes(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return JsonResponse({"number": 1})


@small.post("/refuses", response=Told, openapi_extra=REFUSED)
def refuses(request: HttpRequest, told: Told) -> HttpResponse:  # noqa: ARG001
    return JsonResponse({}, status=422)


urlpatterns = [path("small/", small.urls)]


@pytest.fixture
def operations(settings: Settings) -> Any:
    """The operations of the small API."""
    settings.MIDDLEWARE = []
    return described_by(small.get_openapi_schema())


@pytest.mark.parametrize(
    ("name", "agreeing", "said"),
    [
        ("right", True, ""),
        ("right", False, ""),
        ("breaks", True, "Server error"),
        ("strays", True, "schema"),
        ("takes", False, "accepted"),
    ],
)
def test_operation_that_is_wrong_is_found(operations: Any, name: str, agreeing: bool, said: str) -> None:
    from schemathesis import GenerationMode  # noqa: PLC0415 - it takes long to load

    mode = GenerationMode.POSITIVE if agreeing else GenerationMode.NEGATIVE
    found = tried(operations[f"/small/{name}"]["POST"], mode, MANY)
    assert bool(found.wrong) == bool(said), found.wrong
    assert said in found.wrong
    assert said or found.answers.total() > 5


def test_operation_that_is_never_done_is_counted_so(operations: Any) -> None:
    from schemathesis import GenerationMode  # noqa: PLC0415 - it takes long to load

    found = tried(operations["/small/refuses"]["POST"], GenerationMode.POSITIVE, MANY)
    assert (found.done, found.wrong) == (0, "")
    assert tried(operations["/small/right"]["POST"], GenerationMode.POSITIVE, MANY).done >= 10
