"""What is done about personal data in the background."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.people import actions
from tragt.web.people.actions import folding
from tragt.web.people.indexed import indexed_kinds

__all__ = ["build_indexes", "find_duplicates", "finish_erasures", "follow_domains"]


@every("02:30")
@job("people.finish_erasures", retries=5, label=_("Removing data of persons"))
def finish_erasures(progress: Progress) -> None:
    """Rewrite every file and row that holds something of those who were erased or anonymised."""
    try:
        progress.report(actions.finish_erasures(), None)
    except TragtError as problem:
        raise TryAgain(problem.code, problem.message, after=timedelta(minutes=10)) from problem


@every("03:10")
@job("people.index", retries=3, label=_("Indexing the event log"))
def build_indexes(progress: Progress) -> None:
    """Build the indexes that are asked for and have grown old, after upkeep and erasure have rewritten files."""
    kinds = indexed_kinds()
    for number, kind in enumerate(kinds):
        progress.report(number, len(kinds))
        actions.refresh_index(kind)
    progress.report(len(kinds), len(kinds))


@every("03:40")
@job("people.find_duplicates", retries=3, label=_("Looking for duplicates"), upkeep=True)
def find_duplicates(progress: Progress) -> None:
    """Compare all persons, after erasure has taken away those who go."""
    progress.report(actions.find_duplicates(), None)


@job("people.follow_domains", retries=5, label=_("Putting persons to companies by their domains"))
def follow_domains(progress: Progress, companies: Sequence[int]) -> None:
    """Let persons follow companies that were given another domain, where they are too many to wait for."""
    folding.follow_domains(companies, progress.report)
