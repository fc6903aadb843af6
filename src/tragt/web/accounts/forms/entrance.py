"""What the first run and an invitation ask."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts import places
from tragt.web.accounts.actions import Founding
from tragt.web.accounts.forms.sign_in import PASSWORD_HELP
from tragt.web.accounts.models import User
from tragt.web.shell.language import spoken

__all__ = ["AcceptForm", "StartForm"]


class _WithPassword(forms.Form):
    """A form that sets a first password."""

    def as_user(self) -> User:
        """The user to be, whom the password must not resemble."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Check the password against the rules, and against the user's own name and address."""
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password:
            try:
                validate_password(password, self.as_user())
            except ValidationError as problem:
                self.add_error("password", problem)
        return cleaned


def _name() -> forms.CharField:
    return forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))


def _password() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        help_text=PASSWORD_HELP,
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class StartForm(_WithPassword):
    """The first run: the code from the terminal, the owner, the organisation."""

    code = forms.CharField(
        label=_("Code from the terminal"),
        help_text=_("Tragt printed it where it was started."),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    name = _name()
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = _password()
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    language = forms.ChoiceField(label=_("Language"))
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Type the name of your city to find it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = spoken(get_language() or "") or "en"
        self._choices("language", places.languages())
        self._choices("time_zone", places.time_zones(language))
        self.fields["language"].initial = language
        self.fields["time_zone"].initial = places.guess(language).time_zone
        if not self.is_bound:
            # The script puts the zone of the browser there; what a reader chose stays.
            self.fields["time_zone"].widget.attrs["data-browser-zone"] = True

    def as_user(self) -> User:
        """The owner to be."""
        return User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))

    def founding(self) -> Founding:
        """What was asked, with a currency that fits."""
        given = self.cleaned_data
        guess = places.guess(given["language"], given["time_zone"])
        return Founding(
            organisation=given["organisation"],
            email=given["email"],
            password=given["password"],
            name=given["name"],
            language=given["language"],
            time_zone=guess.time_zone,
            currency=guess.currency,
        )

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class AcceptForm(_WithPassword):
    """An invitation: the name, a password, the language."""

    name = _name()
    password = _password()
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = places.languages()

    def as_user(self) -> User:
        """The user to be."""
        return User(email=self._email, name=self.cleaned_data.get("name", ""))
