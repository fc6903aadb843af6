"""Whose tasks are looked at."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.web.crm.queries.today import Offered

__all__ = ["WhoseForm"]


class WhoseForm(forms.Form):
    """A choice of oneself, teams and people; what is chosen stands in the address."""

    whose = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)
    later = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, offered: Offered, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whose = self.fields["whose"]
        assert isinstance(whose, forms.ChoiceField)
        choices: list[Any] = [("me", _("Mine"))]
        if offered.everyone:
            choices.append(("all", _("Everyone's")))
        if offered.teams:
            choices.append((_("Teams"), [(f"team:{one.pk}", one.name) for one in offered.teams]))
        if offered.people:
            choices.append((_("People"), [(f"user:{one.pk}", str(one)) for one in offered.people]))
        whose.choices = choices
