"""Somebody who builds a funnel: the form as the builder sends it, after one change or a few, drawn at random."""

from collections.abc import Iterator

import numpy as np

__all__ = ["PROPERTY", "forms"]

_STEPS = ("Visited", "Webinar Joined", "Demo Requested", "Proposal Sent", "Deal Won")
_OTHERS = ("Page Viewed", "Email Opened", "Call")
PROPERTY = "source"
_SOURCES = ("Organic Search", "Paid Search", "Paid Social", "Newsletter", "Partner")
_PERIODS = ("all", "last_30", "last_90", "last_365", "this_year", "last_quarter")

Form = dict[str, list[str]]


def forms(random: np.random.Generator, names: list[str]) -> Iterator[tuple[str, Form]]:
    """What was changed, in words, and the fields.

    Args:
        random: Draws the changes.
        names: The events that the log has; others are not asked for.
    """
    changes = (_fewer, _window, _condition, _period, _optional, _excluded, _counted, _any_order)
    others = [name for name in _OTHERS if name in names]
    while True:
        form = _plain(random)
        chosen = random.choice(len(changes), size=random.integers(1, 3), replace=False)
        said = [changes[change](form, random, others) for change in chosen]
        yield ", ".join(said), form


def _plain(random: np.random.Generator) -> Form:
    form: Form = {
        "name": [""],
        "unit": ["person"],
        "amount": [str(random.integers(20, 120))],
        "scale": ["days"],
        "order": ["ordered"],
        "count": ["best"],
        "period": ["all"],
    }
    _put(form, _STEPS)
    return form


def _put(form: Form, steps: tuple[str, ...]) -> None:
    for key in [key for key in form if key.startswith("step-")]:
        del form[key]
    form["steps"] = [str(len(steps))]
    form |= {f"step-{place}-name": [f"e:{name}"] for place, name in enumerate(steps)}


def _fewer(form: Form, random: np.random.Generator, _others: list[str]) -> str:
    kept = tuple(name for place, name in enumerate(_STEPS) if place in (0, 4) or random.random() < 0.6)
    _put(form, kept)
    return f"{len(kept)} steps"


def _window(form: Form, random: np.random.Generator, _others: list[str]) -> str:
    form["amount"] = [str(random.integers(1, 200))]
    return f"{form['amount'][0]} days"


def _condition(form: Form, random: np.random.Generator, _others: list[str]) -> str:
    value = _SOURCES[random.integers(len(_SOURCES))]
    asked = {"property": [PROPERTY], "operator": ["equals"], "value": [value], "joint": ["and"]}
    form |= {f"step-0-{name}": given for name, given in asked.items()}
    return f"{PROPERTY} is {value}"


def _period(form: Form, random: np.random.Generator, _others: list[str]) -> str:
    form["period"] = [_PERIODS[random.integers(len(_PERIODS))]]
    return form["period"][0]


def _optional(form: Form, _random: np.random.Generator, _others: list[str]) -> str:
    if int(form["steps"][0]) > 2 and form["order"] == ["ordered"]:
        form["step-1-optional"] = ["on"]
    return "an optional step"


def _excluded(form: Form, random: np.random.Generator, others: list[str]) -> str:
    name = others[random.integers(len(others))] if others else _STEPS[3]
    if form["order"] == ["ordered"]:
        form |= {"exclude-0-name": [f"e:{name}"], "exclude-0-after": ["0"]}
    return f"without {name}"


def _counted(form: Form, random: np.random.Generator, _others: list[str]) -> str:
    form["count"] = [("first", "every", "best")[random.integers(3)]]
    return f"count {form['count'][0]}"


def _any_order(form: Form, _random: np.random.Generator, _others: list[str]) -> str:
    form["order"] = ["any"]
    _put(form, _STEPS[:3])
    for key in [key for key in form if key.startswith("exclude-")]:
        del form[key]
    return "any order"
