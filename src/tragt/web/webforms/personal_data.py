"""What forms hold of persons: what waits for a confirmation or was turned away, and who sent the rest."""

from collections.abc import Iterable, Iterator

import msgspec
from django.db.models import Q
from django.utils.translation import gettext_noop

from tragt.web.shell.personal import Store, Subject, leading_to
from tragt.web.webforms.models import Standing, Submission

__all__ = ["STORES"]

_FIELDS = ("at", "standing", "reason", "actor", "email", "answers", "visit", "confirmed", "withdrawn")


def _theirs(subject: Subject) -> Iterator[Submission]:
    """What the person sent, and what was sent with an address or number of the person."""
    yield from Submission.objects.filter(Q(actor__in=subject.actors) | Q(email__in=subject.emails)).order_by("pk")
    leads = leading_to(subject)
    others = Submission.objects.exclude(Q(actor__in=subject.actors) | Q(email__in=subject.emails))
    for row in others.exclude(answers={}).order_by("pk"):
        if leads(msgspec.json.encode(row.answers).decode()):
            yield row


def _export(subject: Subject) -> Iterable[dict[str, object]]:
    for row in _theirs(subject):
        yield {"form": row.form.name, **{name: getattr(row, name) for name in _FIELDS}}


def _erase(subject: Subject) -> int:
    return Submission.objects.filter(pk__in=[row.pk for row in _theirs(subject)]).delete()[0]


def _anonymise(subject: Subject) -> int:
    """What was sent is counted as before, by nobody, who confirms nothing; what was turned away was never counted."""
    rows = list(_theirs(subject))
    turned = [row.pk for row in rows if row.standing == Standing.TURNED_AWAY]
    counted = [row for row in rows if row.standing != Standing.TURNED_AWAY]
    for row in counted:
        row.actor = subject.pseudonyms.get(row.actor, "")
        row.email, row.answers, row.visit = "", {}, {}
        if row.standing == Standing.WAITING:
            row.standing = Standing.TAKEN
    Submission.objects.bulk_update(counted, ["actor", "email", "answers", "visit", "standing"])
    Submission.objects.filter(pk__in=turned).delete()
    return len(rows)


STORES: tuple[Store, ...] = (
    Store(
        "tragt_webforms.WebForm",
        other=frozenset({"id", "name", "public", "state", "draft", "origins", "created"}),
    ),
    Store("tragt_webforms.Wording", other=frozenset({"id", "form", "number", "told", "published"})),
    Store(
        "tragt_webforms.Submission",
        personal={
            "actor": gettext_noop("the identifier of who filled in a form"),
            "email": gettext_noop("the e-mail address, until it is confirmed"),
            "answers": gettext_noop("what was typed into a form, until it is confirmed or looked at"),
            "visit": gettext_noop("page, campaign and program from which a form was sent"),
        },
        other=frozenset({"id", "form", "wording", "key", "at", "standing", "reason", "confirmed", "withdrawn", "mail"}),
        export=_export,
        erase=_erase,
        anonymise=_anonymise,
    ),
)
