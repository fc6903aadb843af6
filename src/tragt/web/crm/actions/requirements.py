"""What a stage asks to be filled in before a deal may stand in it."""

from collections.abc import Mapping

from tragt.errors import InvalidDefinition
from tragt.web.crm.models import Activity, Deal, Member, Stage

__all__ = ["CUSTOM", "REQUIRABLE", "check_filled", "missing"]

REQUIRABLE = ("value", "expected", "company", "owner", "contact", "decider", "next_task")
"""What a stage may ask for, besides custom fields of deals as ``custom.<code>``."""

CUSTOM = "custom."


def missing(deal: Deal, stage: Stage) -> list[str]:
    """What a stage asks for that a deal does not have, in the stage's order."""
    return [code for code in stage.required if not _filled(deal, code)]


def check_filled(deal: Deal, stage: Stage) -> None:
    """Make sure that a deal has what a stage asks for.

    Raises:
        InvalidDefinition: Something is missing; ``fields`` says what, by its codes.
    """
    lacking = missing(deal, stage)
    if lacking:
        raise InvalidDefinition(
            "crm.required",
            f"The stage '{stage.name}' asks for {', '.join(lacking)}. Fill that in, then move the deal.",
            stage=stage.name,
            required=lacking,
        )


def _filled(deal: Deal, code: str) -> bool:
    members = Member.objects.filter(deal=deal, until=None)
    match code:
        case "contact":
            return members.exists()
        case "decider":
            return members.filter(role="decider").exists()
        case "next_task":
            return Activity.objects.filter(deal=deal, at=None).exists()
        case "value" | "expected":
            return getattr(deal, code) is not None
        case "company" | "owner":
            return getattr(deal, f"{code}_id") is not None
    custom: Mapping[str, object] = deal.custom
    return custom.get(code.removeprefix(CUSTOM)) not in (None, "")
