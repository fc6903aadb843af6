"""Where somebody came from who sends a form: page, referrer, campaign, program. The unit of observation is the request.

Nothing is kept on the visitor's device. Who the visitor was before is known where `tragt.js` was allowed to say so.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from django.http import HttpRequest

from tragt.events.tracking.addresses import Seen

__all__ = ["ANONYMOUS", "PAGE", "REFERRER", "Visit", "anonymous_of", "carried", "page_of", "visit_of"]

ANONYMOUS, PAGE, REFERRER = "_anonymous", "_page", "_referrer"
"""The names under which a form is sent who the visitor is, and from where."""

SCRIPT = "page"
"""The name under which `tragt.js` sends both, with a blank between them."""

_VISITOR = re.compile(r"[A-Za-z0-9_.:-]{6,100}")
_CAMPAIGN = re.compile(r"utm_\w{1,40}|\w{0,20}cl(k|ick_?)?id|[gw]braid|li_fat_id")
"""As `tragt.js` takes them."""

_LONGEST_ADDRESS = 1000
_LONGEST_VALUE = 200
_MOST_VALUES = 20


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a visit.

    Attributes:
        anonymous: The visitor's anonymous id, where the visitor agreed that it is told; else empty.
        page: Address of the page with the form.
        referrer: Address of the page before it.
        title: Title of the page.
        campaign: UTM parameters and click ids, by the names the page's address has them under.
        agent: What the visitor's browser calls itself.
        locale: The language that the browser asks for.
        network: As much of the address it came from as may be written down.
        own: Whether that is an address of the firm itself.
    """

    anonymous: str = ""
    page: str = ""
    referrer: str = ""
    title: str = ""
    campaign: Mapping[str, str] = {}
    agent: str = ""
    locale: str = ""
    network: str = ""
    own: bool = False

    @property
    def context(self) -> dict[str, object]:
        """As a call of the tracking API tells it."""
        page = {"title": self.title, "url": self.page, "referrer": self.referrer}
        if self.page:
            parts = urlsplit(self.page)
            page |= {"path": parts.path or "/", "search": f"?{parts.query}" if parts.query else ""}
        campaign = {
            "name" if name == "utm_campaign" else name.removeprefix("utm_"): value
            for name, value in self.campaign.items()
        }
        told = {
            "page": {name: value for name, value in page.items() if value},
            "campaign": campaign,
            "userAgent": self.agent,
            "locale": self.locale,
            "ip": self.network,
        }
        return {name: value for name, value in told.items() if value}


def visit_of(request: HttpRequest, seen: Seen, title: str) -> Visit:
    """The visit that a submission belongs to.

    Args:
        request: What was sent.
        seen: What is known of the address it came from.
        title: Of the form's own page, where it stands in none of somebody else's.
    """
    elsewhere = page_of(request)
    own = request.build_absolute_uri(request.path + carried(request))
    page = elsewhere or own
    query = [*parse_qsl(urlsplit(page).query, errors="replace"), *_given(request)]
    return Visit(
        anonymous=anonymous_of(request),
        page=page,
        referrer=_address(request.POST.get(REFERRER, "")),
        title="" if elsewhere else _plain(title, _LONGEST_VALUE),
        campaign=_campaign(query),
        agent=_plain(request.headers.get("User-Agent", ""), 300),
        locale=_plain(request.headers.get("Accept-Language", "").split(",")[0].split(";")[0], 35),
        network=seen.kept,
        own=seen.own,
    )


def anonymous_of(request: HttpRequest) -> str:
    """The visitor's anonymous id as it came along; empty where none did."""
    given = (_of_script(request)[0], request.POST.get(ANONYMOUS, ""), request.GET.get(ANONYMOUS, ""))
    return next(filter(_VISITOR.fullmatch, given), "")


def page_of(request: HttpRequest) -> str:
    """The page of another site in which a form was sent, as far as that is known; empty where it was our own."""
    given = (_of_script(request)[1], request.POST.get(PAGE, ""), request.headers.get("Referer", ""))
    page = next(filter(None, map(_address, given)), "")
    return "" if urlsplit(page).netloc == request.get_host() else page


def carried(request: HttpRequest) -> str:
    """The part of a page's query that goes along with what is sent: campaign and visitor; empty, or with its mark."""
    told = _campaign(_given(request))
    anonymous = request.GET.get(ANONYMOUS, "")
    if _VISITOR.fullmatch(anonymous):
        told[ANONYMOUS] = anonymous
    return f"?{urlencode(told)}" if told else ""


def _of_script(request: HttpRequest) -> tuple[str, str]:
    """Who the visitor is and on which page, as `tragt.js` tells it with the visitor's consent; else both empty."""
    anonymous, _blank, page = request.POST.get(SCRIPT, "").partition(" ")
    return anonymous, page


def _given(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.GET.items()]


def _campaign(query: list[tuple[str, str]]) -> dict[str, str]:
    found = {name: _plain(value, _LONGEST_VALUE) for name, value in query if _CAMPAIGN.fullmatch(name)}
    return {name: value for name, value in list(found.items())[:_MOST_VALUES] if value}


def _address(text: str) -> str:
    """An address of the web; empty where it is none."""
    text = _plain(text, _LONGEST_ADDRESS)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""


def _plain(text: str, longest: int) -> str:
    return "".join(filter(str.isprintable, text[:longest])).strip()
