"""What the installation knows of persons, where that lies, and how it is exported, erased and anonymised.

The ledger is needed to find the events and the consents of a person, so those go first. The index repeats the log: it
is built anew when everybody who was to go has gone from the log and the ledger, and what it was before is removed.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from tragt.web.log import actions as log
from tragt.web.people.actions.folding import drop_companies
from tragt.web.people.models import ConsentRow, Duplicate, Edge, Identifier, Person, Statement
from tragt.web.people.queries.arriving import arriving_files, naming
from tragt.web.people.queries.consents import consents_between
from tragt.web.people.queries.register import FILES
from tragt.web.people.queries.subjects import events_of, person_of, spans_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

Rows = Iterable[dict[str, object]]


_FORGOTTEN = "anonymised"
_IDENTIFIER = ["actor", "person"]
_STATEMENT = ["person", "cause", "trusted", "at", "told"]
_CONSENT = ["actor", "purpose", "channel", "state", "basis", "source", "at", "wording", "evidence", "recorded"]
_EDGE = ["kind", "actor", "user", "at", "cause", "undone"]


def _events(subject: Subject) -> Rows:
    yield from events_of(spans_of(person_of(subject))).iter_rows(named=True)


def _erase_events(subject: Subject) -> int:
    return log.erase(spans_of(person_of(subject)))


def _anonymise_events(subject: Subject) -> int:
    return log.anonymise(subject.actors, subject.secret)


def _arriving(subject: Subject) -> Rows:
    for path in naming(subject):
        yield {"file": path.name, "size": path.stat().st_size}


def _empty_arriving(_: Subject) -> int:
    """All of them go: an erasure waits for uploads under way, so these were left behind by something that died."""
    files = arriving_files()
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


def _persons(subject: Subject) -> QuerySet[Person]:
    return Person.objects.filter(pk__in=Identifier.objects.filter(actor__in=subject.actors).values("person"))


def _person_rows(subject: Subject) -> Rows:
    fields = ("id", "name", "email", "phone", "traits", "company__name", "created", "updated")
    for row in _persons(subject).order_by("pk").values(*fields):
        tags = Person.tags.through.objects.filter(person=row["id"]).values_list("tag__name", flat=True)
        yield {**row, "tags": list(tags)}


def _erase_persons(subject: Subject) -> int:
    """A company that was known by nothing but the address of the person goes too."""
    touched, _ = _persons(subject).delete()
    drop_companies()
    return touched


def _anonymise_persons(subject: Subject) -> int:
    """Nothing is left of a person but its company, so that companies count as before."""
    persons = list(_persons(subject).select_related("company"))
    Statement.objects.filter(person__in=persons).delete()
    Person.tags.through.objects.filter(person__in=persons).delete()
    kept = {person.pk: person.company.name for person in persons if person.company}
    told = [Statement(person_id=key, cause=_FORGOTTEN, told={"company": name}) for key, name in kept.items()]
    Statement.objects.bulk_create(told)
    nothing = {"name": "", "email": "", "phone": "", "traits": {}}
    now = timezone.now()
    return Person.objects.filter(pk__in=[one.pk for one in persons]).update(**nothing, anonymised=now, updated=now)


def _identifiers(subject: Subject) -> Rows:
    yield from Identifier.objects.filter(actor__in=subject.actors).order_by("pk").values(*_IDENTIFIER)


def _erase_identifiers(subject: Subject) -> int:
    return Identifier.objects.filter(actor__in=subject.actors).delete()[0]


def _anonymise_identifiers(subject: Subject) -> int:
    rows = list(Identifier.objects.filter(actor__in=subject.actors))
    for row in rows:
        row.actor = subject.pseudonyms[row.actor]
    return Identifier.objects.bulk_update(rows, ["actor"])


def _statements(subject: Subject) -> Rows:
    rows = Statement.objects.filter(person__in=_persons(subject)).order_by("pk")
    yield from rows.values(*_STATEMENT)


def _consents(subject: Subject) -> QuerySet[ConsentRow]:
    """What the person said; of a machine that several share, only while it was this person's."""
    keys = consents_between(spans_of(person_of(subject)))
    return _every_consent().filter(pk__in=keys)


def _every_consent() -> QuerySet[ConsentRow]:
    """The rows of the consent log without what keeps them as they are: the rights of a person go before."""
    return QuerySet(ConsentRow)


def _consent_rows(subject: Subject) -> Rows:
    yield from _consents(subject).order_by("at", "pk").values(*_CONSENT)


def _erase_consents(subject: Subject) -> int:
    return _consents(subject).delete()[0]


def _anonymise_consents(subject: Subject) -> int:
    """What was said stays, by nobody. Like events, all of a shared machine are renamed."""
    touched = _consents(subject).update(source="", evidence={})
    rows = list(_every_consent().filter(actor__in=subject.actors))
    for row in rows:
        row.actor = subject.pseudonyms[row.actor]
    return max(touched, _every_consent().bulk_update(rows, ["actor"]))


def _edges(subject: Subject) -> QuerySet[Edge]:
    users = [actor for actor in subject.actors if actor.startswith("u:")]
    return Edge.objects.filter(Q(user__in=users) | Q(actor__in=users))


