"""A page of a timeline as people read it: what happened in their words, who did it, and what tells one from another.

The unit of observation is the event. What is not here: which events are whose, which `queries.timeline` says.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec
import polars as pl
from babel.core import UnknownLocaleError
from babel.numbers import get_currency_precision, is_currency
from django.http import QueryDict

from tragt.funnel.postings import LEAST_HUMAN
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.queries import lexicon, source_names
from tragt.web.outbox.queries import SOURCE
from tragt.web.people.forms import TimelineForm
from tragt.web.people.ledger import resolve
from tragt.web.people.queries import Named, persons_of, spans_of
from tragt.web.people.queries.companies import Belonging, belonging
from tragt.web.people.queries.identity import identity_of
from tragt.web.people.queries.persons import seen_of
from tragt.web.people.queries.subjects import Spans
from tragt.web.people.queries.timeline import (
    Choice,
    Cursor,
    Timeline,
    Touch,
    company_timeline,
    deal_timeline,
    names_there,
    timeline,
)
from tragt.web.records.kinds import kinds
from tragt.web.shell import formats

__all__ = [
    "Called",
    "Line",
    "Opened",
    "Shown",
    "Told",
    "of_company",
    "of_deal",
    "of_person",
    "opened",
    "told_of_company",
    "told_of_person",
]

_Page = Callable[[Cursor | None, Choice], Timeline]
_Who = Callable[[Sequence[Touch]], Mapping[str, Named]]

_TITLES = ("title", "subject", "product", "product_name", "name", "form", "form_name", "plan", "stage", "reason")
_ADDRESSES = ("url", "path")
_AMOUNTS = ("amount", "revenue", "total", "value", "price")
_LONGEST = 120
_LARGEST = 10**15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Called:
    """What people call events and their sources, read once for a page.

    Attributes:
        known: What is known of names.
        sources: What people call sources, by their names in the log.
    """

    known: Lexicon
    sources: Mapping[str, str]

    @classmethod
    def now(cls) -> "Called":
        """As it is now."""
        return cls(lexicon(), source_names())


@dataclass(frozen=True, slots=True)
class Line:
    """A touch on a page.

    Attributes:
        touch: The touch.
        called: What people call the event.
        when: Its moment, or its day where only that is known.
        source: What people call its source.
        said: What tells it from others of its name: page, product, deal, amount; the most useful first.
        who: Whose touch it is; None where nobody is named, or the page is of one person.
    """

    touch: Touch
    called: str
    when: str
    source: str
    said: tuple[str, ...]
    who: Named | None = None

    @property
    def robot(self) -> bool:
        """Whether probably no human acted."""
        return self.touch.human < LEAST_HUMAN

    @property
    def asked(self) -> str:
        """What asks for all that it came with, as the query of an address."""
        return urlencode({"id": self.touch.id, "at": (self.touch.time - _EPOCH) // _MICROSECOND})


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a timeline, which `people/_timeline.html` shows.

    Attributes:
        lines: The newest first.
        form: The filters.
        address: Where pages of this timeline are.
        older: The query of the next page; empty where there is none.
        first: Whether nothing newer was left out by a cursor.
    """

    lines: Sequence[Line]
    form: TimelineForm
    address: str
    older: str
    first: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Touches as people read them, to be shown among other things.

    Attributes:
        lines: The newest first.
        end: Where they end, though not all of what stands there may be the reader's to see; None where no more follow.
    """

    lines: Sequence[Line]
    end: Cursor | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A touch with all that it came with.

    Attributes:
        line: The touch.
        properties: Its properties as JSON in lines.
        context: What its sender told of itself, alike.
    """

    line: Line
    properties: str
    context: str


def of_person(person: str, asked: QueryDict, address: str, user: User | None = None) -> Shown:
    """A page of a person's timeline.

    Args:
        person: Canonical actor.
        asked: Filters and place, as an address gives them.
        address: Where pages of this timeline are.
        user: Who looks: what tells of deals that they do not see is left out. None sees everything.

    Raises:
        InvalidDefinition: The place is none.
    """
    page, _ = _of_persons([person])
    return _shown(page, None, asked, address, user)


def of_deal(
    deal: str,
    persons: Sequence[str],
    choice: Choice,
    before: Cursor | None,
    user: User | None,
    called: Called | None = None,
) -> Told:
    """What names a deal, and what those who are on it did; 50 touches at most.

    Args:
        deal: Its key.
        persons: Canonical actors of those who are on it.
        choice: Which touches.
        before: Where the page before ended; None means from the newest.
        user: As for `of_person`; nor are persons named whom they do not see.
        called: What events and sources are called, where that was read already.
    """
    page, who = _of_deal(deal, persons)
    found = page(before, choice)
    touches = _of_seen_deals(found.touches, user)
    # On the page of a deal its own name says nothing.
    people, deals = _seen(who, user)(touches), {**_deals_named(touches, user), deal: ""}
    lines = _lines(touches, called or Called.now(), people, deals)
    return Told([_unsaid(line) if _of_unseen(line) else line for line in lines], found.before)


