"""What can be said of a stage, and what each of it may be. The unit of observation is the field of one stage."""

import re
from collections.abc import Callable, Mapping

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import Team
from tragt.web.crm.actions.requirements import CUSTOM, REQUIRABLE
from tragt.web.crm.models import Level, Mark, PipelineKind, Stage
from tragt.web.crm.queries.pipelines import stages_of
from tragt.web.crm.rules import rule_of

__all__ = ["STAGE_FIELDS", "check_free", "read_fields"]

_OF_LIFECYCLE = ("enters_on", "rule", "mark")
_OF_DEALS = ("probability", "required")
_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_EVENT = 100, 10_000, 200
_MOST_EVENTS, _MOST_DAYS = 50, 3_650
_CUSTOM = re.compile(re.escape(CUSTOM) + r"[^\s.]{1,64}")


def read_fields(stage: Stage, given: Mapping[str, object]) -> dict[str, object]:
    """What is said of a stage, as its fields hold it.

    Args:
        stage: The stage, with its pipeline.
        given: Values by the names of `STAGE_FIELDS`; the team by its key.

    Raises:
        InvalidDefinition: A field that such stages do not have, or a value it cannot have.
        NotFound: There is no such team.
    """
    of_lifecycle = stage.pipeline.kind == PipelineKind.LIFECYCLE
    foreign = _OF_DEALS if of_lifecycle else _OF_LIFECYCLE
    read: dict[str, object] = {}
    for field, value in given.items():
        if field not in _READERS or (field in foreign and value):
            of = "the lifecycle" if of_lifecycle else "a pipeline of deals"
            allowed = ", ".join(name for name in STAGE_FIELDS if name not in foreign)
            raise InvalidDefinition(
                "crm.stage_field", f"A stage of {of} has no '{field}'; it has {allowed}.", field=field
            )
        read[field] = check_free(stage, value) if field == "name" else _READERS[field](field, value)
    return read


def check_free(stage: Stage, name: object) -> str:
    """The name of a stage, if it may have it.

    Raises:
        InvalidDefinition: It is empty or too long, or another stage in use has it.
    """
    called = " ".join(str(name).split())
    if not called or len(called) > _LONGEST_NAME:
        raise InvalidDefinition(
            "crm.stage_name", f"A stage needs a name of at most {_LONGEST_NAME} characters.", field="name"
        )
    if stages_of(stage.pipeline).filter(name=called).exclude(pk=stage.pk).exists():
        raise InvalidDefinition(
            "crm.stage_name_taken",
            f"There is a stage '{called}' already. Choose another name.",
            field="name",
            name=called,
        )
    return called


def _refused(field: str, value: object) -> InvalidDefinition:
    return InvalidDefinition(
        "crm.stage_value",
        f"'{field}' of a stage cannot be {value!r}. Shares are whole numbers from 0 to 100, days from 1 to "
        f"{_MOST_DAYS}, texts have at most {_LONGEST_TEXT} characters.",
        field=field,
    )


def _whole(least: int, most: int) -> Callable[[str, object], int | None]:
    def read(field: str, value: object) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and least <= value <= most):
            return value
        raise _refused(field, value)

    return read


def _one_of(values: list[str]) -> Callable[[str, object], str]:
    def read(field: str, value: object) -> str:
        if isinstance(value, str) and (not value or value in values):
            return value
        raise _refused(field, value)

    return read


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise _refused(field, value)
    return value.replace("\r\n", "\n").strip()


def _team(_field: str, value: object) -> Team | None:
    found = Team.objects.filter(pk=value).first() if isinstance(value, int) else None
    if found is None and value is not None:
        raise NotFound("crm.no_team", f"There is no team {value}.", team=value)
    return found


def _listed(field: str, value: object) -> list[str]:
    """Texts, each once, without the empty ones."""
    if not isinstance(value, list | tuple):
        raise _refused(field, value)
    return list(dict.fromkeys(text for text in (" ".join(str(one).split()) for one in value) if text))


def _required(field: str, value: object) -> list[str]:
    codes = _listed(field, value)
    wrong = [code for code in codes if code not in REQUIRABLE and not _CUSTOM.fullmatch(code)]
    if wrong:
        raise InvalidDefinition(
            "crm.requirable",
            f"A stage cannot ask for '{wrong[0]}'; it can for {', '.join(REQUIRABLE)}, and for custom fields of deals "
            f"as {CUSTOM}<code>.",
            field="required",
            given=wrong[0],
        )
    return codes


def _events(field: str, value: object) -> list[str]:
    names = _listed(field, value)
    if len(names) > _MOST_EVENTS or any(len(name) > _LONGEST_EVENT for name in names):
        raise InvalidDefinition(
            "crm.events",
            f"At most {_MOST_EVENTS} events lead to a stage, each name of at most {_LONGEST_EVENT} characters.",
            field="enters_on",
            most=_MOST_EVENTS,
        )
    return names


def _rule(field: str, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise _refused(field, value)
    found = rule_of(value)
    return found.as_json if found else {}


_READERS: Mapping[str, Callable[[str, object], object]] = {
    "name": _text,
    "probability": _whole(0, 100),
    "level": _one_of(Level.values),
    "team": _team,
    "criteria": _text,
    "required": _required,
    "playbook": _text,
    "rotting_days": _whole(1, _MOST_DAYS),
    "target": _whole(0, 100),
    "enters_on": _events,
    "rule": _rule,
    "mark": _one_of(Mark.values),
}

STAGE_FIELDS = tuple(_READERS)
"""What can be said of a stage."""
