"""The proof in a process of its own, with a database that is a file: ``erase`` or ``anonymise``."""

import json
import sqlite3
import sys
from dataclasses import asdict

from tragt.web.project.configuration import load
from tragt.web.project.home import prepare

configuration = load()
prepare(configuration)

from tests.web.people.erasure import proof  # noqa: E402

result = proof(sys.argv[1], configuration.home)
with sqlite3.connect(configuration.home / "tragt.sqlite3") as database:
    intact = database.execute("PRAGMA integrity_check").fetchone()[0]
    free = database.execute("PRAGMA freelist_count").fetchone()[0]
print(json.dumps({**asdict(result), "intact": intact, "free": free}))
