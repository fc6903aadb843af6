"""How a form comes into a page of another site: text to copy. Pure; the unit of observation is the form."""

from dataclasses import dataclass

from django.utils.html import escape

from tragt.web.webforms.definition import Definition, Field, FieldKind
from tragt.web.webforms.showing import TRAP, WORDING, Line

__all__ = ["Recipe", "recipes"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to embed a form.

    Attributes:
        slug: Names it within a page: ``link``, ``frame`` or ``html``.
        text: What is copied.
    """

    slug: str
    text: str


def recipes(definition: Definition, number: int, hosted: str, framed: str, send: str) -> list[Recipe]:
    """The ways to embed a form.

    Args:
        definition: What it asks.
        number: Of that wording: what is pasted into a page stays as it is when the form is published anew.
        hosted: Address of its own page.
        framed: Address of its page for frames.
        send: What its button says where the form does not.
    """
    title = escape(definition.title)
    height = 260 + sum(_HEIGHTS.get(field.kind, 80) for field in definition.fields)
    frame = (
        f'<iframe src="{escape(framed)}" title="{title}" width="100%" height="{height}"\n'
        '  style="border: 0" loading="lazy"></iframe>'
    )
    return [Recipe("link", hosted), Recipe("frame", frame), Recipe("html", _html(definition, number, hosted, send))]


_HEIGHTS = {FieldKind.LONG_TEXT: 170, FieldKind.CONSENT: 60}


def _html(definition: Definition, number: int, hosted: str, send: str) -> str:
    parts = [f'<form action="{escape(hosted)}" method="post" accept-charset="utf-8">']
    parts += [f"  {_control(field)}" for field in definition.fields]
    parts.append(f'  <input type="hidden" name="{WORDING}" value="{number}">')
    parts.append(f'  <input name="{TRAP}" tabindex="-1" autocomplete="off" aria-hidden="true" hidden>')
    parts.append(f"  <button>{escape(definition.button or send)}</button>")
    return "\n".join([*parts, "</form>"])


def _control(field: Field) -> str:
    line = Line(field)
    label, name = escape(field.label), f'name="{escape(field.key)}"'
    required = " required" if field.required else ""
    match line.kind:
        case "consent":
            return f'<label><input type="checkbox" {name} value="yes"{required}> {label}</label>'
        case "area":
            return f"<label>{label} <textarea {name}{required}></textarea></label>"
        case "choice":
            options = "".join(f"<option>{escape(choice)}</option>" for choice in field.choices)
            return f'<label>{label} <select {name}{required}><option value=""></option>{options}</select></label>'
    filled = f' autocomplete="{line.filled_by}"' if line.filled_by else ""
    return f'<label>{label} <input type="{line.type}" {name}{filled}{required}></label>'
