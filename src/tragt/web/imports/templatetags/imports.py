"""Filters and tags of the pages of imports: ``{% load imports %}``."""

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tragt.web.imports.models import Import, State

register = template.Library()

_TONES = {State.DONE: "good", State.FAILED: "bad", State.COMMITTING: "warn", State.UNDOING: "warn"}
_UNITS = {"person": _("Person"), "company": _("Company"), "deal": _("Deal"), "session": _("Session")}


@register.filter
def tone(one: Import) -> str:
    """``{{ one|tone }}``: the colour of an import's state."""
    return _TONES.get(State(one.state), "")


@register.filter
def unit_name(unit: str) -> str:
    """``{{ "deal"|unit_name }}``: Deal."""
    return str(_UNITS.get(unit, unit))


@register.simple_tag
def unit_count(unit: str, number: int) -> str:
    """``{% unit_count "deal" 3 %}``: deals."""
    match unit:
        case "person":
            return ngettext("person", "persons", number)
        case "company":
            return ngettext("company", "companies", number)
    return ngettext("deal", "deals", number)


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    """``{% may "imports.run" as allowed %}``: whether the reader has a permission."""
    return bool(context["request"].user.has_perm(permission))
