"""Rules that lead persons to a stage of the lifecycle. The unit of observation is the person.

A rule looks at what is known of a person now: the fields and the traits. What a person did is not its matter; events
lead to stages by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tragt.errors import InvalidDefinition
from tragt.funnel import Compare
from tragt.funnel.condition import AllOf, AnyOf, Condition, asked, holds
from tragt.funnel.condition_json import as_json, from_json
from tragt.web.people.models import Person

__all__ = ["FIELDS", "Rule", "known_of", "rule_of"]

FIELDS = ("name", "email", "phone", "company")
"""What a rule may ask for besides the traits."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a person belongs in a stage.

    Attributes:
        when: What must hold, of the fields and the traits by their names.
        backwards: Whether it also leads back from a later stage; else it only leads forwards.
    """

    when: Condition
    backwards: bool = False

    def holds(self, known: Mapping[str, object]) -> bool:
        """Whether it holds for what is known of a person, as `known_of` gives it."""
        return holds(self.when, known)

    @property
    def as_json(self) -> dict[str, object]:
        """The rule as a stage keeps it."""
        return {"when": as_json(self.when), "backwards": self.backwards}

    @property
    def parts(self) -> tuple[Compare, ...]:
        """Its comparisons, where it is one or a plain list of them; else none."""
        parts = self.when.parts if isinstance(self.when, AllOf | AnyOf) else (self.when,)
        return tuple(part for part in parts if isinstance(part, Compare))


def rule_of(given: Mapping[str, object]) -> Rule | None:
    """The rule that a stage keeps; None where it has none.

    Raises:
        InvalidDefinition: It is none.
    """
    if not given:
        return None
    when, backwards = given.get("when"), given.get("backwards", False)
    if not isinstance(when, Mapping) or not isinstance(backwards, bool) or set(given) - {"when", "backwards"}:
        raise InvalidDefinition(
            "crm.rule", "A rule is an object with 'when', a condition, and 'backwards', true or false.", field="rule"
        )
    rule = Rule(from_json(when), backwards)
    if not asked(rule.when):
        raise InvalidDefinition(
            "crm.rule", "A rule asks for fields or traits of a person; this one asks for none.", field="rule"
        )
    return rule


def known_of(person: Person) -> dict[str, object]:
    """What rules may ask of a person: the traits by their names, and the fields where they are filled in.

    Args:
        person: With the company, so that nothing is read for it.
    """
    company = person.company.name if person.company else ""
    fields = {"name": person.name, "email": person.email, "phone": person.phone, "company": company}
    return {**person.traits, **{name: value for name, value in fields.items() if value}}
