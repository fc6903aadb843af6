"""What people fill in about pipelines, their stages, and the reasons for which deals are lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.accounts.models import Team
from tragt.web.crm.actions.requirements import CUSTOM, REQUIRABLE
from tragt.web.crm.models import Level, Mark, Market, Pipeline, PipelineKind, Stage
from tragt.web.crm.sentences import REQUIRED

__all__ = ["NewStageForm", "PipelineForm", "ReasonForm", "StageForm"]

_OF_DEALS = ("probability", "required")
_OF_LIFECYCLE = ("enters_on", "mark")
_NOTHING = "–"
_LONGEST_NAME, _LONGEST_TEXT = 100, 10_000


class PipelineForm(forms.Form):
    """A pipeline as a whole.

    Args:
        data: What was posted; None shows the pipeline.
        pipeline: The pipeline.
        others: Pipelines that its won deals may be renewed in, itself included.
    """

    name = forms.CharField(label=_("Name"), max_length=_LONGEST_NAME)
    market = forms.ChoiceField(label=_("Market"), choices=[("", _("Any")), *Market.choices], required=False)
    renewal = forms.TypedChoiceField(label=_("A won deal is renewed in"), coerce=int, empty_value=None, required=False)
    renewal_months = forms.IntegerField(label=_("Months until the renewal"), min_value=1, max_value=120)

    def __init__(self, data: Mapping[str, Any] | None, pipeline: Pipeline, others: Sequence[Pipeline] = ()) -> None:
        shown = {"name": pipeline.name, "market": pipeline.market, "renewal": pipeline.renewal_id}
        super().__init__(data, initial={**shown, "renewal_months": pipeline.renewal_months})
        renewal = self.fields["renewal"]
        assert isinstance(renewal, forms.TypedChoiceField)
        renewal.choices = [("", _("Not at all")), *((one.pk, one.name) for one in others)]
        if pipeline.kind == PipelineKind.LIFECYCLE:
            for name in ("market", "renewal", "renewal_months"):
                del self.fields[name]


class StageForm(forms.Form):
    """A stage.

    Args:
        data: What was posted; None shows the stage.
        stage: The stage, with its pipeline.
        teams: The teams there are.
        custom: Custom fields of deals, by their codes, as they are called.
    """

    name = forms.CharField(label=_("Name"), max_length=_LONGEST_NAME)
    level = forms.ChoiceField(label=_("Part of the funnel"), choices=[("", _NOTHING), *Level.choices], required=False)
    probability = forms.IntegerField(
        label=_("Probability of winning, in per cent"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("Leave it empty to let your own history say it."),
    )
    target = forms.IntegerField(label=_("Target: how many per cent go on"), min_value=0, max_value=100, required=False)
    rotting_days = forms.IntegerField(
        label=_("Days until it rots"),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=_("So long may nothing be done before it is shown as rotting. Empty means for ever."),
    )
    mark = forms.ChoiceField(
        label=_("Who comes here is marked as"), choices=[("", _NOTHING), *Mark.choices], required=False
    )
    team = forms.TypedChoiceField(label=_("Team"), coerce=int, empty_value=None, required=False)
    criteria = forms.CharField(
        label=_("What must be true to enter"),
        max_length=_LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    required = forms.MultipleChoiceField(
        label=_("Fields that must be filled in"), required=False, widget=forms.CheckboxSelectMultiple
    )
    playbook = forms.CharField(
        label=_("Playbook"),
        max_length=_LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What to expect and what to do. It stands beside every deal and person in this stage."),
    )
    enters_on = forms.CharField(
        label=_("Events that lead here"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line, as the event log calls it: Form Submitted. They only lead forwards."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None, stage: Stage, teams: Sequence[Team], custom: Mapping[str, str]
    ) -> None:
        initial = {name: getattr(stage, name) for name in self.base_fields if name != "team"}
        initial |= {"team": stage.team_id, "enters_on": "\n".join(stage.enters_on)}
        super().__init__(data, initial=initial, prefix=f"stage-{stage.pk}")
        foreign = _OF_DEALS if stage.pipeline.kind == PipelineKind.LIFECYCLE else _OF_LIFECYCLE
        for name in (*foreign, *(() if teams else ("team",))):
            del self.fields[name]
        if "team" in self.fields:
            self._choose("team", [("", _NOTHING), *((one.pk, one.name) for one in teams)])
        if "required" in self.fields:
            self._choose("required", _requirable(stage, custom))

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def changes(self) -> dict[str, object]:
        """What was said of the stage; of a form that is valid."""
        given: dict[str, object] = dict(self.cleaned_data)
        if "enters_on" in given:
            given["enters_on"] = str(given["enters_on"]).splitlines()
        return given


class NewStageForm(forms.Form):
    """A stage that is to be added; the rest is said afterwards."""

    name = forms.CharField(label=_("Name"), max_length=_LONGEST_NAME)
    prefix = "new"


class ReasonForm(forms.Form):
    """A reason for losing."""

    name = forms.CharField(label=pgettext_lazy("why a deal is lost", "Reason"), max_length=_LONGEST_NAME)


def _requirable(stage: Stage, custom: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a stage may ask for, in words; a custom field that is gone stays until somebody takes it out."""
    named = {f"{CUSTOM}{code}": title for code, title in custom.items()}
    held = {code: code.removeprefix(CUSTOM) for code in stage.required if code not in REQUIRABLE}
    return [*((code, capfirst(str(REQUIRED[code]))) for code in REQUIRABLE), *{**held, **named}.items()]
