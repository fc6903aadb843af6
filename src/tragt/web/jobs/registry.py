"""The kinds of jobs there are: what each app's module ``tasks`` declares."""

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

from tragt.errors import InvalidDefinition, NotFound

if TYPE_CHECKING:
    from tragt.web.jobs.models import Job
    from tragt.web.jobs.progress import Progress

__all__ = ["QUICK", "Check", "Function", "Task", "add_check", "check", "find", "job", "known"]

QUICK = 10

Function = Callable[..., object]

Check = Callable[["Job"], None]
"""Raises `NotAllowed` where a job may not be done any more."""


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of job.

    Attributes:
        name: Stable name, as it stands in the queue.
        function: What does it: called with a `Progress` and the arguments by name. It may be run again after it
            was half done, so it is idempotent or resumes from a mark of its own.
        retries: How often it is tried again after an error that Tragt did not raise on purpose.
        priority: Higher ones are taken first. Those of `QUICK` and more take seconds; they do not wait for a long one.
        label: What people call it.
        upkeep: Whether it looks after the installation by what it finds when it begins, whoever asked: it is done also
            where the key of the program that asked is revoked, and once more where somebody asks while it runs.
    """

    name: str
    function: Function
    retries: int = 0
    priority: int = 0
    label: str | Promise = ""
    upkeep: bool = False

    def __call__(self, progress: "Progress", **arguments: Any) -> object:
        """Do it here and now."""
        return self.function(progress, **arguments)

    def checked(self, arguments: Mapping[str, object]) -> dict[str, Any]:
        """The arguments as they come back from the queue.

        Raises:
            InvalidDefinition: The function does not take them, or they are not JSON.
        """
        try:
            inspect.signature(self.function).bind(None, **arguments)
            held: dict[str, Any] = json.loads(json.dumps(arguments, allow_nan=False))
        except (TypeError, ValueError) as problem:
            raise InvalidDefinition(
                "jobs.arguments", f"The job {self.name} cannot have these arguments: {problem}.", job=self.name
            ) from None
        return held


_tasks: dict[str, Task] = {}
_checks: list[Check] = []


def add_check(asked: Check) -> None:
    """Ask before each job whether it may still be done, for apps above this one."""
    if asked not in _checks:
        _checks.append(asked)


def check(job: "Job") -> None:
    """Make sure that a job may still be done.

    Raises:
        NotAllowed: It may not.
    """
    for asked in _checks:
        asked(job)


def job(
    name: str, *, retries: int = 0, priority: int = 0, label: str | Promise = "", upkeep: bool = False
) -> Callable[[Function], Task]:
    """Declare a function in ``<app>/tasks.py`` as a kind of job; see `Task`."""

    def declare(function: Function) -> Task:
        other = _tasks.get(name)
        if other is not None and other.function.__qualname__ != function.__qualname__:
            raise InvalidDefinition("jobs.name", f"Two kinds of job are called {name}.", job=name)
        _tasks[name] = Task(name, function, retries, priority, label, upkeep)
        return _tasks[name]

    return declare


@functools.cache
def _discover() -> None:
    autodiscover_modules("tasks")


def known() -> Mapping[str, Task]:
    """Every kind of job by its name."""
    _discover()
    return _tasks


def find(name: str) -> Task:
    """The kind of job of a name.

    Raises:
        NotFound: No app declares it.
    """
    task = _tasks.get(name) or known().get(name)
    if task is None:
        raise NotFound(
            "jobs.unknown", f"This version of Tragt has no job called {name}. A newer version asked for it.", job=name
        )
    return task
