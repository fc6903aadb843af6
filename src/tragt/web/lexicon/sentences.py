"""Why something was refused, in the reader's language: the codes of the errors of this app as sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError

__all__ = ["say"]

_SENTENCES: dict[str, Promise] = {
    "lexicon.called": _("Another event, “%(other)s”, is called “%(display)s”. Choose a name of its own."),
    "lexicon.long": _("A name of more than %(most)s characters cannot be noted here."),
    "lexicon.merged": _("“%(spelling)s” counts as “%(kept)s” already. Undo that first."),
    "lexicon.no_merge": _("Somebody undid this already."),
    "lexicon.same": _("“%(spelling)s” and “%(kept)s” are one name already."),
    "lexicon.unknown": _("The log holds no event “%(name)s”."),
}


def say(error: TragtError) -> str:
    """The sentence for an error.

    Args:
        error: What was refused.
    """
    sentence = _SENTENCES.get(error.code)
    return error.message if sentence is None else str(sentence) % error.fields
