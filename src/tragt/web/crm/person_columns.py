"""What the list of persons shows of the lifecycle: the stage, the marks, and whether somebody stands still."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models import Standing
from tragt.web.crm.queries.pipelines import lifecycle_stages
from tragt.web.crm.queries.rotting import person_rots, rotting_persons
from tragt.web.people.models import Person
from tragt.web.records.kinds import Column, ColumnType

__all__ = ["OF_PERSONS", "READ_WITH_PERSONS"]


def _stages() -> Sequence[tuple[str, str]]:
    """The stages in use, then those in which somebody may still stand; these with the name of their lifecycle."""
    return [
        (str(one.pk), one.name if one.pipeline.archived is None else f"{one.pipeline.name}: {one.name}")
        for one in lifecycle_stages()
    ]


def _rots(person: Person) -> bool | None:
    standing: Standing | None = getattr(person, "standing", None)
    return person_rots(standing) if standing is not None else None


OF_PERSONS = (
    Column("stage", _("Stage"), ColumnType.CHOICE, source="standing__stage_id", choices=_stages),
    Column("mql", _("MQL since"), ColumnType.MOMENT, source="standing__mql", sorts=True, shown=False),
    Column("sql", _("SQL since"), ColumnType.MOMENT, source="standing__sql", sorts=True, shown=False),
    Column(
        "rotting",
        _("Too long in the stage"),
        ColumnType.BOOLEAN,
        source="standing__since",
        always=True,
        shown=False,
        value=_rots,
        warns=True,
        condition=rotting_persons,
    ),
)

READ_WITH_PERSONS = ("standing__stage",)
