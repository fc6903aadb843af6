"""What is typed into a field of the builder, read as what a property holds, or refused at its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from tragt.errors import InvalidDefinition
from tragt.funnel import Compare
from tragt.funnel.condition import Operator, Value
from tragt.funnel.durations import LONGEST
from tragt.web.funnels.building.draft import TIME_UNITS, DraftCondition
from tragt.web.funnels.building.filling import SEPARATOR
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of

__all__ = ["Kinds", "Wrong", "comparison", "length"]

TRUE = ("true", "yes", "1", "ja", "sand", "sant")
FALSE = ("false", "no", "0", "nej", "nei", "falsk", "falskt", "usant")


class Wrong(Exception):
    """A mistake that stops the reading of one field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.mistake = Mistake(field, text)


@dataclass(frozen=True, slots=True)
class Kinds:
    """What properties hold, and the zone of their days."""

    kinds: Mapping[str, str]
    zone: tzinfo


def comparison(line: DraftCondition, field: str, known: Kinds) -> Compare:
    """The comparison that a line says.

    Args:
        line: The line.
        field: Where a mistake is said.
        known: What properties hold.

    Raises:
        Wrong: It says none.
    """
    if not line.property:
        raise Wrong(field, _("Name the property that is compared."))
    kind = known.kinds.get(line.property, "")
    if line.operator == Operator.IS_SET:
        return Compare(line.property, Operator.IS_SET)
    if not line.value:
        raise Wrong(field, _("Give a value to compare with."))
    try:
        if line.operator == Operator.IN:
            parts = [part.strip() for part in line.value.split(SEPARATOR.strip()) if part.strip()]
            if not parts:
                raise Wrong(field, _("Give a value to compare with."))
            return Compare(line.property, Operator.IN, tuple(_value(part, kind, field, known.zone) for part in parts))
        text = line.operator == Operator.CONTAINS
        return Compare(
            line.property, line.operator, line.value if text else _value(line.value, kind, field, known.zone)
        )
    except InvalidDefinition as error:
        raise Wrong(field, mistake_of(error).text) from None


def length(amount: str, scale: str, field: str, missing: str) -> timedelta:
    """A length of time.

    Args:
        amount: The number.
        scale: One of `TIME_UNITS`.
        field: Where a mistake is said.
        missing: What is said where it is none.

    Raises:
        Wrong: It is none, or too long.
    """
    given = number(amount) if amount else None
    if scale not in TIME_UNITS or given is None or given <= 0:
        raise Wrong(field, missing)
    size = TIME_UNITS[scale]
    if given > LONGEST / size:
        raise Wrong(field, _("A window can be a hundred years long at most; or choose no limit."))
    return given * size


def number(text: str) -> int | float | None:
    """The number that a text is; None where it is none."""
    plain = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        found = float(plain)
    except ValueError:
        return None
    return found if found - found == 0 else None


def _value(text: str, kind: str, field: str, zone: tzinfo) -> Value:
    """A value of the property's own kind; of a property that nobody knows, a number where it looks like one."""
    match kind:
        case "truth":
            if text.casefold() in (*TRUE, *FALSE):
                return text.casefold() in TRUE
            raise Wrong(field, _("This property is yes or no; write one of them."))
        case "number":
            given = number(text)
            if given is None:
                raise Wrong(field, _("This property holds numbers; write one, such as 1000 or 2.5."))
            return given
        case "date" | "time" | "day":
            return _moment(text, kind, field, zone)
        case "text":
            return text
    given = number(text)
    return text if given is None else given


def _moment(text: str, kind: str, field: str, zone: tzinfo) -> date | datetime | str:
    try:
        if kind != "time":
            day = date.fromisoformat(text)
            return day if kind == "date" else day.isoformat()
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(field, _("This property holds dates; write one like 2026-12-31.")) from None
    return read if read.tzinfo else read.replace(tzinfo=zone)
