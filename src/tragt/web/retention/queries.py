"""For how long each kind of data is kept, and what its last run removed. The unit of observation is the kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tragt.web.retention.models import Rule, Run
from tragt.web.shell.retention import Kind, kinds

__all__ = ["Standing", "chosen_days", "standing", "standings"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A kind of data and what holds for it.

    Attributes:
        kind: The kind.
        days: For how many days it is kept; None is for ever.
        way: How it goes; empty where there is one way only.
        run: What its last run removed; None where there was none yet.
    """

    kind: Kind
    days: int | None
    way: str
    run: Run | None

    def before(self, now: datetime) -> datetime | None:
        """Of what is older than this, nothing is kept; None where everything is.

        Args:
            now: The moment, UTC.
        """
        return None if self.days is None else now - timedelta(days=self.days)


def standings() -> list[Standing]:
    """Every kind of data, in its order."""
    return _standings(kinds())


def standing(kind: Kind) -> Standing:
    """What holds for a kind.

    Args:
        kind: The kind.
    """
    return _standings([kind])[0]


def chosen_days(kind: Kind) -> int | None:
    """For how many days a kind is kept; None is for ever.

    Args:
        kind: The kind.
    """
    return _days(kind, Rule.objects.filter(pk=kind.code).first())


def _standings(some: Sequence[Kind]) -> list[Standing]:
    codes = [kind.code for kind in some]
    rules, runs = Rule.objects.in_bulk(codes), Run.objects.in_bulk(codes)
    chosen = ((kind, rules.get(kind.code)) for kind in some)
    return [Standing(kind, _days(kind, rule), _way(kind, rule), runs.get(kind.code)) for kind, rule in chosen]


def _days(kind: Kind, rule: Rule | None) -> int | None:
    """What was chosen, where this version still allows it."""
    return rule.days if rule is not None and kind.allows(rule.days) else kind.default


def _way(kind: Kind, rule: Rule | None) -> str:
    ways = _codes(kind.ways)
    return rule.way if rule is not None and rule.way in ways else next(iter(ways), "")


def _codes(ways: Iterable[tuple[str, str]]) -> list[str]:
    return [code for code, _ in ways]
