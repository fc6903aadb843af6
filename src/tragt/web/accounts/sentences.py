"""Why something was refused, as a reader says it: the codes of the errors of this app as sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError

__all__ = ["say"]

_SENTENCES: dict[str, Promise] = {
    "accounts.already_set_up": _("An owner exists already. Sign in, or ask the owner to invite you."),
    "accounts.code_locked": _(
        "Too many wrong codes. Wait %(minutes)s minutes, or start Tragt again: it prints a new code."
    ),
    "accounts.asleep": _("Nobody has let this user in so far. Send an invitation."),
    "accounts.not_asleep": _("This user was let in already."),
    "accounts.email_taken": _("A user with this e-mail address exists already."),
    "accounts.invitation_closed": _("This invitation was accepted or withdrawn already."),
    "accounts.invitation_gone": _("This invitation does not work any more. Ask for a new one."),
    "accounts.invited_already": _("This e-mail address is invited already. Send the invitation again."),
    "accounts.key_revoked": _("This key was revoked. Make a new one."),
    "accounts.key_too_strong": _("A key may do no more than its user. Choose a lesser role."),
    "accounts.last_owner": _("This is the last owner. Make someone else an owner first, then try again."),
    "accounts.not_allowed": _("Your role does not include this. Ask an owner or manager of your organisation."),
    "accounts.not_your_key": _("This key belongs to another user."),
    "accounts.not_your_role": _("Only an owner can change another owner, or make someone an owner."),
    "accounts.no_team": _("There is no such team. Perhaps somebody removed it."),
    "accounts.not_yours": _(
        "This belongs to somebody else. Ask its owner or a manager to change it or to hand it over."
    ),
    "accounts.team_name": _("A team needs a name."),
    "accounts.team_taken": _("Another team has this name. Choose another one."),
    "accounts.wrong_code": _("This is not the code that the terminal shows. Copy the one that was printed last."),
}


def say(error: TragtError) -> str:
    """The sentence for an error, in the reader's language where there is one."""
    sentence = _SENTENCES.get(error.code)
    return error.message if sentence is None else str(sentence) % error.fields
