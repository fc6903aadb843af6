"""Filters and tags of every page: ``{% load shell %}``."""

import datetime

from django import template
from django.utils.safestring import SafeString

from tragt.web.shell import formats, icons

register = template.Library()


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    """``{{ 1234|number }}``: 1,234; ``{{ x|number:1 }}`` with one decimal."""
    return formats.number(value, decimals)


@register.filter
def share(value: float | None) -> str:
    """``{{ 0.123|share }}``: 12.3 %."""
    return formats.share(value)


@register.filter
def money(minor: int | None, currency: str = "") -> str:
    """``{{ 123456|money:"DKK" }}``: DKK 1,234.56; without a currency, the organisation's."""
    return formats.money(minor, currency)


@register.filter
def money_whole(minor: int | None, currency: str = "") -> str:
    """``{{ 4100000|money_whole:"EUR" }}``: €41,000."""
    return formats.money(minor, currency, whole=True)


@register.filter
def moment(time: datetime.datetime | None) -> str:
    """``{{ time|moment }}``: 31 Oct 2026, 14:02, in the organisation's zone."""
    return formats.moment(time)


@register.filter
def day(date: datetime.date | None) -> str:
    """``{{ date|day }}``: 31 Oct 2026."""
    return formats.day(date)


@register.filter
def duration(length: datetime.timedelta | float | None) -> str:
    """``{{ length|duration }}``: 3.5 hours."""
    return formats.duration(length)


@register.filter
def filesize_l(size: int | None) -> str:
    """``{{ bytes|filesize_l }}``: 1.2 MB."""
    return formats.file_size(size)


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """``{% icon "upload" %}``: an icon of Lucide, hidden from screen readers."""
    return icons.icon(str(name), size)
