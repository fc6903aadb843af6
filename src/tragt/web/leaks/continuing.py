"""With what the watch of a funnel goes on: what was known of it the night before. The unit is the funnel."""

from datetime import date

from tragt.funnel.leaks.days import Usual
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.alarms import acted_until
from tragt.web.leaks.models import Alarm, Watched
from tragt.web.leaks.watching import Before, makeup_of

__all__ = ["watched_before"]


def watched_before(saved: SavedFunnel) -> Before:
    """What is known of a funnel from when it was watched last; only its alarms, where it was another funnel then.

    Args:
        saved: The funnel.
    """
    acted, alarms = acted_until(saved), Alarm.objects.filter(funnel=saved, closed=None)
    standing = {
        (step, by, value, fate): share
        for step, by, value, fate, share in alarms.values_list("step", "by", "value", "fate", "share")
    }
    row = Watched.objects.filter(funnel=saved, makeup=makeup_of(saved)).first()
    if row is None:
        return Before(acted=acted, standing=standing)
    known = {what: date.fromisoformat(day) for what, day in row.known.items()}
    return Before(known, row.share, Usual(row.age, row.stays), acted, standing)
