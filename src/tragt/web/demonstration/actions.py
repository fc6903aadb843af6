"""Loading the demonstration firm into a home without data, and removing it."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tragt.demo import FUNNEL_STEPS, FUNNEL_WINDOW, DemoFirm
from tragt.demo.names import EMAIL, PERSON_NAME
from tragt.errors import NotAllowed
from tragt.events import Options
from tragt.funnel import Funnel
from tragt.web.accounts.actions import mark_demonstration
from tragt.web.demonstration.models import Demonstration
from tragt.web.demonstration.queries import demonstration, has_own_data
from tragt.web.funnels.actions import Judging, choose_judging, delete, save
from tragt.web.imports.actions import begin_undo, choose, discard, run_now, start
from tragt.web.imports.answers import Answers
from tragt.web.imports.models import Import, State
from tragt.web.imports.receiving import receive_path
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.registry import find
from tragt.web.log.actions import hide_batch
from tragt.web.shell.acting import COMMAND_LINE, Who, acting

__all__ = ["SUBJECT", "begin_load", "load", "remove", "stand_ready"]

FIRM = "demonstration-firm"
SUBJECT = "demonstration"
PERSONAL = {"name": PERSON_NAME, "email": EMAIL}
TARGETS = (0.25, 0.35, 0.6, 0.4)
"""What the firm has set out to reach from each step to the next: about what it reaches as a whole."""

Report = Callable[[int, int, str], None]


def begin_load(who: Who) -> Job:
    """Let a job load the demonstration firm.

    Raises:
        NotAllowed: The permission is missing, or the home has data of its own.
    """
    with acting(who, "demonstration.load", part="start"):
        _refuse_among_own_data()
        return enqueue(find("demonstration.load"), who, title=FIRM, subject=SUBJECT)


def load(who: Who, report: Report = lambda _done, _total, _text: None) -> None:
    """Load the demonstration firm: its events, its people, its funnel; what was cut short is completed.

    Args:
        who: Who does it.
        report: Told how far it is.

    Raises:
        NotAllowed: The permission is missing, or the home has data of its own.
    """
    row = demonstration()
    if row is None:
        _refuse_among_own_data()
        with acting(who, "demonstration.load"):
            funnel = save(who, Funnel.of(*FUNNEL_STEPS, unit="person", window=FUNNEL_WINDOW))
            choose_judging(who, funnel, Judging(targets=dict(zip(FUNNEL_STEPS[1:], TARGETS, strict=True))))
            row = Demonstration.objects.create(pk=1, funnel=funnel)
    if row.origin is None:
        report(0, 1000, "")
        row.origin = _handed_in(who)
        row.save(update_fields=["origin"])
    if row.origin.state != State.DONE:
        run_now(row.origin.pk, who, report)
    mark_demonstration(who, demonstration=True)


def remove(who: Who) -> None:
    """Remove the demonstration firm: at once from every page, then byte by byte in a job.

    Raises:
        NotAllowed: The permission is missing.
    """
    with acting(who, "demonstration.remove"):
        row = demonstration()
        if row is not None:
            if row.origin is not None and row.origin.state == State.DONE:
                begin_undo(row.origin.pk, who)
                hide_batch(row.origin.batch)
            if row.funnel is not None and row.funnel.deleted is None:
                delete(who, row.funnel)
            row.delete()
        mark_demonstration(who, demonstration=False)


def stand_ready() -> None:
    """Load the demonstration firm into a home that is its own, unless it is there already."""
    load(COMMAND_LINE)


def _refuse_among_own_data() -> None:
    if has_own_data():
        raise NotAllowed(
            "demonstration.own_data",
            "The demonstration firm never stands among data of your own. Undo your imports first, or look at it "
            "in a home of its own: tragt up --demo.",
        )


def _handed_in(who: Who) -> Import:
    for left in Import.objects.filter(file_name__startswith=FIRM, state__in=(State.UPLOADED, State.MAPPED)):
        discard(left.pk, who)
    with tempfile.TemporaryDirectory(prefix="tragt-") as folder:
        file = Path(folder) / f"{FIRM}.parquet"
        firm = DemoFirm()
        firm.simulate().named_frame.write_parquet(file)
        one = start(receive_path(file), who, Options(zone=firm.period.zone))
    answers = Answers.of(one.answers)
    return choose(one.pk, replace(answers, columns={**answers.columns, **PERSONAL}), who)
