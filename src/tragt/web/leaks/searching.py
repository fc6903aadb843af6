"""Looking for the leaks of one saved funnel. The unit of observation is the funnel; nothing is kept here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter

from tragt.errors import NotEnoughData
from tragt.funnel.leaks import Leaks, Rules
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Asked
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.leaks.choosing import Money, money_of, telling
from tragt.web.leaks.steps import called_by, names_of_steps, targets_by
from tragt.web.log.queries import acts_of, revision
from tragt.web.money.queries import rates_into
from tragt.web.shell import organisation

__all__ = ["FEWEST", "Searched", "ground_of", "search", "state_of"]

FORMAT = 1
FEWEST = 40
"""With fewer attempts nothing is beyond chance, and nobody is kept waiting for that answer."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found in a funnel.

    Attributes:
        leaks: The leaks, steps named as the ledger names them.
        breakdowns: By which properties they were looked for.
        money: What says what reaching the end is worth.
        took_ms: How long it took, in milliseconds.
        ground: What `ground_of` said before it was gone through.
    """

    leaks: Leaks
    breakdowns: Sequence[str]
    money: Money
    took_ms: int
    ground: str


def state_of(saved: SavedFunnel) -> str:
    """A text that changes whenever what is found in a funnel could.

    Raises:
        InvalidDefinition: The definition cannot be read by this version, or contradicts itself with all spellings.
    """
    asked = queries.ask(saved.funnel, saved.saved_period)
    chosen = (saved.value, saved.breakdowns, sorted(saved.targets.items()))
    told = (FORMAT, version("tragt"), asked.version, asked.zone, asked.units, organisation.current().currency)
    text = "\n".join([*map(str, (*told, _rates(), chosen)), to_json(asked.funnel), to_json(saved.funnel)])
    return hashlib.sha256(text.encode()).hexdigest()


def ground_of(saved: SavedFunnel) -> str:
    """A text that changes whenever what was found in a funnel must not be kept: not where the log only grew since.

    It is the definition, by what it is judged, and what people did to the log: they undo files and erase persons.

    Args:
        saved: The funnel.
    """
    parts = (saved.definition, saved.value, saved.breakdowns, sorted(saved.targets.items()), acts_of(revision()))
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def search(saved: SavedFunnel) -> Searched:
    """Look for the leaks of a funnel, over all who entered, whichever period its page shows.

    Raises:
        NotEnoughData: Too few entered.
        InvalidDefinition: The definition cannot be counted.
    """
    began, ground = perf_counter(), ground_of(saved)
    asked = queries.ask(saved.funnel, saved.saved_period)
    _refuse_few(asked)
    names = names_of_steps(saved.funnel)
    money = money_of(asked.funnel, saved.value)
    breakdowns = list(saved.breakdowns) or telling(asked.funnel)
    rules = Rules(targets=targets_by(names, saved.funnel, saved.targets), value=money.value)
    found = counting.leaks_of(called_by(names, asked.funnel), breakdowns, rules)
    return Searched(found, breakdowns, money, round(1000 * (perf_counter() - began)), ground)


def _refuse_few(asked: Asked) -> None:
    """Refuse where too few entered in all the time that the log tells of.

    Raises:
        NotEnoughData: They are too few.
    """
    whole = queries.ask(asked.funnel, SavedPeriod(), asked.version, asked.names)
    attempts = queries.reckoned(whole).report.attempts
    if attempts < FEWEST:
        raise NotEnoughData(
            "leaks.few", f"Only {attempts} entered this funnel; leaks are looked for from {FEWEST} on.", given=attempts
        )


def _rates() -> str:
    """A text that changes whenever a rate does."""
    return hashlib.sha256(rates_into().write_csv().encode()).hexdigest()
