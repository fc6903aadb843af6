"""Light or dark, as the reader chose; *auto* follows the machine."""

from django.conf import settings
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

__all__ = ["Theme", "chosen", "keep"]

COOKIE = "tragt_theme"
YEAR = 365 * 24 * 3600


class Theme(TextChoices):
    """What a page looks like."""

    AUTO = "auto", _("Same as device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def chosen(request: HttpRequest) -> Theme:
    """What the reader chose."""
    given = request.COOKIES.get(COOKIE, "")
    return Theme(given) if given in Theme.values else Theme.AUTO


def keep(response: HttpResponse, theme: Theme) -> None:
    """Keep a reader's choice in the browser."""
    if theme is Theme.AUTO:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(COOKIE, theme, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
