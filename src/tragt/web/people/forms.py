"""What people fill in about persons and companies."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.lexicon.meaning import Lexicon
from tragt.web.people.models import ACTOR_LENGTH, Removal
from tragt.web.people.queries import Standing
from tragt.web.people.queries.timeline import Choice
from tragt.web.shell import formats

__all__ = ["DecisionForm", "FindForm", "PersonForm", "RemovalForm", "TimelineForm"]


class FindForm(forms.Form):
    """What leads to a person."""

    text = forms.CharField(
        label=_("E-mail address, telephone number or identifier"),
        max_length=ACTOR_LENGTH,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """A person who was found."""

    person = forms.CharField(max_length=ACTOR_LENGTH, widget=forms.HiddenInput)


class RemovalForm(PersonForm):
    """A person who was found, and how the person's data shall go."""

    kind = forms.ChoiceField(choices=Removal, widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """What somebody decides of a pair of persons who may be one."""

    pair = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(choices=[(one, one) for one in ("join", "part", "dismiss", "recall")])
    standing = forms.ChoiceField(choices=Standing)


class TimelineForm(forms.Form):
    """Which touches of a timeline are shown.

    Args:
        names: Names of events to choose from.
        sources: What people call sources, by their names in the log.
        known: What is known of names.
    """

    name = forms.ChoiceField(label=_("Event"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    start = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    end = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    robots = forms.BooleanField(label=_("Robots too"), required=False)
    own = forms.BooleanField(label=_("Own traffic and tests too"), required=False)

    def __init__(
        self, data: Mapping[str, Any], *, names: Iterable[str], sources: Mapping[str, str], known: Lexicon
    ) -> None:
        super().__init__(data)
        self._known = known
        self.offer("name", {name: known.called_as(name) for name in names if known.is_offered(name)})
        self.offer("source", sources)

    def offer(self, field: str, called: Mapping[str, str]) -> None:
        """Let a field offer more; what is asked already is always offered.

        Args:
            field: ``name`` or ``source``.
            called: What people call each value.
        """
        asked = str(self.data.get(field, ""))
        before: list[tuple[str, str]] = self.fields[field].choices[1:]  # type: ignore[attr-defined] # the stubs know the base class alone
        offered = {**({asked: asked} if asked else {}), **dict(before), **called}
        choices = [("", _("All")), *sorted(offered.items(), key=lambda one: one[1].casefold())]
        self.fields[field].choices = choices  # type: ignore[attr-defined] # as above

    @property
    def choice(self) -> Choice:
        """Which touches; what was filled in that cannot be asks for nothing."""
        self.full_clean()
        given = self.cleaned_data
        end: date | None = given.get("end")
        return Choice(
            names=self._known.spellings(given["name"]) if given.get("name") else None,
            sources=[given["source"]] if given.get("source") else None,
            start=_midnight(given.get("start")),
            end=_midnight(end + timedelta(days=1)) if end and end < date.max else None,
            robots=bool(given.get("robots")),
            own=bool(given.get("own")),
        )

    @property
    def everything(self) -> bool:
        """Whether robots, own traffic and tests are shown too."""
        return bool(self.data.get("robots") and self.data.get("own"))

    @property
    def narrows(self) -> bool:
        """Whether anything is left out that stands in a timeline otherwise."""
        return any(self.data.get(name) for name in ("name", "source", "start", "end"))


def _midnight(day: date | None) -> datetime | None:
    """Where a day begins in the organisation's zone; None where none is meant, or it lies beyond all time."""
    if day is None or day.year in (date.min.year, date.max.year):
        return None
    return datetime.combine(day, time.min, formats.zone()).astimezone(UTC)
