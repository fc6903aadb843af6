"""Random attempts for the properties of unfinished funnels."""

from hypothesis import settings
from hypothesis import strategies as st

from tests.stats.slow_progress import Attempt

SLOW = settings(max_examples=settings().max_examples // 5)
"""For properties that run a slow twin."""

HORIZONS = st.sampled_from([1, 3, 10, 700, 999, 1000, 1001, 12_345, 30 * 86_400_000])


@st.composite
def an_attempt(draw: st.DrawFn, steps: int, horizon: int, *, complete: bool = False) -> Attempt:
    """An attempt as the log shows it: nothing that happened after the age it was watched to."""
    gap = st.one_of(st.just(0), st.integers(0, max(1, horizon // 2)), st.integers(0, 2 * horizon))
    watched = horizon if complete else draw(st.integers(0, 2 * horizon))
    ages: list[int] = [0]
    while len(ages) < steps and draw(st.booleans()):
        ages.append(ages[-1] + draw(gap))
    end = ages[-1] + draw(gap) if len(ages) < steps and draw(st.booleans()) else None
    seen = [age for age in ages if age <= watched]
    return Attempt(
        ages=(*seen, *[None] * (steps - len(seen))),
        ended=end if end is not None and end <= watched else None,
        watched=watched,
        unit=draw(st.integers(0, 5)),
    )


@st.composite
def cohorts(draw: st.DrawFn, *, complete: bool = False, smallest: int = 1) -> tuple[list[Attempt], int]:
    """Up to 12 attempts with the same number of steps, and a horizon."""
    horizon = draw(HORIZONS)
    steps = draw(st.integers(1, 4))
    attempt = an_attempt(steps, horizon, complete=complete)
    return draw(st.lists(attempt, min_size=smallest, max_size=12)), horizon
