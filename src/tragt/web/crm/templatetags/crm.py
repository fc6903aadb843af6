"""Filters of the pages of deals: ``{% load crm %}``."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from tragt.web.crm.faces import Face
from tragt.web.crm.forms.amounts import written_number
from tragt.web.crm.models import Deal
from tragt.web.crm.queries.board import weighted as share_of
from tragt.web.shell.formats import zone
from tragt.web.shell.icons import icon

register = template.Library()

GAP = "\N{NO-BREAK SPACE}"


@register.filter
def quantity(value: Decimal) -> str:
    """``{{ line.quantity|quantity }}``: 1,250.5, without the zeros that the table keeps."""
    return written_number(_bare(value), grouped=True)


@register.filter
def percent(value: Decimal) -> str:
    """``{{ line.discount|percent }}``: 12.5 %."""
    return f"{written_number(_bare(value))}{GAP}%"


@register.filter
def weighted(deal: Deal) -> int | None:
    """``{{ deal|weighted }}``: what a deal is worth times how likely its stage makes it, in minor units."""
    share = deal.stage.probability
    return None if deal.value is None or share is None else share_of(deal.value, share)


@register.filter
def day_given(moment: datetime | None) -> str:
    """``{{ member.since|day_given }}``: the day of a moment as an input takes it; empty where there is none."""
    return moment.astimezone(zone()).date().isoformat() if moment else ""


@register.simple_tag
def cards(faces: Iterable[Face], pipeline: int, *, may: bool) -> SafeString:
    """``{% cards column.faces pipeline.pk may=may %}``: the cards of a column.

    Put together here, for a board has hundreds of them and a template would take most of the time of the page.
    """
    menu = icon("ellipsis-vertical", 16)
    how = ' aria-describedby="board-how"' if may else ""
    return mark_safe("".join(_card(face, pipeline, how, menu if may else "") for face in faces))


def _card(face: Face, pipeline: int, how: str, menu: str) -> str:
    """A card; every text of people is escaped."""
    rotten, rots = (" rotten", " rots") if face.rotting else ("", "")
    key, about = face.key, f'<span class="age{rots}" title="{escape(face.aged)}">{escape(face.age)}</span>'
    parts = [
        f'<li class="deal{rotten}" id="deal-{key}" data-deal="{key}" data-version="{face.version}"{how}>',
        f'<a class="name" href="/deals/{key}/">{escape(face.name)}</a>',
    ]
    if menu:
        address = f"/deals/{key}/move/?next=/pipeline/{pipeline}/"
        parts.append(f'<a class="moves" href="{address}" data-asks aria-label="{escape(face.moves)}">{menu}</a>')
    if face.company:
        parts.append(f'<span class="company">{escape(face.company)}</span>')
    if face.value:
        about = f"<b>{escape(face.value)}</b>{about}"
    if face.initials:
        about += f'<abbr class="owner" title="{escape(face.owner)}">{escape(face.initials)}</abbr>'
    parts.append(f'<span class="about">{about}</span>')
    if face.tags:
        parts.append(f'<span class="marks">{_marks(face)}</span>')
    if face.task:
        overdue, when = " overdue" if face.overdue else "", f" · {face.when}" if face.when else ""
        parts.append(f'<span class="next{overdue}">{escape(face.task + when)}</span>')
    return "".join((*parts, "</li>"))


def _marks(face: Face) -> str:
    """The first tags of a card, and how many more there are."""
    tags = "".join(f'<span class="tag {escape(one.colour)}">{escape(one.name)}</span>' for one in face.tags)
    more = f'<abbr class="tag" title="{escape(face.further)}">+{face.number}</abbr>' if face.number else ""
    return tags + more


def _bare(value: Decimal) -> Decimal:
    """The number without zeros after its last decimal that says something."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
