"""Why a call was turned away, as a reader says it: the codes of refusals as sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.events.tracking.refusals import Refusal
from tragt.web.inbox.models import Rejected

__all__ = ["say", "sentence"]

_SENTENCES: dict[str, Promise] = {
    "alias.incomplete": _("An alias needs userId and previousId."),
    "batch.long": _("There are too many calls in one batch. Send smaller ones."),
    "call.large": _("The call is too large. Send less with it."),
    "event.missing": _("The call does not say what happened. Give event a name."),
    "event.reserved": _("An event of this name may be sent with a secret key only. Choose another name."),
    "event.unlisted": _("The key may not send an event of this name. Settings → Keys says which it may."),
    "group.missing": _("A call about a group needs groupId."),
    "id.missing": _("The call names nobody. Give it userId, anonymousId, or both."),
    "json": _("This is not the JSON of a call."),
    "nesting": _("Objects stand in each other too deeply. Send flatter ones."),
    "text.long": _("%(field)s is too long. Shorten it."),
    "text.unprintable": _("%(field)s holds characters that cannot be printed. Leave them out."),
    "time.range": _("%(field)s is no time, lies before 1990, or more than a day ahead. Correct it, or leave it out."),
    "type": _("%(field)s has the wrong type."),
    "type.unknown": _("The type of the call is not known. It is track, page, screen, identify, group or alias."),
    "unreadable": _("This could not be brought into the event log. The log of the settler says why."),
}


def sentence(code: str, field: str, message: str = "") -> str:
    """Why, in the reader's language where there is a sentence for it.

    Args:
        code: The reason, as `Refusal` calls it.
        field: The field that it is about; empty where it is the call as a whole.
        message: What is said where there is none.
    """
    found = _SENTENCES.get(code)
    return message or code if found is None else str(found) % {"field": field}


def say(refused: Rejected | Refusal) -> str:
    """Why a call was turned away."""
    return sentence(refused.code, refused.field, refused.message)
