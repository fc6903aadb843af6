"""How inputs of forms are drawn: as Django's templates draw them, put together by hand. The unit is the input.

A page has dozens of inputs and of options, and a template for each takes much of the time of the page. What is not
drawn here is drawn by its template.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString

__all__ = ["Drawing"]

Widget = Mapping[str, Any]

_WIDGETS = "django/forms/widgets/{}.html"
_INPUTS = ("checkbox", "date", "datetime", "email", "hidden", "input", "number", "password", "text", "time", "url")
_ERRORS = "django/forms/errors/list/default.html"


class Drawing(DjangoTemplates):
    """Draws what forms are made of."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        """What a template of Django's makes of a context."""
        if template_name == _ERRORS and not context["errors"]:
            return SafeString("")
        draw = _DRAWN.get(template_name)
        return SafeString(super().render(template_name, context, request) if draw is None else draw(context["widget"]))


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _choice(widget: Widget) -> str:
    """One of several radio buttons or boxes, in its label where it is to have one."""
    if not widget.get("wrap_label"):
        return _input(widget)
    key = widget["attrs"].get("id")
    of = f' for="{_text(key)}"' if key else ""
    return f"<label{of}>{_input(widget)} {_text(widget['label'])}</label>"


def _textarea(widget: Widget) -> str:
    text = _text(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


def _select(widget: Widget) -> str:
    groups = "".join(_group(name, options) for name, options, _place in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>{groups}\n</select>'


def _group(name: object, options: list[Widget]) -> str:
    inside = "".join(f"\n{_option(one)}" for one in options)
    return f'\n<optgroup label="{_text(name)}">{inside}\n</optgroup>' if name else inside


def _option(widget: Widget) -> str:
    return f'<option value="{_text(widget["value"])}"{_attributes(widget["attrs"])}>{_text(widget["label"])}</option>'


def _attributes(given: Mapping[str, object]) -> str:
    """Attributes of a tag; one that is true has no value."""
    said = (
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in given.items()
        if value is not False
    )
    return "".join(said)


def _text(value: object) -> str:
    said = value if isinstance(value, str) else str(value)
    return said if isinstance(said, SafeString) else escape(said)


_DRAWN: Mapping[str, Callable[[Widget], str]] = {
    **{_WIDGETS.format(name): _input for name in _INPUTS},
    **{_WIDGETS.format(name): _choice for name in ("radio_option", "checkbox_option")},
    _WIDGETS.format("select"): _select,
    _WIDGETS.format("select_option"): _option,
    _WIDGETS.format("textarea"): _textarea,
}
