"""Versions of what is read and changed: entity tags, and changes only of what was seen. The unit is the record.

A tag says two things with a point between: the version of the record, which changes are made from, and a digest of the
answer. For an answer shows more than its record: the name of a company, the days since a deal was touched.
"""

import hashlib
import re

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from tragt.errors import Conflict, InvalidDefinition

__all__ = ["Outdated", "check_tag", "digest_of", "mark", "refuse_version", "seal", "version_seen"]

_TAG = re.compile(r'\s*"([^"]{1,100})"\s*')
_DIGEST = 16


class Outdated(Conflict):
    """A change of something that is not any more as the header ``If-Match`` says it was read."""


def mark(response: HttpResponse, version: object) -> None:
    """Say of an answer which version of a record it shows.

    Args:
        response: The answer.
        version: Its number, or whatever changes whenever the record does; letters, digits and ``-``.
    """
    response.headers["ETag"] = f'"{version}"'


def seal(response: HttpResponse) -> None:
    """Let the tag of an answer tell its content as well, so that nobody who has the same tag has other content."""
    version = response.headers.get("ETag", "").strip('"')
    digest = hashlib.sha256(response.content).hexdigest()[:_DIGEST]
    response.headers["ETag"] = f'"{version}.{digest}"' if version else f'"{digest}"'


def version_seen(request: HttpRequest) -> int | None:
    """The number of the version that a change was made from, by ``If-Match``; None where the request does not say.

    Raises:
        Outdated: It names something that was never a version.
        InvalidDefinition: The header cannot be read.
    """
    seen = _seen(request)
    if seen is None:
        return None
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        raise _outdated()
    return int(seen)


def check_tag(request: HttpRequest, version: object) -> None:
    """Make sure that a record is as it was read.

    Args:
        request: What is asked for.
        version: The version of the record now, as `mark` was told it.

    Raises:
        Outdated: It was changed.
        InvalidDefinition: The header cannot be read.
    """
    seen = _seen(request)
    if seen is not None and seen != str(version):
        raise _outdated()


def refuse_version(request: HttpRequest) -> None:
    """Make sure that a change is not asked for of what was read where nothing has a version: it would not be heeded.

    Args:
        request: What is asked for.

    Raises:
        Outdated: It names a version.
        InvalidDefinition: The header cannot be read.
    """
    if _seen(request) is not None:
        raise Outdated("api.no_version", "If-Match is not heeded here, for nothing has a version. Send it without.")


def digest_of(shown: BaseModel) -> str:
    """What an answer is known by that is of a record without a number of its version.

    Args:
        shown: The record, as it is answered.
    """
    return hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:_DIGEST]


def _outdated() -> Outdated:
    return Outdated("api.changed", "It was changed since it was read. Read it again, then send your change again.")


def _seen(request: HttpRequest) -> str | None:
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    found = _TAG.fullmatch(given)
    if found is None:
        raise InvalidDefinition(
            "api.if_match", 'If-Match holds one entity tag as it was answered, such as "7"; weak ones compare nothing.'
        )
    return found[1].partition(".")[0]
