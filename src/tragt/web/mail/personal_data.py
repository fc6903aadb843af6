"""What the app keeps that may be personal."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

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
            "to": "the recipient's address",
            "subject": "subject of the mail; may name a person",
            "sealed": "text of a mail that has not left yet",
            "said": "what the mail server said; may quote the address",
            "message": "key by which mail servers know the mail",
        },
        other=frozenset({"id", "template", "language", "state", "cause", "attempts", "once", "created", "left", "job"}),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
)
