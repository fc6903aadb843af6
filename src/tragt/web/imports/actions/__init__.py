"""Taking files in: upload, columns, trial, commit, undo, upkeep."""

from tragt.web.imports.actions.choosing import choose, read_file_as
from tragt.web.imports.actions.committing import begin, commit
from tragt.web.imports.actions.discarding import discard, remove_old_files, remove_strays
from tragt.web.imports.actions.importing import import_file
from tragt.web.imports.actions.running import run_now
from tragt.web.imports.actions.starting import start
from tragt.web.imports.actions.trying import begin_trial, is_small, try_out
from tragt.web.imports.actions.undoing import begin_undo, undo
from tragt.web.imports.actions.withdrawing import clear_leftovers

__all__ = [
    "begin",
    "begin_trial",
    "begin_undo",
    "choose",
    "clear_leftovers",
    "commit",
    "discard",
    "import_file",
    "is_small",
    "read_file_as",
    "remove_old_files",
    "remove_strays",
    "run_now",
    "start",
    "try_out",
    "undo",
]
