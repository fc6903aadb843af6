"""Which language a request is answered in.

In order: what the reader chose on a page (a cookie), the language of the user, what the browser asks for, the
language of the organisation, the setting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from tragt.web.shell import organisation

__all__ = ["LANGUAGES", "Language", "LanguageMiddleware", "chosen", "keep", "language_chosen", "of_browser", "spoken"]

YEAR = 365 * 24 * 3600

language_chosen = Signal()
"""Sent when a reader chooses a language, with ``request`` and ``language``; the accounts keep it with the user."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages speak, called by its own name."""

    code: str
    name: str


LANGUAGES = (Language("en", "English"), Language("da", "Dansk"), Language("sv", "Svenska"), Language("nb", "Norsk"))
_CODES = {one.code: one.code for one in LANGUAGES} | {"no": "nb", "nn": "nb"}


@lru_cache(maxsize=256)  # every number and every date of a page asks
def spoken(tag: str) -> str:
    """The language we speak that a tag such as ``da-DK``, ``no`` or ``nn-NO`` means; empty when there is none."""
    return _CODES.get(tag.replace("_", "-").split("-")[0].strip().lower(), "")


def chosen(request: HttpRequest) -> str:
    """The language in which a request is answered."""
    return (
        spoken(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
        or spoken(getattr(getattr(request, "user", None), "language", ""))
        or _accepted(request.headers.get("Accept-Language", ""))
        or spoken(getattr(organisation.known(), "language", ""))
        or spoken(settings.LANGUAGE_CODE)
        or LANGUAGES[0].code
    )


def of_browser(request: HttpRequest) -> str:
    """The language of a request as far as it tells without the database; empty when it does not."""
    return (
        spoken(getattr(request, "LANGUAGE_CODE", ""))
        or spoken(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
        or _accepted(request.headers.get("Accept-Language", ""))
    )


def keep(response: HttpResponse, language: str) -> None:
    """Keep a reader's choice in the browser."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class LanguageMiddleware:
    """Answers in the reader's language, and reads the organisation once; stands below the one that knows the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        before = translation.get_language()
        with organisation.remembered():
            language = chosen(request)
            translation.activate(language)
            request.LANGUAGE_CODE = language
            try:
                response = self.get_response(request)
            finally:
                translation.activate(before) if before else translation.deactivate_all()
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def _accepted(header: str) -> str:
    asked = [_weighed(part) for part in header.lower().split(",")]
    wanted = sorted((one for one in asked if one[0] > 0), key=lambda one: -one[0])
    return next((code for _, tag in wanted if (code := spoken(tag))), "")


def _weighed(part: str) -> tuple[float, str]:
    tag, _, quality = part.strip().partition(";")
    _, _, weight = quality.strip().partition("q=")
    try:
        return (float(weight) if weight else 1.0), tag
    except ValueError:
        return 0.0, tag
