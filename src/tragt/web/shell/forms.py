"""What readers choose on every page: language and theme."""

from django import forms

from tragt.web.shell.language import LANGUAGES
from tragt.web.shell.themes import Theme

__all__ = ["LanguageForm", "ThemeForm"]


class LanguageForm(forms.Form):
    """A language."""

    language = forms.ChoiceField(choices=[(one.code, one.name) for one in LANGUAGES])


class ThemeForm(forms.Form):
    """Light, dark, or as the machine."""

    theme = forms.ChoiceField(choices=Theme.choices)
