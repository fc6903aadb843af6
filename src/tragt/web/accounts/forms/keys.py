"""What is asked of the key of a source: when it is made, and when it is changed."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import KeyKind, WriteKey

__all__ = ["ChangeKeyForm", "WriteKeyForm"]

MOST_NAMES = 500
_LONGEST_NAME = 200
_MOST = 1_000_000


def _lines(label: Any, help_text: Any, rows: int) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
    return forms.CharField(label=label, required=False, widget=area, help_text=help_text)


class WriteKeyForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """A key for a source of events."""

    origins = _lines(
        _("Allowed origins"),
        _("For public keys: one address a line, such as https://www.example.org. Empty allows all."),
        rows=3,
    )

    class Meta:
        """The fields, in the order of the page."""

        model = WriteKey
        fields = ("name", "kind", "origins", "test")
        help_texts = {
            "name": _("Where the events come from, for example the name of your website."),
            "kind": _("A public key stands in web pages and apps and may send behaviour only. "
                      "A secret key stays on your server and may send everything."),
            "test": _("For trying things out: what comes with this key is kept, and left out of funnels by default."),
        }  # fmt: skip

    def clean_origins(self) -> list[str]:
        """Origins as browsers send them: scheme and host, nothing more."""
        return [_origin(line) for line in _filled(self.cleaned_data["origins"])]

    def clean(self) -> dict[str, Any]:
        """A secret key is sent by a server, which has no origin."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind", self.instance.kind) == KeyKind.SECRET and cleaned.get("origins"):
            self.add_error("origins", _("Only public keys have origins. Leave this empty for a secret key."))
        return cleaned


class ChangeKeyForm(WriteKeyForm):
    """What a key may do from now on; its kind is for good."""

    names = _lines(
        _("Allowed events"),
        _("One name a line, as the event log has it; calls other than track are Page Viewed, Screen Viewed, "
          "Identified, Group Joined and Alias Made there. What is not listed is turned away, except what a visitor "
          "says about consent. Empty allows all."),
        rows=5,
    )  # fmt: skip

    class Meta:
        """The fields, in the order of the page."""

        model = WriteKey
        fields = ("name", "test", "origins", "names", "rate", "burst")
        help_texts = {
            "name": WriteKeyForm.Meta.help_texts["name"],
            "test": WriteKeyForm.Meta.help_texts["test"],
            "rate": _("From one address, over time. Empty: 100 for a public key, without limit for a secret one."),
            "burst": _("From one address, after a pause. Empty: thirty times the calls a second."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("origins", "names"):
            self.initial[name] = "\n".join(getattr(self.instance, name))
        for name in ("rate", "burst"):
            self.fields[name].validators += [MinValueValidator(1), MaxValueValidator(_MOST)]
            self.fields[name].widget.attrs |= {"min": 1, "max": _MOST}
        if self.instance.kind == KeyKind.SECRET:
            del self.fields["origins"]

    def clean_names(self) -> list[str]:
        """Names of events, each once."""
        names = list(dict.fromkeys(_filled(self.cleaned_data["names"])))
        if len(names) > MOST_NAMES:
            raise forms.ValidationError(_("At most %(most)s names. Empty allows all."), params={"most": MOST_NAMES})
        for name in names:
            if len(name) > _LONGEST_NAME or not name.isprintable():
                raise forms.ValidationError(
                    _("%(given)s is no name of an event: it is too long, or holds what cannot be printed."),
                    params={"given": name[:80]},
                )
        return names

    def clean(self) -> dict[str, Any]:
        """A burst needs a rate, from which it fills again."""
        cleaned = super().clean()
        if cleaned.get("burst") and not cleaned.get("rate") and self.instance.kind == KeyKind.SECRET:
            self.add_error("rate", _("Say the calls a second too: a secret key has no limit of its own."))
        return cleaned


def _filled(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
        good = good and not (parts.query or parts.fragment or parts.username) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise forms.ValidationError(
            _("%(given)s is not an origin. Write https://www.example.org, without a path."),
            params={"given": text},
        )
    return f"{parts.scheme}://{parts.netloc}".lower()
