"""Why something about a hypothesis was refused, as a reader says it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.accounts.sentences import say as say_of_accounts

__all__ = ["say"]

_SENTENCES: dict[str, Promise] = {
    "crm.no_owner": _("There is no such user."),
    "hypotheses.changed": _("Somebody changed this hypothesis meanwhile. Look at it as it is now, then change it."),
    "hypotheses.empty_note": _("Write what is to be noted."),
    "hypotheses.gain": _("A gain is zero or more."),
    "hypotheses.gain_order": _("The gain lies between what it is at least and at most. Check the three amounts."),
    "hypotheses.long": _("This is too long: at most %(most)s characters are kept, and %(given)s were given."),
    "hypotheses.long_line": _("Each line has at most %(most)s characters."),
    "hypotheses.many": _("There are too many lines. Keep the best %(most)s."),
    "hypotheses.no_belief": _("Write what is believed."),
    "hypotheses.no_gain": _("Write the expected gain too, not its limits alone."),
    "hypotheses.no_place": _("There are no such texts."),
    "hypotheses.stage": _("There is no such kind of step. Choose one of those offered."),
    "hypotheses.state": _("There is no such state. Choose one of those offered."),
    "hypotheses.texts_changed": _("Somebody changed these texts meanwhile. Look at them as they are now."),
    "hypotheses.unknown": _("There is no such hypothesis. Perhaps somebody removed it."),
}


def say(error: TragtError) -> str:
    """The sentence for an error, in the reader's language where there is one."""
    sentence = _SENTENCES.get(error.code)
    return say_of_accounts(error) if sentence is None else str(sentence) % error.fields
