"""Why something was refused, as a reader says it: the codes of the errors of files as sentences."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.accounts.sentences import say as say_of_accounts

__all__ = ["say"]

_SENTENCES: Mapping[str, Promise] = {
    "files.cannot_store": _("The disk did not take this (%(why)s). Tell whoever looks after this installation."),
    "files.changed": _("Somebody named “%(name)s” meanwhile. Load the page again."),
    "files.disk_full": _("The disk is full. Nothing of the file was kept; make room, then add it again."),
    "files.missing": _("The file is not on the disk any more. Remove it, and add it again."),
    "files.no_file": _("There is no such file. Perhaps somebody removed it."),
    "files.no_name": _("A file needs a name. Write one."),
    "files.nothing": _("Choose a file first."),
    "files.quota": _(
        "All files together may take %(limit)s GB, and there is no room for this one. Remove some, or ask whoever "
        "looks after this installation for more."
    ),
    "files.too_large": _("A file has at most %(limit)s MB. Make it smaller, or put it elsewhere and note where."),
}


def say(error: TragtError) -> str:
    """The sentence for an error, in the reader's language where there is one."""
    sentence = _SENTENCES.get(error.code)
    return say_of_accounts(error) if sentence is None else str(sentence) % error.fields
