"""What is asked of outgoing mail."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from tragt.errors import NotFound
from tragt.web.mail.address import Delivery, delivery_of
from tragt.web.mail.models import OutgoingMail

__all__ = ["delivery", "find_mail", "latest", "latest_to", "sender"]

SHOWN = 50


def delivery() -> Delivery:
    """How mail leaves this installation."""
    return delivery_of(settings.TRAGT.mail_url)


def sender() -> str:
    """Who mail is from."""
    return settings.DEFAULT_FROM_EMAIL


def latest() -> QuerySet[OutgoingMail]:
    """The last mails, the latest first, each with its job."""
    return OutgoingMail.objects.select_related("job").defer("sealed").order_by("-pk")[:SHOWN]


def latest_to(addresses: Iterable[str], template: str) -> dict[str, OutgoingMail]:
    """The last mail of a kind to each of some addresses, with its job; an address without one is left out."""
    mails = OutgoingMail.objects.filter(template=template, to__in=list(addresses)).order_by("pk")
    return {mail.to: mail for mail in mails.select_related("job").defer("sealed")}


def find_mail(key: int) -> OutgoingMail:
    """The mail of a key, with its job.

    Raises:
        NotFound: There is none.
    """
    mail = OutgoingMail.objects.select_related("job").defer("sealed").filter(pk=key).first()
    if mail is None:
        raise NotFound("mail.not_found", f"There is no mail {key}. Old ones are removed after a while.", mail=key)
    return mail
