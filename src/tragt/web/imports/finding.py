"""What the command palette finds of imports, and the audit calls them: files by their names."""

from collections.abc import Iterable, Iterator, Mapping

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tragt.web.imports.queries import imports
from tragt.web.shell.rooms import Hit

__all__ = ["file_names", "find_imports"]

_MOST = 5


def find_imports(request: HttpRequest, text: str) -> Iterator[Hit]:
    """The imports whose file name holds the text, the latest first."""
    if not request.user.has_perm("imports.see"):
        return
    for one in imports().filter(file_name__icontains=text)[:_MOST]:
        yield Hit(one.file_name, reverse("imports:one", args=[one.pk]), _("Import"), "file-up")


def file_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What the files of some imports are called, by the key of the import."""
    return dict(imports().filter(pk__in=keys).values_list("pk", "file_name"))
