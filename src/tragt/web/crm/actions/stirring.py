"""Noting that a board shows something else now, where no move and no change of a deal tells of it."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tragt.web.crm.models import Stage

__all__ = ["stir", "stir_all"]


def stir(stages: Collection[int]) -> None:
    """Note that deals came to some stages, went from them or got other owners, as by a file. A part of acts.

    Args:
        stages: Their keys.
    """
    _stir_later(Q(pk__in=sorted(stages)))


def stir_all(pipelines: Collection[int]) -> None:
    """Note the same of all stages of some pipelines. A part of acts.

    Args:
        pipelines: Their keys.
    """
    _stir_later(Q(pipeline__in=sorted(pipelines)))


def _stir_later(stages: Q) -> None:
    """Note it once all of it can be seen: a board looks back a few seconds only, and a file may take minutes."""
    transaction.on_commit(lambda: Stage.objects.filter(stages).update(stirred=timezone.now()), robust=True)
