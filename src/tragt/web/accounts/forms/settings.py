"""What the pages of the settings ask."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts import acts, places
from tragt.web.accounts.models import ApiKey, Organisation, Reach, Role, User
from tragt.web.accounts.queries import sleeping
from tragt.web.accounts.roles import assignable, permissions
from tragt.web.shell.language import spoken

__all__ = ["ApiKeyForm", "AuditForm", "InviteForm", "OrganisationForm", "ProfileForm", "RoleForm"]


def _choices(form: forms.BaseForm, name: str, choices: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField | forms.TypedChoiceField)
    field.choices = choices


class ProfileForm(forms.Form):
    """One's own name and language."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "language", places.languages())


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """What holds for everyone in the organisation."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_(
            "Days and weeks begin at midnight in this zone. "
            "Days in files imported so far keep the zone they were read in."
        ),
    )
    week_start = forms.TypedChoiceField(label=_("First day of the week"), coerce=int)
    fiscal_year_start = forms.TypedChoiceField(label=_("First month of the fiscal year"), coerce=int)
    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("Amounts in files that name no currency are read in this one.")
    )
    language = forms.ChoiceField(
        label=_("Language"), help_text=_("For mail, and for people who have not chosen a language.")
    )

    sellers_see = forms.ChoiceField(
        label=_("Sellers see"), choices=Reach, help_text=_("What nobody owns, every seller sees and may take up.")
    )
    sellers_change = forms.ChoiceField(label=_("Sellers change"), choices=Reach)

    class Meta:
        """The fields, in the order of the page."""

        model = Organisation
        fields = (
            "name",
            "time_zone",
            "week_start",
            "fiscal_year_start",
            "currency",
            "language",
            "sellers_see",
            "sellers_change",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = spoken(get_language() or "") or "en"
        _choices(self, "time_zone", places.with_present(self.instance.time_zone, places.time_zones(language)))
        _choices(self, "week_start", places.weekdays())
        _choices(self, "fiscal_year_start", places.months())
        _choices(self, "currency", places.with_present(self.instance.currency, places.currencies(language)))
        _choices(self, "language", places.languages())


class RoleForm(forms.Form):
    """Another role for a user."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "role", [(role.value, role.label) for role in assignable(by.role)])


class InviteForm(RoleForm):
    """Whom to invite."""

    wakes = forms.ModelChoiceField(
        sleeping(),
        label=_("Who it is"),
        required=False,
        empty_label=_("Somebody new"),
        help_text=_("People of your files come in with the deals that are theirs."),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    language = forms.ChoiceField(label=_("Language of the invitation"))
    field_order = ("wakes", "email", "role", "language")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        _choices(self, "language", places.languages())
        if not sleeping().exists():
            del self.fields["wakes"]
        self.fields["role"].initial = Role.SELLER.value
        self.fields["language"].initial = spoken(get_language() or "") or "en"

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        return str(self.cleaned_data["email"]).lower()


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """A key for a program."""

    class Meta:
        """The fields, in the order of the page."""

        model = ApiKey
        fields = ("name", "role")
        help_texts = {
            "name": _("The program that will use it."),
            "role": _("The key may do what this role may, as long as you may do it too."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = permissions(by.role)
        _choices(self, "role", [(role.value, role.label) for role in Role if permissions(role) <= own])


# Midnights around these days exist in every zone.
_DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class AuditForm(forms.Form):
    """Which rows of the audit to show."""

    who = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.none(), required=False, empty_label=_("Everyone")
    )
    verb = forms.ChoiceField(label=_("What"), required=False)
    first = forms.DateField(label=_("From"), required=False, validators=_DAYS, widget=_day())
    last = forms.DateField(label=_("To"), required=False, validators=_DAYS, widget=_day())

    def __init__(self, *args: Any, users: QuerySet[User], verbs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["who"]
        assert isinstance(who, forms.ModelChoiceField)
        who.queryset = users
        named = sorted(((verb, str(acts.meaning(verb))) for verb in verbs), key=lambda one: one[1].casefold())
        _choices(self, "verb", [("", _("Everything")), *named])

    def chosen(self) -> dict[str, Any]:
        """What to ask the audit for; what was not understood is left out."""
        given = self.cleaned_data if self.is_valid() else {}
        who: User | None = given.get("who")
        first: date | None = given.get("first")
        last: date | None = given.get("last")
        return {"who": who.pk if who else None, "verb": given.get("verb", ""), "first": first, "last": last}
