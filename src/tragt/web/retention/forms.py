"""What people fill in about retention."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.web.retention.periods import FOR_EVER, choices
from tragt.web.retention.queries import Standing

__all__ = ["RuleForm"]


class RuleForm(forms.Form):
    """For how long a kind of data is kept, and how it goes.

    Args:
        standing: The kind and what holds for it.
        data: What was posted; None shows what holds.
    """

    days = forms.ChoiceField(label=_("Kept for"))
    way = forms.ChoiceField(label=_("What happens then"), widget=forms.RadioSelect)

    def __init__(self, standing: Standing, data: object = None) -> None:
        held = FOR_EVER if standing.days is None else str(standing.days)
        super().__init__(data, initial={"days": held, "way": standing.way})  # type: ignore[arg-type]
        days, way = self.fields["days"], self.fields["way"]
        assert isinstance(days, forms.ChoiceField)
        assert isinstance(way, forms.ChoiceField)
        days.choices = choices(standing.kind, standing.days)
        way.choices = [(code, gettext(label)) for code, label in standing.kind.ways]
        if not standing.kind.ways:
            del self.fields["way"]

    @property
    def chosen(self) -> tuple[int | None, str]:
        """For how many days, None for ever, and the way; of a form that is valid."""
        days = self.cleaned_data["days"]
        return (None if days == FOR_EVER else int(days)), self.cleaned_data.get("way", "")
