"""The register of personal data: what every app declares of its models and files. The unit is the store."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.personal import Store

__all__ = ["FILES", "Entry", "entries", "register"]

FILES = "file:"
"""How the names of stores begin that are no models."""

_TITLES = {
    f"{FILES}cache": _("Prepared pages"),
    f"{FILES}erasures": _("List of erasures"),
    f"{FILES}event log": _("Event log"),
    f"{FILES}files": _("Files on records, as they lie on the disk"),
    f"{FILES}incoming": _("Files on their way in"),
    f"{FILES}index": _("Index of the event log"),
    f"{FILES}uploads": _("Uploaded files"),
    "account.EmailAddress": _("E-mail addresses of users"),
    "account.EmailConfirmation": _("Confirmations of addresses"),
    "mfa.Authenticator": _("Second factors of users"),
    "sessions.Session": _("Sign-ins"),
    "socialaccount.SocialAccount": _("Users at the sign-in provider"),
    "socialaccount.SocialToken": _("Access to the sign-in provider"),
    "tragt_imports.PipelineUnit": _("Deals without a date"),
    "tragt_jobs.Job": _("Jobs"),
    "tragt_mail.OutgoingMail": _("Outgoing mail"),
    "usersessions.UserSession": _("Browsers of users"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A store of the register, in words.

    Attributes:
        title: What it is called.
        holds: What it holds of a person.
        file: Whether it is files, not rows of the database.
    """

    title: str
    holds: tuple[str, ...]
    file: bool


def register() -> list[Store]:
    """The stores that all apps declare, the files before the rows."""
    stores = [store for app in apps.get_app_configs() for store in _declared(app)]
    return sorted(stores, key=lambda store: not store.name.startswith(FILES))


def entries() -> list[Entry]:
    """The stores that hold something personal, as people read of them."""
    return [
        Entry(_title(store), tuple(dict.fromkeys(map(gettext, store.personal.values()))), _file(store))
        for store in register()
        if store.personal
    ]


def _declared(app: AppConfig) -> Iterator[Store]:
    if module_has_submodule(app.module, "personal_data"):
        yield from import_module(f"{app.name}.personal_data").STORES


def _file(store: Store) -> bool:
    return store.name.startswith(FILES)


def _title(store: Store) -> str:
    if store.name in _TITLES:
        return str(_TITLES[store.name])
    if _file(store):
        return capfirst(store.name.removeprefix(FILES))
    return capfirst(str(apps.get_model(store.name)._meta.verbose_name))  # noqa: SLF001
