"""What is asked when a deal enters a stage: the fields that it lacks, and once whether the criteria are met."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from tragt.web.accounts.models import User
from tragt.web.crm.actions.passing import Answers
from tragt.web.crm.actions.requirements import is_confirmed
from tragt.web.crm.forms.moving import AnswersForm
from tragt.web.crm.models import Deal

__all__ = ["EnteringForm"]


class EnteringForm(AnswersForm):
    """What a stage asks for and a deal does not have, and whether its criteria are true.

    The page sends what it showed of the criteria as ``criteria``: whoever read other ones is asked again.
    """

    def __init__(self, deal: Deal, codes: Sequence[str], criteria: str, user: User, data: Any = None) -> None:
        super().__init__(deal, codes, user, data)
        self.criteria = criteria
        if criteria:
            label, unsaid = _("Yes, this is true"), _("Say that it is true, or leave the deal where it is.")
            self.fields["confirmed"] = forms.BooleanField(label=label, error_messages={"required": unsaid})

    def clean(self) -> None:
        """Read the fields, and see that what was said to be true is what the stage asks now."""
        super().clean()
        if self.cleaned_data.get("confirmed") and not is_confirmed(self.criteria, self.data.get("criteria", "")):
            self.add_error("confirmed", _("This was changed meanwhile. Read it again."))

    @cached_property
    def answers(self) -> Answers:
        """What was filled in and confirmed."""
        said = self.criteria if self.cleaned_data.get("confirmed") else ""
        return replace(super().answers, confirmed=said)
