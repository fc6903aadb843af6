"""What the app keeps that may be personal."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from tragt.web.mail.models import OutgoingMail
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]


def _to(subject: Subject) -> QuerySet[OutgoingMail]:
    wanted = Q(pk__in=[])
    for address in subject.emails:
        wanted |= Q(to__iexact=address)
    return OutgoingMail.objects.filter(wanted)


def _export(subject: Subject) -> Iterable[dict[str, object]]:
    fields = ("to", "subject", "template", "language", "created", "state", "left", "said")
    return [dict(zip(fields, row, strict=True)) for row in _to(subject).values_list(*fields)]


def _erase(subject: Subject) -> int:
    return _to(subject).delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        name="tragt_mail.OutgoingMail",
        personal={
            "to": gettext_noop("the recipient's address"),
            "subject": gettext_noop("subject of the mail; may name a person"),
            "sealed": gettext_noop("text of a mail that has not left yet"),
            "said": gettext_noop("what the mail server said; may quote the address"),
            "message": gettext_noop("key by which mail servers know the mail"),
        },
        other=frozenset({"id", "template", "language", "state", "cause", "attempts", "once", "created", "left", "job"}),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
)
