"""What is known of people that grows old: their events, what they said of consent, and they themselves."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from tragt.lake.ageing import Aged
from tragt.web.log.queries import lake
from tragt.web.people.actions.ageing import forget_bytes_of_events, remove_idle_persons, remove_old_events
from tragt.web.people.models import ConsentRow, Edge, Removal
from tragt.web.people.queries.idle import claimed_visitors, idle_persons
from tragt.web.shell.retention import Kind, days_of, removing

__all__ = ["CONSENTS", "EVENTS_OF_PERSONS", "EVENTS_OF_VISITORS", "IDLE", "KINDS"]

EVENTS_OF_VISITORS = "events.visitors"
EVENTS_OF_PERSONS = "events.persons"
CONSENTS = "people.consents"
IDLE = "people.idle"

_FIVE_YEARS = 1827
_FALLS = gettext_noop("Figures of those days fall and stay so. Importing the same file again brings the events back.")


def _counting(known: bool) -> Callable[[datetime], int]:
    return lambda before: lake().aged(Aged(before, known, claimed_visitors()))


def _removing(code: str, known: bool) -> Callable[[datetime, str], Iterator[int]]:
    return lambda before, _way: remove_old_events(before, known=known, code=code)


def _superseded(before: datetime) -> QuerySet[ConsentRow]:
    """What was said long ago and is not the last word: the same actor has said something of the same use since.

    On a machine that several share the later word may be somebody else's: what a visitor said who became known stays.
    """
    same = {name: OuterRef(name) for name in ("actor", "purpose", "channel")}
    since = ConsentRow.objects.filter(**same, at__gt=OuterRef("at"))
    became_known = Edge.objects.filter(actor=OuterRef("actor"), actor__startswith="a:", undone=None)
    old = ConsentRow.objects.filter(at__lt=before)
    return old.filter(Exists(since), ~Exists(became_known)).order_by(F("pk"))


def _count_superseded(before: datetime) -> int:
    return _superseded(before).count()


def _can_tell(before: datetime) -> bool:
    """Whether the log still says what happened since a moment: else somebody whose events went by age looks idle."""
    days = days_of(EVENTS_OF_PERSONS)
    return days is None or before >= timezone.now() - timedelta(days=days, hours=1)


def _count_idle(before: datetime) -> int:
    return len(idle_persons(before)) if _can_tell(before) else 0


def _remove_idle(before: datetime, way: str) -> Iterator[int]:
    return remove_idle_persons(before, way) if _can_tell(before) else iter(())


KINDS: tuple[Kind, ...] = (
    Kind(
        EVENTS_OF_VISITORS,
        gettext_noop("Events of visitors who never became known"),
        gettext_noop("What anonymous visitors did, from the moment it happened."),
        count=_counting(known=False),
        remove=_removing(EVENTS_OF_VISITORS, known=False),
        default=None,
        least=30,
        effect=_FALLS,
        finish=forget_bytes_of_events,
        order=10,
    ),
    Kind(
        EVENTS_OF_PERSONS,
        gettext_noop("Events of known persons"),
        gettext_noop("What persons did, also before they became known, from the moment it happened."),
        count=_counting(known=True),
        remove=_removing(EVENTS_OF_PERSONS, known=True),
        default=None,
        least=30,
        effect=_FALLS,
        finish=forget_bytes_of_events,
        order=11,
    ),
    Kind(
        IDLE,
        gettext_noop("Persons nothing is heard of"),
        gettext_noop("Persons of whom nothing happened, was told or was said for so long."),
        count=_count_idle,
        remove=_remove_idle,
        default=None,
        least=90,
        effect=gettext_noop("At most 200 go in one night, those first who were known for longest."),
        ways=(
            (Removal.ERASE.value, gettext_noop("Erase them: every figure falls by them")),
            (Removal.ANONYMISE.value, gettext_noop("Anonymise them: every figure stays")),
        ),
        order=20,
    ),
    Kind(
        CONSENTS,
        gettext_noop("Consents that are not the last word"),
        gettext_noop("What was said of consent and said otherwise since. The last word stays as long as the person."),
        count=_count_superseded,
        remove=removing(CONSENTS, _superseded),
        default=None,
        least=_FIVE_YEARS,
        order=30,
    ),
)
