"""A leak in plain words: where it is, how it compares, and what it costs. The unit of observation is the leak."""

from collections.abc import Callable

from tragt.funnel.leaks.result import Against, Cost, Kind, Leak
from tragt.funnel.words import words
from tragt.funnel.words.catalogue import Words

__all__ = ["cost_in_words", "leak_in_words", "note_of"]

Money = Callable[[float], str]

_FEW = 10


def leak_in_words(leak: Leak, language: str = "en", *, steps: tuple[str, str] | None = None) -> str:
    """Where a leak is and how it compares, in a sentence.

    Args:
        leak: The leak.
        language: en, da, sv or nb.
        steps: What readers call the step before and the step; None calls them as the leak does.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    said = words(language)
    before, after = steps or (leak.previous_step, leak.step)
    template = {
        (Kind.DRIFTED, Against.TARGET): said.leak.target,
        (Kind.DRIFTED, Against.PREVIOUS): said.leak.previous,
        (Kind.DRIFTED, Against.OTHERS): said.leak.others,
        (Kind.STUCK, Against.PREVIOUS): said.leak.stuck_previous,
    }.get((leak.kind, leak.against), said.leak.stuck_others)
    part = ""
    if leak.by is not None:
        value = said.chart.unset if leak.value is None else said.quoted(str(leak.value))
        part = said.leak.of.format(property=leak.by.property, value=value)
    stuck = leak.kind is Kind.STUCK
    rate, reference = (1 - share if stuck else share for share in (leak.rate, leak.reference))
    target = leak.against is Against.TARGET
    return template.format(
        before=said.quoted(before),
        after=said.quoted(after),
        of=part,
        rate=said.numbers.percent(rate),
        reference=said.numbers.round_percent(reference) if target else said.numbers.percent(reference),
    )


def cost_in_words(cost: Cost, language: str, money: Money) -> str:
    """What a leak costs a month, or what it brings where a cell does better, with the interval, in a sentence.

    Args:
        cost: The cost.
        language: en, da, sv or nb.
        money: Writes an amount.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    said = words(language)
    sign = -1 if cost.per_month < 0 else 1
    ends = sorted((sign * cost.low, sign * cost.high))
    low, high = (money(one) if cost.in_money else _number(one, said) for one in ends)
    template = said.leak.gain if sign < 0 else said.leak.cost
    return template.format(cost=_amount(cost, abs(cost.per_month), said, money), low=low, high=high)


def note_of(cost: Cost, language: str, money: Money) -> str:
    """What a leak costs a month, in a few words for the picture.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    said = words(language)
    return said.leak.note.format(cost=_amount(cost, cost.per_month, said, money))


def _amount(cost: Cost, amount: float, said: Words, money: Money) -> str:
    return money(amount) if cost.in_money else said.leak.conversions.format(number=_number(amount, said))


def _number(conversions: float, said: Words) -> str:
    return said.numbers.number(conversions, 1 if abs(conversions) < _FEW else 0)
