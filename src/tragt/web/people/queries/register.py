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

_TITLES = {"cache": _("Prepared pages"), "event log": _("Event log"), "uploads": _("Uploaded files")}


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
    if _file(store):
        name = store.name.removeprefix(FILES)
        return str(_TITLES.get(name, capfirst(name)))
    return capfirst(str(apps.get_model(store.name)._meta.verbose_name))  # noqa: SLF001
