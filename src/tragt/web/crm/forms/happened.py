"""What a reader asks of a timeline: which kind of thing, and of events which."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.people.forms import TimelineForm

__all__ = ["HappenedForm", "Part"]


class Part(TextChoices):
    """What a timeline is made of."""

    ACTIVITIES = "activities", _("Notes and tasks")
    MOVES = "moves", pgettext_lazy("timeline of a deal", "Moves")
    EVENTS = "events", _("Events")


class HappenedForm(TimelineForm):
    """Which part of what happened is shown; who names an event or a source asks for events alone."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *Part.choices])
    field_order = ("kind", "name", "source", "start", "end", "robots", "own")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)

    @property
    def parts(self) -> frozenset[Part]:
        """What is asked for; a kind that is none asks for all of it."""
        self.full_clean()
        kind = self.cleaned_data.get("kind")
        if kind:
            return frozenset({Part(kind)})
        return frozenset({Part.EVENTS}) if self.names_events else frozenset(Part)

    @property
    def names_events(self) -> bool:
        """Whether events of one name or source are asked for: then each stands there as it is in the log."""
        return any(self.data.get(name) for name in ("name", "source"))

    @property
    def narrows(self) -> bool:
        """Whether anything is left out that stands in the timeline otherwise."""
        return super().narrows or bool(self.data.get("kind"))
