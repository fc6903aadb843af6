"""What a page that visitors see may load, who may embed it, and how long it is kept."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.http import HttpResponse

__all__ = ["guarded"]


def guarded(
    response: HttpResponse, *, origins: Sequence[str] | None = None, leads_to: str = "", shown: bool = False
) -> HttpResponse:
    """A page without any script, that nobody keeps and, unless it is the form's own, nobody finds.

    Args:
        response: The page.
        origins: The sites that may embed it; None where nobody may.
        leads_to: Where sending the form on it leads to; empty where it stays here.
        shown: Whether search engines may list it.
    """
    # Browsers hold the whole chain of redirects to this, and nobody knows where the address of a site leads on to.
    targets = [SELF, "https:", *([_origin(leads_to)] if leads_to.startswith("http:") else [])] if leads_to else [SELF]
    policy: dict[str, Any] = {"script-src": [NONE], "connect-src": [NONE], "form-action": targets}
    if origins is not None:
        policy["frame-ancestors"] = list(origins) or [NONE]
        response.xframe_options_exempt = True  # as Django's own decorator does
    response._csp_replace = policy  # type: ignore[attr-defined] # noqa: SLF001 - as its own decorator does
    response.headers["Cache-Control"] = "private, no-cache" if response.status_code == 200 else "no-store"
    if not shown:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
