"""Why something about a webhook was refused, as a reader says it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.accounts.sentences import say as say_of_accounts

__all__ = ["say"]

_SENTENCES: dict[str, Promise] = {
    "guard.address": _("This is no address that can be reached. Write it as https://www.example.org/path."),
    "guard.http": _("This address is not encrypted. Give one that begins with https."),
    "guard.number": _("This is a number in a spelling of its own. Write a name, or four numbers as 192.0.2.1."),
    "guard.port": _("Nothing is sent to this port. Use 443, or one from 1024 on that is not another service's own."),
    "guard.private": _("This address leads into the network of this server. Give an address of the internet."),
    "guard.user": _("An address holds no user and no password here. The signature tells who sends."),
    "webhooks.address": _("This address is too long. Give a shorter one."),
    "webhooks.changed": _("Somebody changed this webhook meanwhile. Look at it as it is now, then change it again."),
    "webhooks.many": _("There are as many webhooks as there can be. Remove one first."),
    "webhooks.name": _("A webhook needs a name."),
    "webhooks.none": _("There is no such webhook. Perhaps somebody removed it."),
    "webhooks.no_message": _("There is no such message. Old ones are removed."),
    "webhooks.silent": _(
        "Whoever made this webhook may have none any more, so it is told nothing. Make one of your own in its place."
    ),
    "webhooks.withheld": _("This message was not sent, and nothing of it was kept that could be."),
}


def say(error: TragtError) -> str:
    """The sentence for an error, in the reader's language where there is one."""
    sentence = _SENTENCES.get(error.code)
    return say_of_accounts(error) if sentence is None else str(sentence)
