"""What happened week by week, and whether it is more than chance."""

from datetime import date

import pytest

from tests.web.reports.conftest import Happened
from tragt.funnel import Funnel
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.worker import drain
from tragt.web.reports.changes import said
from tragt.web.reports.models import Counted
from tragt.web.reports.tasks import count_weeks
from tragt.web.reports.weeks import Change, count, weeks_of
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = pytest.mark.django_db


def test_weeks_count_who_reached_a_step_in_them_whenever_they_entered(shop: SavedFunnel) -> None:
    weeks = count(shop)

    assert weeks.end == date(2026, 3, 23), "the last day of a file is a whole one"
    assert weeks.starts[-2:] == (date(2026, 3, 9), date(2026, 3, 16))
    assert weeks.steps[0][-3:] == (0, 4, 9)
    assert weeks.steps[1][-3:] == (0, 1, 3)
    assert (weeks.entered.now, weeks.entered.before) == (9, 4)
    assert (weeks.finished.now, weeks.finished.before) == (3, 1)


def test_weeks_begin_at_midnight_of_the_organisation(organisation: object, happened: Happened) -> None:  # noqa: ARG001
    happened([("ann", "Visited", "2026-03-15"), ("ann", "Paid", "2026-03-22")])
    happened([("bo", "Visited", "2026-03-15")])
    found = count(save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="30d")))

    # The 15th is the last day of the week before, whatever the clock in Greenwich said.
    assert found.steps[0][-2:] == (2, 0)


def test_change_of_counts_is_beyond_chance_only_where_the_interval_leaves_nothing_out() -> None:
    small, large = Change.of(9, 4), Change.of(900, 400)

    assert not small.beyond_chance
    assert large.beyond_chance
    assert small.share == large.share == 1.25
    # Wilson limits of 9 of 13: .4241 to .8732, as odds less one.
    assert (round(small.low or 0, 2), round(small.high or 0, 2)) == (-0.26, 5.89)


def test_change_from_nothing_has_no_share() -> None:
    assert said(Change.of(5, 0)).change == ""
    assert said(Change.of(0, 5)).change.replace("\N{NARROW NO-BREAK SPACE}", " ") == "−100 %"


def test_weeks_are_kept_by_the_job_and_counted_again_once_the_log_grows(shop: SavedFunnel, happened: Happened) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", unit="company"), "Nobody's")
    enqueue(count_weeks, SYSTEM, subject="reports")
    drain()

    assert weeks_of([shop])[shop.pk].entered.now == 9
    assert Counted.objects.exclude(funnel=shop).get().mistake, "one that cannot be counted stops no other"
    happened([("late", "Visited", "2026-03-22")])
    enqueue(count_weeks, SYSTEM, subject="reports")
    drain()
    assert weeks_of([shop])[shop.pk].entered.now == 10
    assert weeks_of([shop])[shop.pk].finished.now == 3
    changed = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up"), shop.name, saved=shop)
    assert weeks_of([changed]) == {}, "as many steps, and another question"
