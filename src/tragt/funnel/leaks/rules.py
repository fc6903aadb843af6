"""What counts as a leak, and how its cost is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tragt.errors import InvalidDefinition
from tragt.funnel.value import Value
from tragt.stats.arrays import check_between

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as a leak, and how its cost is computed.

    Attributes:
        targets: The rate asked for from the previous required step, by title of the step that it leads to.
        value: The money property of the last step's event that says what a conversion is worth, by its name or in
            full; None takes that of the context, and costs are in conversions where it has none either.
        days: How many days are judged, where no period is given: the last ones that are old enough.
        days_before: How many days before them they are compared with; with a longer period as many as that has.
        false_share: At most this share of each list is expected to be false alarms.
        level: Confidence level of the intervals.
        rounds: How often the units are drawn for them.
        seed: Of these draws.
    """

    targets: Mapping[str, float] = field(default_factory=dict)
    value: Value | str | None = None
    days: int = 7
    days_before: int = 28
    false_share: float = 0.1
    level: float = 0.95
    rounds: int = 400
    seed: int = 1

    def __post_init__(self) -> None:
        check_between("false_share", self.false_share, 0, 1)
        check_between("level", self.level, 0, 1)
        for name in ("days", "days_before", "rounds"):
            if getattr(self, name) < 1:
                raise InvalidDefinition(
                    "leaks.too_few", f"{name} is {getattr(self, name)}; it must be at least 1.", name=name
                )
