"""Inputs drawn by hand are what Django's templates make of them."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.forms.widgets import ChoiceWidget
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from tragt.web.shell.drawing import Drawing

SHARP = "<b> & \"quoted\" 'it'"
CHOICES = [("", "–"), ("a", SHARP), ("Group <1>", [(1, gettext_lazy("Name")), ("x&y", mark_safe("<i>kept</i>"))])]
ATTRS = {"class": "wide", "required": True, "disabled": False, "data-text": SHARP, "maxlength": 20}
WIDGETS = [
    *((kind(ATTRS), value) for kind in (forms.TextInput, forms.Textarea) for value in (None, "", SHARP, 0, 12.5)),
    (forms.TextInput({"type": "search"}), "x"),
    (forms.NumberInput(ATTRS), 1250),
    (forms.EmailInput(), SHARP),
    (forms.HiddenInput(), gettext_lazy("Name")),
    (forms.PasswordInput(), "secret"),
    (forms.DateInput({"type": "date"}, "%Y-%m-%d"), "2026-11-23"),
    (forms.CheckboxInput(ATTRS), True),
    (forms.CheckboxInput(), False),
    (forms.CheckboxInput(), "yes"),
    (forms.Select(ATTRS, CHOICES), "a"),
    (forms.Select({}, CHOICES), 1),
    (forms.Select({}, []), None),
    (forms.NullBooleanSelect(), True),
    (forms.SelectMultiple({}, CHOICES), ["", "x&y"]),
    (forms.RadioSelect({}, CHOICES), "a"),
    (forms.CheckboxSelectMultiple(ATTRS, CHOICES), ["a", "1"]),
    (forms.ClearableFileInput(), None),
]


def bare(html: str) -> str:
    """Without the space at tags, which says nothing."""
    return re.sub(r">\s+", ">", html)


@pytest.mark.parametrize(("widget", "value"), WIDGETS)
def test_input_drawn_by_hand_is_what_the_template_makes_of_it(widget: forms.Widget, value: Any) -> None:
    ours, theirs = (widget.render("na<me", value, {"id": "id_x"}, one) for one in (Drawing(), DjangoTemplates()))
    assert bare(ours) == bare(theirs)
    if isinstance(widget, ChoiceWidget):
        for own, other in zip(*(widget.subwidgets("n", value) for _ in range(2)), strict=True):
            for label in (True, False):
                drawn = [
                    widget._render(one["template_name"], {"widget": {**one, "wrap_label": label}}, renderer)  # type: ignore[attr-defined] # as a choice draws itself
                    for one, renderer in ((own, Drawing()), (other, DjangoTemplates()))
                ]
                assert bare(drawn[0]) == bare(drawn[1])


def test_form_with_mistakes_says_them_and_one_without_says_nothing() -> None:
    class Asked(forms.Form):
        name = forms.CharField()
        other = forms.CharField(required=False)

    asked = Asked({"name": "", "other": "x"})
    assert 'class="errorlist"' in str(asked["name"].errors)
    assert "This field is required." in str(asked["name"].errors)
    assert str(asked["other"].errors) == ""
    assert isinstance(asked.renderer, Drawing), "forms of the application are drawn by hand"
