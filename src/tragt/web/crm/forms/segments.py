"""What people fill in of a segment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models import Segment

__all__ = ["SegmentForm"]


class SegmentForm(forms.Form):
    """What a segment is called, and who may use it."""

    name = forms.CharField(label=_("Name"), max_length=100)
    shared = forms.BooleanField(
        label=_("Others may use it"),
        required=False,
        help_text=_("Of its members everybody sees those whom they may see."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: object, segment: Segment) -> None:
        now = {"name": segment.name, "shared": segment.shared, "version": segment.version}
        super().__init__(data, initial=now)  # type: ignore[arg-type]