def told_of_person(theirs: Spans, choice: Choice, before: Cursor | None, user: User | None, called: Called) -> Told:
    """What a person did, and what was done with them; 50 touches at most.

    Args:
        theirs: The actors that are the person, and when, as `spans_of` gives them.
        choice: Which touches.
        before: Where the page before ended; None means from the newest.
        user: As for `of_person`.
        called: What events and sources are called.
    """
    found = timeline(theirs, before=before, choice=choice)
    touches = _of_seen_deals(found.touches, user)
    return Told(_lines(touches, called, {}, _deals_named(touches, user)), found.before)


def told_of_company(company: str, choice: Choice, before: Cursor | None, user: User | None, called: Called) -> Told:
    """What a company and its persons did, and what was done with them; 50 touches at most.

    Args:
        company: Its key.
        choice: Which touches.
        before: Where the page before ended; None means from the newest.
        user: As for `of_deal`.
        called: As for `told_of_person`.
    """
    page, who = _of_company(company)
    found = page(before, choice)
    touches = _of_seen_deals(found.touches, user)
    lines = _lines(touches, called, _seen(who, user)(touches), _deals_named(touches, user))
    return Told([_unsaid(line) if _of_unseen(line) else line for line in lines], found.before)


def _of_unseen(line: Line) -> bool:
    """Whether a touch is of somebody whom its reader does not see; what Tragt itself tells is of the deal."""
    return bool(line.touch.actor) and line.who is None and line.touch.source != SOURCE


def _unsaid(line: Line) -> Line:
    return replace(line, said=())


def of_company(company: str, asked: QueryDict, address: str, user: User | None = None) -> Shown:
    """A page of a company's timeline.

    Args:
        company: Its key.
        asked: As for `of_person`.
        address: As for `of_person`.
        user: Who looks: persons whom they do not see are not named. None sees everyone.

    Raises:
        InvalidDefinition: The place is none.
    """
    page, who = _of_company(company)
    return _shown(page, _seen(who, user), asked, address, user)


def opened(
    asked: QueryDict,
    *,
    person: str = "",
    company: str = "",
    deal: tuple[str, Sequence[str]] = ("", ()),
    user: User | None = None,
) -> Opened | None:
    """A touch of a person, a company or a deal with all that it came with; None where it is none of theirs.

    Args:
        asked: As `Line.asked` gives it.
        person: Canonical actor; empty where a company or a deal is meant.
        company: Key of the company; empty where a deal is meant.
        deal: Key of the deal, and the canonical actors of those who are on it.
        user: Who looks: a touch of somebody whom they do not see is none. None sees everyone.
    """
    try:
        at = _EPOCH + int(asked.get("at", "")) * _MICROSECOND
        moment = Choice(start=at, end=at + _MICROSECOND, robots=True, own=True)
    except (ValueError, OverflowError):
        return None
    page, who = _of_persons([person]) if person else _of_company(company) if company else _of_deal(*deal)
    before = None
    while True:
        found = page(before, moment)
        touch = next((one for one in found.touches if one.id == asked.get("id")), None)
        if touch:
            people = _seen(who, user)([touch])
            if (not person and touch.actor and not people) or not _of_seen_deals([touch], user):
                return None
            line = _lines([touch], Called.now(), people, _deals_named([touch], user))[0]
            return Opened(line, _pretty(touch.properties), _pretty(touch.context))
        if found.before is None:
            return None
        before = found.before


def _of_persons(persons: Sequence[str]) -> tuple[_Page, _Who]:
    spans = spans_of(*persons)
    return lambda before, choice: timeline(spans, before=before, choice=choice), _people


def _of_company(company: str) -> tuple[_Page, _Who]:
    known = belonging(company)
    return (
        lambda before, choice: company_timeline(company, before=before, choice=choice, known=known),
        lambda touches: _people(touches, known),
    )


def _of_deal(deal: str, persons: Sequence[str]) -> tuple[_Page, _Who]:
    spans = spans_of(*persons)
    return lambda before, choice: deal_timeline(deal, spans, before=before, choice=choice), _people


def _seen(who: _Who, user: User | None) -> _Who:
    """Who did touches, without those whom a user does not see."""

    def seen(touches: Sequence[Touch]) -> Mapping[str, Named]:
        found = who(touches)
        shown = {one.id for one in seen_of(list(found.values()), user)}
        return {touch: one for touch, one in found.items() if one.id in shown}

    return seen


