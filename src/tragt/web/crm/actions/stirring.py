"""Noting that a board shows something else now, where no move and no change of a deal tells of it."""

from collections.abc import Collection

from django.utils import timezone

from tragt.web.crm.models import Stage

__all__ = ["stir", "stir_all"]


def stir(stages: Collection[int]) -> None:
    """Note that deals came to some stages, went from them or got other owners, as by a file. A part of acts.

    Args:
        stages: Their keys.
    """
    Stage.objects.filter(pk__in=sorted(stages)).update(stirred=timezone.now())


def stir_all(pipelines: Collection[int]) -> None:
    """Note the same of all stages of some pipelines. A part of acts.

    Args:
        pipelines: Their keys.
    """
    Stage.objects.filter(pipeline__in=sorted(pipelines)).update(stirred=timezone.now())
