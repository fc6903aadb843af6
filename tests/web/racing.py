"""Two at one thing at the same moment: threads, forms as pages offer them, and the database as a server has it."""

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

__all__ = ["ROUNDS", "form_at", "real_database", "together"]

ROUNDS = 1_000 if int(os.environ.get("TRAGT_SOAK_ROUNDS", "0")) >= 1_000 else 20
"""How often each of two does what they do: 20 in the suite, 1,000 in make soak, on either database."""

_LONGEST_SECONDS = max(1_800, 10 * ROUNDS)


@pytest.fixture
def real_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:  # noqa: ARG001
    """The database as it is in use: SQLite from a file, for one in memory locks whole tables and waits for nobody."""
    in_memory = connections[DEFAULT_DB_ALIAS]
    if in_memory.vendor != "sqlite":
        yield
        return
    settings, name = connections.settings[DEFAULT_DB_ALIAS], in_memory.settings_dict["NAME"]
    in_memory.ensure_connection()
    with closing(sqlite3.connect(tmp_path / "tragt.db")) as file:
        in_memory.connection.backup(file)
    settings["NAME"] = str(tmp_path / "tragt.db")
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    yield
    connections[DEFAULT_DB_ALIAS].close()
    settings["NAME"] = name
    connections[DEFAULT_DB_ALIAS] = in_memory


def together(act: Callable[[int], Any], number: int = 2) -> list[Any]:
    """What an act gives that is done several times at once, each told its number; what failed is raised."""
    given: list[Any] = [None] * number
    failed: list[BaseException] = []
    begin = threading.Barrier(number)

    def done(one: int) -> None:
        try:
            begin.wait(60)
            given[one] = act(one)
        except BaseException as failure:  # noqa: BLE001 - raised below
            failed.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=done, args=(one,), daemon=True) for one in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_LONGEST_SECONDS)
    if failed:
        raise failed[0]
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    return given


def form_at(page: Any, address: str) -> dict[str, str]:
    """What a browser would send of the form that is sent to an address: every field, with what stands in it.

    Args:
        page: The answer that holds the form.
        address: Where the form is sent to; a form that says nothing is sent to where its page is.
    """
    assert page.status_code == 200, (page.status_code, page.content[:500])
    reader = _Forms(page.request["PATH_INFO"])
    reader.feed(page.content.decode())
    assert address in reader.forms, (address, sorted(reader.forms))
    return reader.forms[address]


class _Forms(HTMLParser):
    """The forms of a page by where they are sent to; of several with one address the last."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here, self._select, self._text = here, "", ""
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        match tag:
            case "form":
                self._form = self.forms[re.sub(r"[?#].*", "", given.get("action") or self._here)] = {}
            case "input" if name and (given.get("type") not in ("checkbox", "radio", "submit") or "checked" in given):
                self._form[name] = value
            case "select":
                self._select = name
            case "option" if self._select and ("selected" in given or self._select not in self._form):
                self._form[self._select] = value
            case "textarea":
                self._text = name
                self._form[name] = ""

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._form = {}
            case "select":
                self._select = ""
            case "textarea":
                self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            # The parser of a browser leaves out the line break that a text begins with.
            self._form[self._text] += data.removeprefix("\n") if not self._form[self._text] else data
