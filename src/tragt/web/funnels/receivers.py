"""What funnels do when data come in or go, or names are merged."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from tragt.web.funnels import actions
from tragt.web.funnels.tasks import warm
from tragt.web.imports.signals import NextStep
from tragt.web.jobs.actions import enqueue
from tragt.web.shell.acting import SYSTEM, Who

__all__ = ["after_import", "after_merge", "after_undo"]

SUBJECT = "funnels"


def after_import(sender: object, *, who: Who | None = None, **_rest: object) -> NextStep:  # noqa: ARG001
    """Propose a funnel after the first import, and have the figures of all funnels worked out.

    Told twice of one import, the second time proposes nothing; then the next step is to build one.
    """
    proposed = actions.propose_first(who or SYSTEM)
    enqueue(warm, SYSTEM, subject=SUBJECT)
    if proposed is None:
        return NextStep(gettext_noop("Build a funnel of these events"), reverse("funnel_new"))
    return NextStep(gettext_noop("See the funnel that your data suggest"), reverse("funnel", args=[proposed.pk]))


def after_undo(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Have the figures of all funnels worked out again."""
    enqueue(warm, SYSTEM, subject=SUBJECT)


def after_merge(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Have the figures of all funnels worked out again: those that name either of the names are others now."""
    enqueue(warm, SYSTEM, subject=SUBJECT)
