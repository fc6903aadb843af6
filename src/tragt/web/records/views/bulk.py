"""Changing the chosen records of a list, taking them away as a file, and undoing a change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tragt.errors import Conflict, InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import who
from tragt.web.records.actions.bulk import MOST, Done, Undone, add_tag, give_owner, remove_tag, take_back
from tragt.web.records.actions.exports import export_list
from tragt.web.records.downloads import rows_of, written
from tragt.web.records.kinds import Kind
from tragt.web.records.listing import Listing
from tragt.web.records.parts import part_doing
from tragt.web.records.queries.chosen import chosen_records, matching_keys
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.queries.pages import count
from tragt.web.records.views.lists import allowed, asked_of, file_of, list_again, names_of, other_list
from tragt.web.records.views.undoing import Undoable, remember
from tragt.web.shell import formats

__all__ = ["many", "undo"]

NOBODY = "nobody"
_FILES = ("csv", "xlsx")
_LONGEST_KEY = 16


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What was chosen in a list.

    Attributes:
        asked: The list.
        keys: Of the records on the page, in its order.
        every: Whether all that match were chosen, also those on other pages.
        number: How many matched when they were chosen, as the page said.
        same: Whether the list asks all that the page asked.
    """

    asked: Listing
    keys: tuple[int, ...]
    every: bool
    number: int
    same: bool

    def all_keys(self, user: User) -> Sequence[int]:
        """Keys of all records that were chosen; one more than may be changed where they are too many.

        Raises:
            Conflict: All were chosen, and they are others than the page showed.
        """
        if not self.every:
            return self.keys
        keys = matching_keys(self.asked, user) if self.same else []
        self.check(len(keys))
        return keys

    def check(self, number: int) -> None:
        """Refuse to take all that match where that is more than somebody chose.

        Args:
            number: How many match now.

        Raises:
            Conflict: There are more than the page showed, or it asked something else.
        """
        if self.every and (not self.same or self.number < number <= MOST):
            raise Conflict("records.other_list", "The list is another one than was shown. Choose again.")


@require_POST
def many(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Do to the chosen records what was asked; without any, say so."""
    of, user = allowed(request, kind)
    chosen, act = _chosen(request.POST, of, user), request.POST.get("act", "")
    try:
        if act in _FILES and (chosen.keys or chosen.every):
            return _file(request, chosen, user, act)
        if (part := part_doing(act, user)) is not None:
            return part.do(request, of, lambda: chosen.all_keys(user))
        done = _changed(request, of, chosen.all_keys(user), act)
    except (Conflict, InvalidDefinition, NotFound) as refusal:
        messages.error(request, _refused(refusal.code))
    except NotAllowed:
        raise PermissionDenied from None
    else:
        remember(request, Undoable(_told(done), done.change))
    return redirect(list_again(request, of))


@require_POST
def undo(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Take a change of many back where the records still are as it left them."""
    of, _user = allowed(request, kind)
    try:
        undone = take_back(key, who=who(request))
    except NotFound:
        messages.error(request, _("This cannot be taken back any more."))
    except Conflict:
        messages.warning(request, _("This was taken back already."))
    except NotAllowed:
        raise PermissionDenied from None
    else:
        messages.success(request, _told_back(undone))
    return redirect(list_again(request, of))


def _chosen(given: QueryDict, kind: Kind, user: User) -> _Chosen:
    query, number = QueryDict(given.get("query", "")), given.get("number", "")
    asked = asked_of(query, kind, user, fields_of(kind))
    texts = given.get("shown", "").split(",") if given.get("page") else given.getlist("key")
    return _Chosen(
        asked,
        keys=tuple(dict.fromkeys(int(text) for text in texts if _is_number(text))),
        every=bool(given.get("every")),
        number=int(number) if _is_number(number) else 0,
        same=not asked.left_out(query),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _LONGEST_KEY


def _changed(request: HttpRequest, kind: Kind, keys: Sequence[int], act: str) -> Done:
    acts: dict[str, Callable[[], Done]] = {
        "tag": lambda: add_tag(kind, keys, request.POST.get("tag", ""), who=who(request)),
        "untag": lambda: remove_tag(kind, keys, request.POST.get("tag", ""), who=who(request)),
    }
    owner = request.POST.get("owner", "")
    if act == "assign" and kind.owner and owner:
        if owner != NOBODY and not _is_number(owner):
            raise NotFound("accounts.no_user", "There is no such user. Choose one from the list.")
        acts["assign"] = lambda: give_owner(kind, keys, None if owner == NOBODY else int(owner), who=who(request))
    if act not in acts or (act != "assign" and not kind.tags):
        raise InvalidDefinition("records.no_act", f"'{act}' cannot be done to many records; choose from the list.")
    return acts[act]()


def _refused(code: str) -> str:
    return {
        "records.other_list": other_list(),
        "records.none_chosen": _("Nothing was chosen. Choose records first, then what to do with them."),
        "records.too_many": _("Only %(most)s records can be changed at once. Filter the list, then choose again.")
        % {"most": formats.number(MOST)},
        "records.tag": _("A tag has a name of one to sixty letters."),
        "records.no_tag": _("There is no tag of this name. Choose one that there is."),
        "accounts.no_user": _("This user cannot sign in any more. Choose another one."),
    }.get(code, _("Choose what to do with the records."))


def _told(done: Done) -> str:
    """What became of the records, in sentences."""
    said = ngettext("%(number)s record was changed.", "%(number)s records were changed.", done.changed)
    parts = [_counted(said, done.changed) if done.changed else _("Nothing was changed.")]
    if done.same:
        said = ngettext("%(number)s was so already.", "%(number)s were so already.", done.same)
        parts.append(_counted(said, done.same))
    if done.refused:
        said = ngettext(
            "%(number)s belongs to somebody else and stays as it is.",
            "%(number)s belong to somebody else and stay as they are.",
            done.refused,
        )
        parts.append(_counted(said, done.refused))
    if done.missing:
        said = ngettext("%(number)s is not there any more.", "%(number)s are not there any more.", done.missing)
        parts.append(_counted(said, done.missing))
    return " ".join(parts)


def _told_back(undone: Undone) -> str:
    said = ngettext("%(number)s record is as before.", "%(number)s records are as before.", undone.restored)
    parts = [_counted(said, undone.restored)]
    if undone.kept:
        said = ngettext(
            "%(number)s was changed since and stays as it is.",
            "%(number)s were changed since and stay as they are.",
            undone.kept,
        )
        parts.append(_counted(said, undone.kept))
    return " ".join(parts)


def _counted(said: str, number: int) -> str:
    return said % {"number": formats.number(number)}


def _file(request: HttpRequest, chosen: _Chosen, user: User, ending: str) -> HttpResponseBase:
    """The chosen records as a file."""
    if not user.has_perm(chosen.asked.kind.export):
        raise PermissionDenied
    asked, names = chosen.asked, names_of(chosen.asked, user)
    if chosen.every:
        number = count(asked, user)
        chosen.check(number)
        if number > MOST:
            messages.error(request, _refused("records.too_many"))
            return redirect(list_again(request, asked.kind))
        rows = rows_of(asked, user, names)
    else:
        records = chosen_records(asked.kind, user, chosen.keys[:MOST])
        number, rows = len(records), written(asked, records, user, names)
    export_list(asked, number, who=who(request))
    return file_of(asked, rows, ending)
