"""Requests made up from a description alone, sent, and what is wrong with the answers. The unit is the operation."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

__all__ = ["Prepare", "Tried", "described_by", "tried"]

Prepare = Callable[[Any, Random], None]
"""What is done to a request before it is sent: it may lead it to records that are there."""

_SHOWN = 2500


@dataclass
class Tried:
    """What came of trying an operation.

    Attributes:
        wrong: What was wrong; empty where nothing was.
        answers: How often it was answered with each status.
    """

    wrong: str = ""
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """How often it did what was asked."""
        return sum(number for status, number in self.answers.items() if 200 <= status < 300)


def described_by(document: Mapping[str, Any]) -> Any:
    """A description as Schemathesis reads it, to be asked of this application."""
    import schemathesis  # noqa: PLC0415 - it takes long to load

    schema = schemathesis.openapi.from_dict(dict(document))
    schema.app = WSGIHandler()
    return schema


def tried(operation: Any, mode: Any, examples: int, key: str = "", prepare: Prepare | None = None) -> Tried:
    """Send requests that agree with the description, or that do not, and see that the answers are as described.

    All checks of Schemathesis hold but one: a description cannot say all that makes a request meaningless.
    No error of the server, statuses, media types, headers and bodies as described, and nothing is taken that the
    description forbids. Each request is undone.

    Args:
        operation: As the description has it.
        mode: Whether requests agree with the description.
        examples: How many requests.
        key: What is sent as ``Authorization``.
        prepare: Done to each request inside its transaction, before it is sent.
    """
    from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: PLC0415 - it takes long to load

    headers = {"Authorization": key} if key else {}
    found = Tried()

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), deadline=None)
    @given(operation.as_strategy(generation_mode=mode), st.randoms(use_true_random=False))
    def answered(case: Any, chance: Random) -> None:
        cache.clear()
        with transaction.atomic():
            if prepare is not None:
                prepare(case, chance)
            # A name without any value is not sent, so the request that arrives breaks nothing by it.
            assume([] not in (case.query or {}).values())
            answer = case.call(headers=headers)
            found.answers[answer.status_code] += 1
            case.validate_response(answer, headers=headers, excluded_checks=[positive_data_acceptance])
            transaction.set_rollback(True)

    try:
        answered()
    except (Exception, BaseExceptionGroup) as wrong:  # noqa: BLE001 - what is found is told of all operations together
        told = "\n".join(str(one) for one in getattr(wrong, "exceptions", [wrong]))
        found.wrong = f"{type(wrong).__name__}\n{told[:_SHOWN]}"
    return found
