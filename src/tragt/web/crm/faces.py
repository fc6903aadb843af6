"""What a board says of deals, in the reader's language. The unit of observation is the card."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tragt.web.crm.models import Level, Stage
from tragt.web.crm.queries.board import Amount, Card, Column, Label, Owner, Task
from tragt.web.crm.queries.going_on import LATELY, GoneOn
from tragt.web.money.queries import Total
from tragt.web.shell import formats

__all__ = ["Face", "Goal", "Heading", "faces", "goal", "heading", "initials"]

_GAP = "\N{NO-BREAK SPACE}"
_LONGEST = 60
_TAGS = 2
"""How many tags a card shows."""


@dataclass(frozen=True, slots=True)
class Face:
    """A card as it is read.

    Attributes:
        key: Key of the deal.
        version: Its version.
        name: What it is called.
        company: Of which company; empty for none.
        value: What it is worth; empty where nobody said.
        owner: Whose it is; empty for nobody's.
        initials: The same in two letters.
        age: How long it has been in its stage, in few letters.
        aged: The same in words.
        rotting: Whether it rots.
        task: What is to be done next; empty where nothing is planned.
        when: The day of it; empty where it has none.
        overdue: Whether that day is over.
        moves: What its menu is called.
        tags: The first of what it is marked with.
        further: What else it is marked with, in words; empty where that is all.
        number: How many those further ones are.
    """

    key: int
    version: int
    name: str
    company: str
    value: str
    owner: str
    initials: str
    age: str
    aged: str
    rotting: bool
    task: str
    when: str
    overdue: bool
    moves: str
    tags: Sequence[Label] = ()
    further: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Goal:
    """What share should go on from a stage, and how many do, as it is read; empty where nobody set a target.

    Attributes:
        text: Both, in a line.
        counted: What that was counted from, in words; empty where no deal left the stage lately.
    """

    text: str = ""
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as it is read.

    Attributes:
        key: Key of its stage.
        name: Name of the stage.
        level: Which part of the funnel it belongs to, in four letters; empty where nobody said.
        part: The same in words.
        team: The team that works in it; empty for none.
        number: How many deals stand in it.
        sums: What they are worth, a text for each currency.
        together: The same in the organisation's currency; empty where all are in it, or none has a rate today.
        without: Of what it leaves out, a text for each currency.
        likely: The stage's probability of winning; empty where nobody said.
        weighted: What the deals may bring by that; empty where none is worth anything, or nobody said.
        goal: What share should go on, and how many do.
        rotting: How many of them rot, in words; empty where none does.
        faces: Its first cards.
        more: How many follow.
        shown: How many cards it shows at most.
        further: How many it would show next.
    """

    key: int
    name: str
    level: str
    part: str
    team: str
    number: int
    sums: Sequence[str]
    together: str
    without: str
    likely: str
    weighted: str
    goal: Goal
    rotting: str
    faces: Sequence[Face]
    more: int
    shown: int
    further: int


def goal(stage: Stage, gone_on: GoneOn | None) -> Goal:
    """The target of a stage in words, beside what was observed.

    Args:
        stage: The stage.
        gone_on: What became of the deals that left it lately; None where that was not asked.
    """
    if stage.target is None:
        return Goal()
    target = f"{formats.number(stage.target)}{_GAP}%"
    share = gone_on.share if gone_on else None
    if gone_on is None or share is None:
        return Goal(_("Target: %(target)s go on") % {"target": target})
    said = ngettext(
        "%(on)s of %(left)s deal that left this stage in the last %(days)s days went on",
        "%(on)s of %(left)s deals that left this stage in the last %(days)s days went on",
        gone_on.left,
    )
    numbers = {"on": formats.number(gone_on.on), "left": formats.number(gone_on.left), "days": LATELY.days}
    rate = f"{formats.number(round(100 * share))}{_GAP}%"
    return Goal(_("%(rate)s go on, target %(target)s") % {"rate": rate, "target": target}, said % numbers)


