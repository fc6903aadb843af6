"""Which deals a board shows: whose, of which market, with which words. The last choice is remembered for a session."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.web.accounts.models import User
from tragt.web.crm.models import Market
from tragt.web.crm.queries.board import Wanted

__all__ = ["BoardForm", "asked", "remembered"]

_MEMORY = "board"
_MINE, _TEAM = "mine", "team"


class BoardForm(forms.Form):
    """What a board is narrowed down to; what cannot be is left out."""

    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    market = forms.ChoiceField(label=gettext_lazy("Market"), required=False)
    text = forms.CharField(label=gettext_lazy("Company or deal"), required=False, max_length=100)

    def __init__(self, data: Mapping[str, str], user: User) -> None:
        super().__init__(dict(data), auto_id="board_%s")
        self.user = user
        owner, market = self.fields["owner"], self.fields["market"]
        assert isinstance(owner, forms.ChoiceField)
        assert isinstance(market, forms.ChoiceField)
        users = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name", "email")
        team = [(_TEAM, _("My team's"))] if user.team_id is not None else []
        owner.choices = [("", _("Everyone's")), (_MINE, _("Mine")), *team, *((str(one.pk), str(one)) for one in users)]
        market.choices = [("", _("All")), *Market.choices]
        self.fields["text"].widget.attrs["type"] = "search"
        self.is_valid()

    @property
    def wanted(self) -> Wanted:
        """Which deals."""
        given: dict[str, Any] = self.cleaned_data
        return Wanted(self._owners(given.get("owner", "")), given.get("market", ""), given.get("text", ""))

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return self.wanted != Wanted()

    def _owners(self, owner: str) -> frozenset[int] | None:
        match owner:
            case "":
                return None
            case "mine":
                return frozenset({self.user.pk})
            case "team":
                return frozenset(User.objects.filter(team=self.user.team_id).values_list("pk", flat=True))
        return frozenset({int(owner)})


def asked(request: HttpRequest) -> dict[str, str]:
    """The filters of an address."""
    return {name: request.GET[name] for name in ("owner", "market", "text") if request.GET.get(name)}


def remembered(request: HttpRequest) -> dict[str, str]:
    """The filters of an address, which are kept; where it has none, the ones that were kept last."""
    kept = request.session.get(_MEMORY, {})
    if not request.GET.keys() & {"owner", "market", "text"}:
        return dict(kept)
    now = asked(request)
    if now != kept:
        request.session[_MEMORY] = now
    return now
