"""What people fill in on the pages of collecting."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.errors import InvalidDefinition
from tragt.events.tracking.addresses import network
from tragt.events.tracking.calls import LARGEST
from tragt.web.collect import network_lists
from tragt.web.collect.actions import Chosen
from tragt.web.collect.live import Wanted, Who
from tragt.web.collect.models import KeptAddress, NetworkList, Visitors
from tragt.web.people import normal
from tragt.web.people.free_mail import FREE_MAIL

__all__ = ["CallForm", "LiveForm", "NetworkListForm", "NewNetworkListForm", "ReasonForm", "VisitorsForm"]

_LONGEST = 400
_MOST_LINES = 200


class CallForm(forms.Form):
    """A call that was turned away, to be mended."""

    call = forms.CharField(
        label=_("The call"),
        max_length=2 * LARGEST,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "code"}),
        help_text=_("Mend it here. It is checked again when you send it, and keeps the time at which it first came."),
    )


class ReasonForm(forms.Form):
    """Calls of one reason."""

    code = forms.CharField(max_length=40)
    field = forms.CharField(max_length=60, required=False)
    source = forms.CharField(max_length=100, required=False)

    @property
    def chosen(self) -> Chosen:
        """Which calls are meant."""
        return Chosen(self.cleaned_data["code"], self.cleaned_data["field"], self.cleaned_data["source"])


class LiveForm(forms.Form):
    """Which events are shown as they arrive."""

    source = forms.ChoiceField(label=_("Source"), required=False)
    name = forms.CharField(
        label=_("Event"), required=False, max_length=_LONGEST, widget=forms.TextInput(attrs={"list": "names"})
    )
    person = forms.CharField(
        label=_("Person's id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    who = forms.ChoiceField(
        label=_("Who"),
        required=False,
        choices=[
            ("", _("All")),
            (Who.PEOPLE.value, _("People")),
            (Who.ROBOTS.value, _("Robots")),
            (Who.OWN.value, _("Own and tests")),
        ],
    )

    def __init__(self, *args: Any, sources: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("All")), *sorted(sources.items(), key=lambda one: one[1].casefold())]
        self.fields["source"].choices = choices  # type: ignore[attr-defined] # the stubs know the base class alone

    @property
    def wanted(self) -> Wanted:
        """Which events; where something was filled in that cannot be, any."""
        if not self.is_valid():
            return Wanted()
        given = self.cleaned_data
        who = Who(given["who"]) if given["who"] else None
        return Wanted(given["source"], given["name"], given["person"], who)


class VisitorsForm(forms.Form):
    """What is kept of visitors' addresses, and which visitors are one's own people."""

    address = forms.ChoiceField(
        label=_("What is kept of a visitor's address"),
        choices=KeptAddress.choices,
        widget=forms.RadioSelect,
        help_text=_("Cut off is the last number of four, 203.0.113.0 in the place of 203.0.113.7; of newer addresses "
                    "all but the first three groups. The rest is never written down, neither here nor in files."),
    )  # fmt: skip
    networks = forms.CharField(
        label=_("Your own networks"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            "One a line: 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32. What visitors do from there is your own."
        ),
    )
    domains = forms.CharField(
        label=_("Your own e-mail domains"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line, as it stands after the @: example.org. Whoever signs in to Tragt is your own anyway."),
    )

    def __init__(self, given: Mapping[str, Any] | None, said: Visitors) -> None:
        shown = {"address": said.address, "networks": "\n".join(said.networks), "domains": "\n".join(said.domains)}
        super().__init__(given, initial=shown)

    def clean_networks(self) -> list[str]:
        """Networks in their one spelling, each once."""
        return _each(self.cleaned_data["networks"], _network)

    def clean_domains(self) -> list[str]:
        """Domains as they stand in the DNS, each once."""
        return _each(self.cleaned_data["domains"], _domain)


class NetworkListForm(forms.Form):
    """A list of networks: a file, or its text. What it holds is `found` once the form is valid."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        help_text=_("As the cloud publishes it: JSON of AWS, Google, Azure or Cloudflare, a text or a CSV file."),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text=_("One network a line: 203.0.113.0/24 or 2001:db8::/32. What follows a comma is not read."),
    )
    found: network_lists.Found

    def clean(self) -> dict[str, Any]:
        """Read what was given; a file goes before a text."""
        given = super().clean() or self.cleaned_data
        file = given.get("file")
        try:
            if file is not None and file.size > network_lists.LARGEST:
                content = bytes(network_lists.LARGEST + 1)  # refused by its size, and not read
            else:
                content = given.get("text", "").encode() if file is None else file.read()
            self.found = network_lists.read(content)
        except InvalidDefinition as problem:
            raise forms.ValidationError(_REFUSED[problem.code], params=problem.fields) from None
        return given


class NewNetworkListForm(NetworkListForm):
    """A list that is not there yet, with its name."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Such as AWS, or the mail scanner's name."))
    field_order = ("name", "file", "text")

    def clean_name(self) -> str:
        """A name that no other list has."""
        name: str = self.cleaned_data["name"]
        if NetworkList.objects.filter(name=name).exists():
            raise forms.ValidationError(_("A list is called that already. Open it to replace what it holds."))
        return name


_REFUSED = {
    "collect.list_large": _("A list has at most %(most)s MB."),
    "collect.list_long": _("A list has at most %(most)s networks."),
    "collect.list_json": _("This begins as JSON and is not. Give the file whole."),
    "collect.list_empty": _("No network stands here. Write one a line, as 203.0.113.0/24, or give the JSON whole."),
}


def _each(text: str, read: Callable[[str], str]) -> list[str]:
    """What is read of each line; all lines that are wrong are told at once."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > _MOST_LINES:
        raise forms.ValidationError(_("At most %(most)s lines."), params={"most": _MOST_LINES})
    wrong = list(_wrong(lines, read))
    if wrong:
        raise forms.ValidationError(wrong)
    return list(dict.fromkeys(read(line) for _number, line in lines))


def _wrong(lines: list[tuple[int, str]], read: Callable[[str], str]) -> Iterator[forms.ValidationError]:
    for number, line in lines:
        try:
            read(line)
        except forms.ValidationError as problem:
            said = {"number": number, "said": problem.messages[0]}
            yield forms.ValidationError(_("Line %(number)s: %(said)s"), params=said)


def _network(line: str) -> str:
    try:
        found = network(line)
        return str(found.network_address if found.num_addresses == 1 else found)
    except InvalidDefinition as problem:
        if problem.code == "tracking.wide_network":
            said = _(
                "%(given)s is too wide: strangers are in it too. The number after the slash is at least %(least)s."
            )
        else:
            said = _("%(given)s is no address and no network. Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.")
        raise forms.ValidationError(said, params=problem.fields) from None


def _domain(line: str) -> str:
    domain = normal.email(f"x@{line.removeprefix('@')}").partition("@")[2]
    if not domain:
        said = _("%(given)s is no domain. Write example.org, as it stands after the @.")
        raise forms.ValidationError(said, params={"given": line[:80]})
    if domain in FREE_MAIL:
        said = _("%(given)s is a mail service's: strangers have addresses there too.")
        raise forms.ValidationError(said, params={"given": domain})
    return domain
