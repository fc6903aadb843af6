"""What a stage asks for before a deal may stand in it: fields that are filled in, and that its criteria are met."""

from collections.abc import Mapping

from tragt.errors import InvalidDefinition
from tragt.web.crm.models import Activity, Deal, Member, Move, Stage
from tragt.web.crm.queries.pipelines import stages_of

__all__ = [
    "CRITERIA",
    "CUSTOM",
    "REQUIRABLE",
    "check_entry",
    "check_filled",
    "check_winning",
    "is_confirmed",
    "last_stage",
    "missing",
    "missing_to_win",
    "to_confirm",
    "to_confirm_to_win",
]

REQUIRABLE = ("value", "expected", "company", "owner", "contact", "decider", "next_task")
"""What a stage may ask for, besides custom fields of deals as ``custom.<code>``."""

CUSTOM = "custom."

CRITERIA = "criteria"
"""What a stage asks for whose criteria nobody has confirmed, among the codes of the fields that are missing."""


def missing(deal: Deal, stage: Stage) -> list[str]:
    """What a stage asks for that a deal does not have, in the stage's order."""
    return [code for code in stage.required if not _filled(deal, code)]


def last_stage(deal: Deal) -> Stage | None:
    """The stage from which deals of its pipeline are won; None where the pipeline has none any more."""
    return stages_of(deal.pipeline).last()


def missing_to_win(deal: Deal) -> list[str]:
    """What the last stage of its pipeline asks for that a deal does not have."""
    last = last_stage(deal)
    return missing(deal, last) if last else []


def to_confirm(deal: Deal, stage: Stage | None) -> str:
    """What must be true before a deal enters a stage; empty where nothing must, or the deal is there."""
    return stage.criteria.strip() if stage is not None and stage.pk != deal.stage_id else ""


def to_confirm_to_win(deal: Deal) -> str:
    """What must be true before a deal is won: the criteria of the last stage, unless a move into it confirmed them.

    A deal that was opened in the last stage, or came there with a file, has never been asked. Of criteria that were
    changed since, those of today are to be confirmed.
    """
    last = last_stage(deal)
    criteria = last.criteria.strip() if last is not None else ""
    if last is None or not criteria or last.pk != deal.stage_id:
        return criteria
    said = Move.objects.filter(deal=deal, stage=last).exclude(confirmed="").values_list("confirmed", flat=True)
    return "" if any(is_confirmed(criteria, one) for one in said) else criteria


def is_confirmed(criteria: str, confirmed: str) -> bool:
    """Whether what somebody said to be true is what a stage asks, however its lines are broken."""
    return confirmed.split() == criteria.split()


def check_filled(deal: Deal, stage: Stage) -> None:
    """Make sure that a deal has what a stage asks for.

    Raises:
        InvalidDefinition: Something is missing; ``required`` says what, by its codes.
    """
    _refuse(stage, missing(deal, stage))


def check_entry(deal: Deal, stage: Stage, confirmed: str) -> str:
    """Make sure that a deal may enter a stage.

    Args:
        deal: Where it comes from.
        stage: The stage.
        confirmed: What the one who moves it said to be true.

    Returns:
        What was to be confirmed, and is; empty where nothing was.

    Raises:
        InvalidDefinition: Something is missing, or the criteria are not confirmed; ``required`` says what.
    """
    return _checked(deal, stage, to_confirm(deal, stage), confirmed)


def check_winning(deal: Deal, confirmed: str) -> str:
    """Make sure that a deal may be won: what the last stage of its pipeline asks for holds for what is won, too.

    Args:
        deal: The deal.
        confirmed: What the one who wins it said to be true.

    Returns:
        What was to be confirmed, and is; empty where nothing was.

    Raises:
        InvalidDefinition: Something is missing, or the criteria are not confirmed; ``required`` says what.
    """
    last = last_stage(deal)
    return _checked(deal, last, to_confirm_to_win(deal), confirmed) if last else ""


def _checked(deal: Deal, stage: Stage, criteria: str, confirmed: str) -> str:
    unsaid = [] if is_confirmed(criteria, confirmed) or not criteria else [CRITERIA]
    _refuse(stage, [*missing(deal, stage), *unsaid])
    return criteria


def _refuse(stage: Stage, lacking: list[str]) -> None:
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