def _edge_rows(subject: Subject) -> Rows:
    yield from _edges(subject).order_by("pk").values(*_EDGE)


def _erase_edges(subject: Subject) -> int:
    return _edges(subject).delete()[0]


def _anonymise_edges(subject: Subject) -> int:
    """Also the claims of its anonymous actors by others are renamed, since their events are."""
    rows = list(Edge.objects.filter(Q(user__in=subject.actors) | Q(actor__in=subject.actors)))
    for row in rows:
        row.actor = subject.pseudonyms.get(row.actor, row.actor)
        row.user = subject.pseudonyms.get(row.user, row.user)
    return Edge.objects.bulk_update(rows, ["actor", "user"])


def _duplicates(subject: Subject) -> QuerySet[Duplicate]:
    return Duplicate.objects.filter(Q(first__in=subject.actors) | Q(second__in=subject.actors))


def _duplicate_rows(subject: Subject) -> Rows:
    """The other of each pair is somebody else, whom the export of this one does not tell of."""
    for one in _duplicates(subject).order_by("pk"):
        own = one.first if one.first in subject.actors else one.second
        yield {"identifier": own, "reason": one.reason, "found": one.found, "dismissed": one.dismissed}


def _drop_duplicates(subject: Subject) -> int:
    return _duplicates(subject).delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        f"{FILES}event log",
        personal={
            "actor": gettext_noop("who did it: the identifier of a user or of an anonymous visitor"),
            "session": gettext_noop("the visit it belongs to"),
            "properties": gettext_noop("what the event tells besides, which may name a person"),
            "context": gettext_noop("page, campaign, device and address the event came from"),
        },
        other=frozenset(
            {"id", "time", "precision", "name", "company", "deal", "source", "batch", "human", "traffic", "received"}
        ),
        export=_events,
        erase=_erase_events,
        anonymise=_anonymise_events,
    ),
    Store(
        f"{FILES}index",
        personal={"actor": gettext_noop("events in another order, with whom they belong to and what they tell")},
    ),
    Store(
        f"{FILES}incoming",
        personal={"file": gettext_noop("everything that an uploaded file says of the person")},
        export=_arriving,
        erase=_empty_arriving,
        anonymise=_empty_arriving,
    ),
    Store(
        "tragt_people.ConsentRow",
        personal={
            "actor": gettext_noop("the identifier of who gave or withdrew consent"),
            "source": gettext_noop("where it was said"),
            "evidence": gettext_noop("how it can be shown that it was said"),
        },
        other=frozenset({"id", "purpose", "channel", "state", "basis", "at", "wording", "cause", "recorded"}),
        export=_consent_rows,
        erase=_erase_consents,
        anonymise=_anonymise_consents,
    ),
    Store(
        "tragt_people.Edge",
        personal={
            "actor": gettext_noop("an identifier that was found to be the same person"),
            "user": gettext_noop("the identifier of the person"),
        },
        other=frozenset({"id", "kind", "at", "cause", "created", "undone"}),
        export=_edge_rows,
        erase=_erase_edges,
        anonymise=_anonymise_edges,
    ),
    Store(
        "tragt_people.Statement",
        personal={"told": gettext_noop("what one source told of a person")},
        other=frozenset({"id", "person", "cause", "trusted", "at"}),
        export=_statements,
    ),
    Store(
        "tragt_people.Person",
        personal={
            "name": gettext_noop("name"),
            "email": gettext_noop("e-mail address"),
            "phone": gettext_noop("telephone number"),
            "traits": gettext_noop("other things that are known of the person"),
            "tags": gettext_noop("words that the person is marked with"),
        },
        other=frozenset({"id", "company", "owner", "created", "updated", "struck", "anonymised"}),
        export=_person_rows,
        erase=_erase_persons,
        anonymise=_anonymise_persons,
    ),
    Store(
        "tragt_people.Identifier",
        personal={"actor": gettext_noop("the identifier by which events name the person")},
        other=frozenset({"id", "person"}),
        export=_identifiers,
        erase=_erase_identifiers,
        anonymise=_anonymise_identifiers,
    ),
    Store(
        "tragt_people.Company",
        other=frozenset({"id", "key", "name", "domain", "market", "traits", "owner", "tags", "created"}),
    ),
    Store("tragt_people.Mention", other=frozenset({"id", "company", "cause", "trusted", "at", "told"})),
    Store(
        "tragt_people.Duplicate",
        personal={
            "first": gettext_noop("an identifier of someone who may be the same person"),
            "second": gettext_noop("an identifier of someone who may be the same person"),
        },
        other=frozenset({"id", "reason", "cause", "found", "merged", "dismissed"}),
        export=_duplicate_rows,
        erase=_drop_duplicates,
        anonymise=_drop_duplicates,
    ),
    Store(
        "tragt_people.Erasure",
        personal={"subject": gettext_noop("what leads to someone who is being erased, until that is done")},
        other=frozenset({"id", "kind", "asked", "asked_by", "secret", "finished", "touched"}),
    ),
)
