"""What people fill in about teams."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import Team, User

__all__ = ["TeamForm"]


class TeamForm(forms.Form):
    """A team's name and its members."""

    name = forms.CharField(label=_("Name"), max_length=100)
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = self.fields["members"]
        assert isinstance(members, forms.ModelMultipleChoiceField)
        # Who left stays in the team, for what they own is its until somebody takes it up.
        offered = User.objects.filter(Q(is_active=True) | ~Q(team=None))
        members.queryset = offered.order_by("name", "email")

    @classmethod
    def of(cls, team: Team) -> "TeamForm":
        """The form as the team is now."""
        return cls(
            prefix=f"team{team.pk}", initial={"name": team.name, "members": [one.pk for one in team.members.all()]}
        )

    def given(self) -> tuple[str, list[int]]:
        """The name, empty where none that fits was given, and keys of the members, without those who left meanwhile."""
        self.is_valid()
        chosen = self.fields["members"].widget.value_from_datadict(self.data, self.files, self.add_prefix("members"))
        given = [int(key) for key in chosen or () if str(key).isdecimal()]
        there = User.objects.filter(Q(is_active=True) | ~Q(team=None), pk__in=given)
        return self.cleaned_data.get("name", ""), list(there.values_list("pk", flat=True))
