"""What the columns of a source mean. The unit of observation is the source."""

from dataclasses import dataclass

from tragt.events.wide import DateColumn

__all__ = ["UNITS", "Mapping"]

UNITS = ("person", "company", "deal", "session")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the columns of a source are understood; None where it has no such column.

    Attributes:
        time: Time of the event. None in a wide file.
        event: Name of the event. None in a wide file.
        person: The person.
        person_else: Stands in for the person where that is missing (an anonymous id).
        company: The company.
        deal: The deal.
        session: The session.
        id: Distinguishes events, or the rows of a wide file: rows that repeat one are left out.
        precision: ``exact`` or ``day``.
        human: Probability that a human acted.
        traffic: ``outside``, ``own`` or ``test``.
        wide: Events of a wide file, by their date columns; empty for a long file.
        stage: In a wide file, the stage that each unit is in now.
        properties: Columns kept as properties.
    """

    time: str | None = None
    event: str | None = None
    person: str | None = None
    person_else: str | None = None
    company: str | None = None
    deal: str | None = None
    session: str | None = None
    id: str | None = None
    precision: str | None = None
    human: str | None = None
    traffic: str | None = None
    wide: tuple[DateColumn, ...] = ()
    stage: str | None = None
    properties: tuple[str, ...] = ()

    @property
    def units(self) -> dict[str, str]:
        """The kinds of unit that the source has, and their columns."""
        named = {role: getattr(self, role) for role in UNITS}
        return {role: column for role, column in named.items() if column is not None}

    @property
    def used(self) -> tuple[str, ...]:
        """All columns that are read."""
        roles = (self.time, self.event, self.person_else, self.id, self.precision, self.human, self.traffic, self.stage)
        wide = [name for column in self.wide for name in (column.column, column.named_by)]
        wanted = (*roles, *self.units.values(), *wide, *self.properties)
        return tuple(dict.fromkeys(name for name in wanted if name is not None))
