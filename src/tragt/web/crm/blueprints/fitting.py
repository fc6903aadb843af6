"""A blueprint as it fits what a firm says of its market. Pure; the unit of observation is the stage."""

from dataclasses import replace

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.blueprints.shapes import Blueprint, StageBlueprint
from tragt.web.crm.models import Level, MarketProfile

__all__ = ["fitted"]

_LONGEST = 3_650
_DECIDER = "decider"


def fitted(plan: Blueprint, profile: MarketProfile | None) -> Blueprint:
    """A blueprint whose stages rot as fast as the firm sells, and ask for a decider where several decide.

    Args:
        plan: The blueprint.
        profile: What is known of its market; None where nothing is.

    Returns:
        The days until stages rot keep their shares of the typical days from first talk to close. Where several people
        decide, each stage at the bottom of the funnel asks for a decider; where one does, none asks. What the firm has
        not said stays as the blueprint has it.
    """
    if profile is None:
        return plan
    stages = tuple(_asking(one, profile.deciders) for one in _lasting(plan.stages, profile.cycle_days))
    if stages == plan.stages:
        return plan
    return replace(plan, stages=stages, about=_told(plan.about))


def _lasting(stages: tuple[StageBlueprint, ...], cycle_days: int | None) -> tuple[StageBlueprint, ...]:
    whole = sum(one.rotting_days or 0 for one in stages)
    if not cycle_days or not whole:
        return stages
    return tuple(
        one if one.rotting_days is None else replace(one, rotting_days=_share(one.rotting_days, cycle_days, whole))
        for one in stages
    )


def _share(days: int, cycle_days: int, whole: int) -> int:
    return min(max(round(days * cycle_days / whole), 1), _LONGEST)


def _asking(stage: StageBlueprint, deciders: int | None) -> StageBlueprint:
    if deciders is None or stage.level != Level.BOTTOM:
        return stage
    others = tuple(code for code in stage.required if code != _DECIDER)
    if deciders <= 1:
        return replace(stage, required=others)
    return stage if _DECIDER in stage.required else replace(stage, required=(*others, _DECIDER))


def _told(about: str | Promise) -> Promise:
    return format_lazy("{about} {fits}", about=about, fits=_("Its days and what it asks for fit your market."))
