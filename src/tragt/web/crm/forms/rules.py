"""The fields of a rule of the lifecycle: a few comparisons, all or any of which must hold.

The unit of observation is the comparison. What a field of a form cannot say, such as a rule within a rule, is left as
it is and said so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.funnel import AllOf, AnyOf, Compare
from tragt.funnel.condition import Condition, Operator, Value
from tragt.web.crm.forms.amounts import read_number, written_number
from tragt.web.crm.rules import Rule

__all__ = ["MOST", "Comparison", "RuleFields", "comparisons", "sayable"]

MOST = 5
"""How many comparisons a rule may have on the page."""

_IS, _IS_NOT = "is", "is not"
_WORDS = {
    _IS: pgettext_lazy("comparison", "is"),
    _IS_NOT: pgettext_lazy("comparison", "is not"),
    str(Operator.CONTAINS): pgettext_lazy("comparison", "contains"),
    str(Operator.GREATER): pgettext_lazy("comparison", "is greater than"),
    str(Operator.LESS): pgettext_lazy("comparison", "is less than"),
    str(Operator.IS_SET): pgettext_lazy("comparison", "is filled in"),
}
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison as the fields show it: of what, how, with what."""

    property: str
    operator: str
    value: str


class RuleFields(forms.Form):
    """The comparisons of a rule, and how they are joined. Rows whose first field is empty do not count.

    Args:
        data: What was posted; None shows the rule.
        rule: The rule of the stage; None where it has none.
        prefix: Of the names of the fields.
    """

    joined = forms.ChoiceField(
        label=_("Who comes here"),
        choices=[("all", _("Those for whom all of these hold")), ("any", _("Those for whom any of these holds"))],
    )
    backwards = forms.BooleanField(label=_("Also back from a later stage"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, rule: Rule | None, prefix: str) -> None:
        rows = comparisons(rule) if rule else []
        initial: dict[str, object] = {
            "joined": "any" if rule and isinstance(rule.when, AnyOf) else "all",
            "backwards": bool(rule and rule.backwards),
        }
        for place, row in enumerate(rows or []):
            initial |= {
                f"property-{place}": row.property,
                f"operator-{place}": row.operator,
                f"value-{place}": row.value,
            }
        super().__init__(data, initial=initial, prefix=prefix)
        for place in range(min(len(rows or []) + 2, MOST) if data is None else MOST):
            self._add(place)

    def _add(self, place: int) -> None:
        named = {"attrs": {"list": "known-traits", "autocomplete": "off"}}
        number = {"number": place + 1}
        self.fields[f"property-{place}"] = forms.CharField(
            label=_("Field or trait %(number)s") % number,
            required=False,
            max_length=_LONGEST,
            widget=forms.TextInput(**named),
        )
        self.fields[f"operator-{place}"] = forms.ChoiceField(
            label=_("Comparison %(number)s") % number, choices=list(_WORDS.items()), required=False
        )
        self.fields[f"value-{place}"] = forms.CharField(
            label=_("Value %(number)s") % number, required=False, max_length=_LONGEST
        )

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of the comparisons, three a row."""
        names = [name for name in self.fields if name.startswith("property-")]
        return [
            [self[part + name.removeprefix("property")] for part in ("property", "operator", "value")] for name in names
        ]

    @property
    def rule(self) -> Rule | None:
        """The rule that was filled in; None where all is empty. Of a form that is valid."""
        given = self.cleaned_data
        parts = [part for place in range(MOST) if (part := _part(given, place)) is not None]
        if not parts:
            return None
        joined: Condition = AnyOf(tuple(parts)) if given["joined"] == "any" else AllOf(tuple(parts))
        return Rule(joined if len(parts) > 1 else parts[0], given["backwards"])

    def clean(self) -> dict[str, Any]:
        """Each comparison that needs a value has one, and a number where it must be one."""
        given = super().clean() or self.cleaned_data
        for place in range(MOST):
            if not given.get(f"property-{place}"):
                continue
            operator, value = given.get(f"operator-{place}", ""), given.get(f"value-{place}", "")
            if operator != Operator.IS_SET and not value:
                self.add_error(f"value-{place}", _("Write what to compare with."))
            elif operator in (Operator.GREATER, Operator.LESS) and _number(value) is None:
                self.add_error(f"value-{place}", _("Write a number."))
        return given


def comparisons(rule: Rule) -> list[Comparison] | None:
    """The comparisons of a rule as fields show them; None where fields cannot say it."""
    parts = rule.when.parts if isinstance(rule.when, AllOf | AnyOf) and not _is_not(rule.when) else (rule.when,)
    rows = [_comparison(part) for part in parts]
    known = [row for row in rows if row is not None]
    return known if len(known) == len(rows) <= MOST else None


def sayable(rule: Rule | None) -> bool:
    """Whether the fields can say a rule."""
    return rule is None or comparisons(rule) is not None


def _part(given: Mapping[str, Any], place: int) -> Condition | None:
    name, operator, value = (given.get(f"{part}-{place}", "") for part in ("property", "operator", "value"))
    if not name:
        return None
    readings = _readings(value)
    if operator == _IS:
        return (
            Compare(name, Operator.EQUALS, readings[0]) if len(readings) == 1 else Compare(name, Operator.IN, readings)
        )
    if operator == _IS_NOT:
        return AllOf(tuple(Compare(name, Operator.NOT_EQUALS, one) for one in readings))
    if operator == Operator.IS_SET:
        return Compare(name)
    return Compare(name, operator, value if operator == Operator.CONTAINS else _number(value))


def _readings(text: str) -> tuple[Value, ...]:
    """What a text may stand for: itself, and the number or the truth that it is, for sources tell of both kinds."""
    truths: dict[str, bool] = {"true": True, "false": False}
    number = _number(text)
    if text.lower() in truths:
        return (text, truths[text.lower()])
    return (text,) if number is None else (text, number)


def _number(text: str) -> int | float | None:
    try:
        number = read_number(text)
    except ValidationError:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _comparison(part: Condition) -> Comparison | None:
    if isinstance(part, AllOf) and _is_not(part):
        first = part.parts[0]
        return Comparison(first.property, _IS_NOT, _text(first.value)) if isinstance(first, Compare) else None
    if not isinstance(part, Compare):
        return None
    match part.operator, part.value:
        case (Operator.EQUALS | Operator.IN) as operator, value:
            values = value if isinstance(value, tuple) else (value,)
            text = _text(values[0]) if values else ""
            said = operator == Operator.EQUALS or values == _readings(text)
            return Comparison(part.property, _IS, text) if said else None
        case Operator.NOT_EQUALS, value:
            return None if _readings(_text(value)) != (value,) else Comparison(part.property, _IS_NOT, _text(value))
        case Operator.IS_SET, _:
            return Comparison(part.property, str(Operator.IS_SET), "")
        case operator, value:
            return Comparison(part.property, str(operator), _text(value))


def _is_not(part: Condition) -> bool:
    """Whether it says of one thing that it is not this, in all readings of this."""
    if not isinstance(part, AllOf) or not part.parts:
        return False
    compared = [one for one in part.parts if isinstance(one, Compare) and one.operator == Operator.NOT_EQUALS]
    values = tuple(one.value for one in compared)
    return (
        len(compared) == len(part.parts)
        and len({one.property for one in compared}) == 1
        and values == _readings(_text(values[0]))
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return written_number(Decimal(str(value)))
    return "" if value is None else str(value)
