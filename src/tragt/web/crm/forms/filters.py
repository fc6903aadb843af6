"""Which deals a board shows: whose, of which market, with which tag and words. The last choice is remembered."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.web.accounts.models import User
from tragt.web.crm.models import Deal, Market, Status
from tragt.web.crm.queries.board import Wanted
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.records.listing import TEXT
from tragt.web.records.models import Tag

__all__ = ["BoardForm", "asked", "remembered"]

_MEMORY = "board"
_MINE, _TEAM = "mine", "team"
_NAMES = ("owner", "market", "tag", "text")


class BoardForm(forms.Form):
    """What a board is narrowed down to; what cannot be is left out."""

    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    market = forms.ChoiceField(label=gettext_lazy("Market"), required=False)
    tag = forms.ChoiceField(label=gettext_lazy("Tag"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Company or deal"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search"}),
    )

    def __init__(self, data: Mapping[str, str], user: User) -> None:
        super().__init__(dict(data), auto_id="board_%s")
        self.user = user
        team = [(_TEAM, _("My team's"))] if user.team_id is not None else []
        self._offer("owner", [("", _("Everyone's")), (_MINE, _("Mine")), *team, *_owners(user)])
        self._offer("market", [("", _("All")), *Market.choices])
        tags = [(str(key), name) for key, name in _tags(user)]
        self._offer("tag", [("", _("All")), *tags])
        if not tags:
            del self.fields["tag"]
        self.is_valid()

    @property
    def wanted(self) -> Wanted:
        """Which deals."""
        given: dict[str, Any] = self.cleaned_data
        tag = given.get("tag", "")
        owners = self._owners(given.get("owner", ""))
        return Wanted(owners, given.get("market", ""), given.get("text", ""), int(tag) if tag else None)

    @property
    def of_list(self) -> str:
        """The same as the address of the list of deals says it; a text is looked for in their names alone there."""
        wanted = self.wanted
        asked: list[tuple[str, object]] = [("owner.any", key) for key in sorted(wanted.owners or ())]
        asked += [("market.any", wanted.market)] if wanted.market else []
        asked += [("tags.any", wanted.tag)] if wanted.tag is not None else []
        return urlencode([*asked, *([(TEXT, wanted.text)] if wanted.text else [])])

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return self.wanted != Wanted()

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _owners(self, owner: str) -> frozenset[int] | None:
        match owner:
            case "":
                return None
            case "mine":
                return frozenset({self.user.pk})
            case "team":
                return frozenset(User.objects.filter(team=self.user.team_id).values_list("pk", flat=True))
        return frozenset({int(owner)})


def _owners(user: User) -> list[tuple[str, str]]:
    """Who else may own what stands on a board: those who are active, and those who left and still own something."""
    others = list(User.objects.exclude(pk=user.pk).order_by("-is_active", "name", "email"))
    left = [one.pk for one in others if not one.is_active]
    theirs = visible_deals(user).filter(owner__in=left, status=Status.OPEN).order_by() if left else Deal.objects.none()
    owning = set(theirs.values_list("owner", flat=True).distinct())
    return [
        (str(one.pk), str(one) if one.is_active else _("%(name)s (no longer active)") % {"name": one})
        for one in others
        if one.is_active or one.pk in owning
    ]


def _tags(user: User) -> Iterable[tuple[int, str]]:
    """The tags that open deals are marked with which the user sees."""
    # Asked deal by deal, which ends with the first one: SQLite would find all open deals for each tag.
    seen = visible_deals(user).filter(pk=OuterRef("deal"), status=Status.OPEN)
    marked = Deal.tags.through.objects.filter(tag=OuterRef("pk")).filter(Exists(seen))
    return Tag.objects.filter(Exists(marked)).values_list("pk", "name")


def asked(request: HttpRequest) -> dict[str, str]:
    """The filters of an address."""
    return {name: request.GET[name] for name in _NAMES if request.GET.get(name)}


def remembered(request: HttpRequest) -> dict[str, str]:
    """The filters of an address, which are kept; where it has none, the ones that were kept last."""
    kept = request.session.get(_MEMORY, {})
    if not request.GET.keys() & set(_NAMES):
        return dict(kept)
    now = asked(request)
    if now != kept:
        request.session[_MEMORY] = now
    return now
