"""What is asked when somebody leads a person through the lifecycle by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models import Mark, Pipeline, Stage, Standing
from tragt.web.crm.queries.pipelines import stages_of

__all__ = ["LeadForm"]


class LeadForm(forms.Form):
    """To which stage a person is led, and which marks they may get or lose."""

    stage = forms.ModelChoiceField(Stage.objects.none(), label=_("Stage"), empty_label=None)

    def __init__(self, lifecycle: Pipeline, standing: Standing | None, data: Any = None) -> None:
        super().__init__(data, auto_id="lead_%s", initial={"stage": standing.stage_id if standing else None})
        field = self.fields["stage"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = stages_of(lifecycle)
        self.marks = [(str(mark), bool(standing and getattr(standing, mark))) for mark in Mark]