def _shown(page: _Page, who: _Who | None, asked: QueryDict, address: str, user: User | None) -> Shown:
    called = Called.now()
    form = TimelineForm(asked, names=names_there(), sources=called.sources, known=called.known)
    given = asked.get("before", "")
    found = page(Cursor.of(given) if given else None, form.choice)
    touches = _of_seen_deals(found.touches, user)
    lines = _lines(touches, called, who(touches) if who else {}, _deals_named(touches, user))
    form.offer("source", {line.touch.source: line.source for line in lines})
    return Shown(lines, form, address, _older(asked, found.before), not given)


def _of_seen_deals(touches: Sequence[Touch], user: User | None) -> Sequence[Touch]:
    """Those that tell of no deal which a user does not see: what it is worth, and whose it is."""
    deals = {touch.deal for touch in touches if touch.deal}
    kind = next((one for one in kinds() if one.code == "deal"), None)
    if user is None or visible_owners(user) is None or kind is None or not deals:
        return touches
    there, seen = kind.rows().filter(key__in=deals), kind.visible(user).filter(key__in=deals)
    hidden = set(there.values_list("key", flat=True)) - set(seen.values_list("key", flat=True))
    return [touch for touch in touches if touch.deal not in hidden]


def _deals_named(touches: Sequence[Touch], user: User | None) -> dict[str, str]:
    """What the deals of touches are called, of those that a user sees."""
    deals = {touch.deal for touch in touches if touch.deal}
    kind = next((one for one in kinds() if one.code == "deal"), None)
    if kind is None or not deals:
        return {}
    return {row.key: kind.label(row) for row in kind.visible(user).filter(key__in=deals)}


def _older(asked: QueryDict, before: Cursor | None) -> str:
    if before is None:
        return ""
    following = asked.copy()
    following["before"] = str(before)
    return following.urlencode()


def _lines(
    touches: Sequence[Touch], called: Called, people: Mapping[str, Named], deals: Mapping[str, str]
) -> list[Line]:
    return [
        Line(
            touch,
            called.known.called_as(touch.name),
            formats.day(touch.time) if touch.precision == "day" else formats.moment(touch.time),
            called.sources.get(touch.source, touch.source),
            _said(touch, deals),
            people.get(touch.id),
        )
        for touch in touches
    ]


def _people(touches: Sequence[Touch], known: Belonging | None = None) -> dict[str, Named]:
    """Who did each touch, by its id."""
    rows = [(touch.id, touch.actor, touch.time) for touch in touches if touch.actor]
    if not rows:
        return {}
    events = pl.DataFrame(rows, ["id", "actor", "time"], orient="row")
    enough = known is not None and (known.asked is None or known.asked.issuperset(events["actor"]))
    who = known.who if known and enough else identity_of(events["actor"])
    person = resolve(events["actor"], events["time"], who.spans).cast(pl.String)
    named = {one.id: one for one in persons_of(person.unique().to_list(), who.persons)}
    return {one: named[each] for one, each in zip(events["id"], person, strict=True)}


def _said(touch: Touch, deals: Mapping[str, str]) -> tuple[str, ...]:
    """What tells a touch from others of its name; a deal by its name, where it has one."""
    properties, context = touch.properties, touch.context
    page = context.get("page")
    page = page if isinstance(page, dict) else {}
    title = _first(properties, _TITLES) or _first(page, ("title",))
    address = _bare(_first(properties, _ADDRESSES) or _first(page, _ADDRESSES))
    deal = touch.deal or ""
    amount = next((text for name in _AMOUNTS if (text := _amount(properties, name))), "")
    return tuple(_short(text) for text in (title, address, deals.get(deal, deal), amount) if text)


def _bare(address: str) -> str:
    """An address without what every address has and what only programs read."""
    return re.sub(r"^https?://|[?#].*$", "", address).rstrip("/")


def _first(given: Mapping[str, object], names: Sequence[str]) -> str:
    """The first of some properties that is a text."""
    return next((value.strip() for name in names if isinstance(value := given.get(name), str) and value.strip()), "")


def _amount(given: Mapping[str, object], name: str) -> str:
    """An amount as people write it, with its currency where it has one; empty where it is none that can be."""
    value, currency = given.get(name), given.get("currency")
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        return ""
    if isinstance(currency, str) and _is_currency(currency):
        return formats.money(round(value * 10 ** get_currency_precision(currency.upper())), currency)
    return formats.number(value, 0 if float(value).is_integer() else 2)


def _is_currency(text: str) -> bool:
    try:
        return len(text) == len("EUR") and is_currency(text.upper())
    except UnknownLocaleError:
        return False


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _pretty(given: Mapping[str, object]) -> str:
    return msgspec.json.format(msgspec.json.encode(given), indent=2).decode()
