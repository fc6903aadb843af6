"""The filter on segments in the lists of persons, companies and deals."""

from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models import SegmentKind
from tragt.web.crm.queries.segments import COLUMN, in_segments, offered_segments, unfold_segment
from tragt.web.records.kinds import Column, ColumnType

__all__ = ["OF_SEGMENTS"]


def _column(kind: str) -> Column:
    return Column(
        COLUMN,
        _("Segment"),
        ColumnType.CHOICE,
        always=True,
        shown=False,
        bare=True,
        value=lambda _record: None,
        offers=offered_segments(kind),
        unfold=unfold_segment(kind),
        condition=in_segments(kind),
    )


OF_SEGMENTS = {kind: (_column(kind),) for kind in SegmentKind.values}
"""By the code of the kind, the column that its list is filtered by."""