def heading(column: Column, worth: Total, at: datetime, goes: Goal, shown: tuple[int, int]) -> Heading:
    """A column in words.

    Args:
        column: The column.
        worth: What its deals are worth by the rates of today.
        at: The moment, UTC.
        goes: What share should go on from its stage, and how many do.
        shown: How many cards it shows at most, and how many it would show next.
    """
    rotting = ""
    if column.rotting:
        said = ngettext("%(rotting)s of %(number)s rots", "%(rotting)s of %(number)s rot", column.rotting)
        rotting = said % {"rotting": formats.number(column.rotting), "number": formats.number(column.number)}
    return Heading(
        key=column.stage.pk,
        name=column.stage.name,
        level=column.stage.level.upper(),
        part=str(Level(column.stage.level).label) if column.stage.level else "",
        team=str(column.stage.team or ""),
        number=column.number,
        sums=_written(column.amounts),
        together=_together(worth),
        without=", ".join(formats.money(one.minor, one.currency, whole=True) for one in worth.left_out),
        likely="" if column.stage.probability is None else f"{formats.number(column.stage.probability)}{_GAP}%",
        weighted=" + ".join(_written(column.weighted)),
        goal=goes,
        rotting=rotting,
        faces=faces(column.cards, at),
        more=column.more,
        shown=shown[0],
        further=shown[1],
    )


def faces(cards: Iterable[Card], at: datetime) -> list[Face]:
    """Cards in words.

    Args:
        cards: The cards.
        at: The moment, UTC.
    """
    zone = formats.zone()
    moves = _("Move %(deal)s")
    spoken = get_language() or ""
    owners: dict[Owner | None, tuple[str, str]] = {}
    found = []
    for card in cards:
        if card.owner not in owners:
            owners[card.owner] = (str(card.owner), initials(card.owner)) if card.owner else ("", "")
        short, long = _age(spoken, card.days)
        owner, letters = owners[card.owner]
        when, overdue = _when(card.task, at, zone)
        found.append(
            Face(
                key=card.key,
                version=card.version,
                name=card.name,
                company=card.company,
                value=formats.money(card.value, card.currency, whole=True) if card.value is not None else "",
                owner=owner,
                initials=letters,
                age=short,
                aged=long,
                rotting=card.rotting,
                task=_short(card.task.title) if card.task else "",
                when=when,
                overdue=overdue,
                moves=moves % {"deal": card.name},
                tags=card.tags[:_TAGS],
                further=", ".join(tag.name for tag in card.tags[_TAGS:]),
                number=len(card.tags[_TAGS:]),
            )
        )
    return found


def initials(user: Owner) -> str:
    """A user in two letters: of the first and the last word of the name, else of the address."""
    words = (user.name or user.email.partition("@")[0].replace(".", " ")).split() or ["?"]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2])).upper()


def _written(amounts: Iterable[Amount]) -> list[str]:
    return [formats.money(one.minor, one.currency, whole=True) for one in amounts]


def _together(worth: Total) -> str:
    """A sum over several currencies; it is no exact one, for the rates are those of the day."""
    if worth.minor is None or all(currency == worth.currency for currency, _minor in worth.by_currency):
        return ""
    return f"≈ {formats.money(worth.minor, worth.currency, whole=True)}"


@lru_cache(maxsize=5_000)
def _age(_language: str, days: int) -> tuple[str, str]:
    """Days in few letters and in words, in the language that is spoken; a board says most of them again and again."""
    short = _("%(days)s d") % {"days": formats.number(days)}
    long = ngettext("%(days)s day in this stage", "%(days)s days in this stage", days)
    return short, long % {"days": formats.number(days)}


def _when(task: Task | None, at: datetime, zone: tzinfo) -> tuple[str, bool]:
    """The day of a task, and whether it is over."""
    if task is None or task.due is None:
        return "", False
    day, today = task.due.astimezone(zone).date(), at.astimezone(zone).date()
    overdue = day < today if task.whole_day else task.due < at
    return (_("Today") if day == today else _day(day, today)), overdue


def _day(day: date, today: date) -> str:
    """A day; its year is said only where it is another."""
    written = formats.day(day)
    return written.removesuffix(f" {day.year}") if day.year == today.year else written


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
