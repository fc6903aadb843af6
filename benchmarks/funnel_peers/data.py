"""Events to ask funnels of: drawn once, kept in a folder, the same for every engine.

People have an engaged week and come back now and then; what they do, they do in sessions, by day more than by
night. About a third of all events belongs to a step of the funnel of four. Written block by block, each drawn
from a seed of its own, so that a hundred million events need no more memory than a million.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["ALL_NAMES", "DAYS", "ORIGIN", "SHIFT", "SOURCES", "STEPS", "Events", "events"]

ORIGIN = 1_767_225_600_000  # 2026-01-01, in ms since 1970
DAYS = 90
DAY = 86_400_000
SHIFT = 33  # 90 days in ms need 33 bits
PER_PERSON = 20
BLOCK = 1_000_000
FORM = 2  # of the files: another number, and they are drawn anew

STEPS = ("view", "cart", "checkout", "purchase", "account", "review", "share", "wish", "invite", "renew")
_SHARES = (0.22, 0.06, 0.025, 0.012, 0.11, 0.08, 0.06, 0.05, 0.04, 0.03)
_OTHERS = tuple(f"other {number}" for number in range(1, 11))
ALL_NAMES = STEPS + _OTHERS
SOURCES = tuple(f"source {number:03}" for number in range(1, 101))

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Named:
    """The events of one name, ascending by person and time.

    Attributes:
        keys: Person and time in one number each.
        numbers: Place of each event among all events in the order of person and time.
        sources: The property's code: 1 is the first of `SOURCES`.
    """

    keys: Keys
    numbers: Numbers
    sources: Numbers


@dataclass(frozen=True, slots=True)
class Events:
    """Events on disk: Parquet for the peers, arrays by name for the funnel engine."""

    folder: Path
    number: int

    @property
    def persons(self) -> int:
        return max(self.number // PER_PERSON, 1)

    @property
    def parquet(self) -> str:
        return str(self.folder / "*.parquet")

    def named(self, name: str) -> Named:
        return Named(*(np.load(self.folder / f"{name}.{part}.npy") for part in ("keys", "numbers", "sources")))


def events(number: int, folder: Path) -> Events:
    """So many events, from the folder or drawn and kept there."""
    found = Events(folder / f"events-{number}", number)
    done = found.folder / "done.json"
    if not done.exists() or json.loads(done.read_text()) != FORM:
        shutil.rmtree(found.folder, ignore_errors=True)
        found.folder.mkdir(parents=True)
        _draw(found)
        done.write_text(json.dumps(FORM))
    return found


def _draw(into: Events) -> None:
    parts: dict[str, list[Named]] = {name: [] for name in STEPS}
    for block, start in enumerate(range(0, into.number, BLOCK)):
        size = min(BLOCK, into.number - start)
        first = start // PER_PERSON
        frame = _block(np.random.default_rng([2026, block]), size, max(size // PER_PERSON, 1), first)
        frame.write_parquet(into.folder / f"{block:04}.parquet")
        for name, of_name in parts.items():
            of_name.append(_named(frame.with_row_index("number", start).filter(pl.col("event") == name)))
    for name, of_name in parts.items():
        for part in ("keys", "numbers", "sources"):
            joined = np.concatenate([getattr(one, part) for one in of_name])
            np.save(into.folder / f"{name}.{part}.npy", joined)


def _block(dice: np.random.Generator, size: int, persons: int, first: int) -> pl.DataFrame:
    """The events of some persons, by person and time."""
    liveliness = dice.lognormal(0, 1, persons)
    person = np.repeat(np.arange(persons), dice.multinomial(size, liveliness / liveliness.sum()))
    opens = dice.random(size) < 0.2
    opens |= np.diff(person, prepend=-1) != 0
    session = np.cumsum(opens) - 1
    start = _starts(dice, person[opens], persons)
    gaps = np.where(opens, 0, dice.exponential(45_000, size) + 1_000).astype(np.int64)
    since = np.cumsum(gaps)
    time = start[session] + since - since[opens][session]
    name = _intended(dice, dice.choice(len(ALL_NAMES), size, p=_shares()), session)
    source = dice.choice(len(SOURCES), size, p=_zipf(len(SOURCES)))
    time = np.minimum(time, DAYS * DAY - 1)
    order = np.lexsort((time, person))
    frame = pl.DataFrame(
        {
            "person": (person[order] + first).astype(np.uint32),
            "time": pl.Series(ORIGIN + time[order]).cast(pl.Datetime("ms")),
            "event": _worded(name[order], ALL_NAMES),
            "source": _worded(source[order], SOURCES),
        }
    )
    # Which of two equal events comes first no two engines say alike: so it shall not matter.
    return frame.with_columns(pl.col("source").first().over("person", "time", "event"))


def _starts(dice: np.random.Generator, person: npt.NDArray[np.int64], persons: int) -> npt.NDArray[np.int64]:
    """When each session starts, in ms since the origin: three of five in the person's engaged week, by day mostly."""
    number = len(person)
    engaged = dice.uniform(0, DAYS, persons)[person] + dice.exponential(4, number)
    day = np.where(dice.random(number) < 0.6, engaged, dice.uniform(0, DAYS, number)).astype(np.int64) % DAYS
    hour = np.where(dice.random(number) < 0.85, dice.triangular(7, 19, 24, number), dice.uniform(0, 24, number))
    return np.minimum(day * DAY + (hour * 3_600_000).astype(np.int64), DAYS * DAY - 1)


def _intended(
    dice: np.random.Generator, name: npt.NDArray[np.int64], session: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """In half of the sessions people do things in the order of the funnel."""
    intended = (dice.random(session[-1] + 1) < 0.5)[session]
    ordered = name[np.lexsort((name, session))]
    return np.where(intended, ordered, name)


def _shares() -> npt.NDArray[np.float64]:
    rest = 1 - sum(_SHARES)
    return np.concatenate([_SHARES, rest * _zipf(len(_OTHERS))])


def _zipf(number: int) -> npt.NDArray[np.float64]:
    weights = 1 / np.arange(1, number + 1)
    return np.asarray(weights / weights.sum())


def _worded(codes: npt.NDArray[np.int64], words: tuple[str, ...]) -> pl.Series:
    return pl.Series(codes.astype(np.uint8)).cat.to(pl.Enum(words))


def _named(frame: pl.DataFrame) -> Named:
    time = frame["time"].to_physical().to_numpy() - ORIGIN
    keys = frame["person"].to_numpy().astype(np.uint64) << np.uint64(SHIFT) | time.astype(np.uint64)
    return Named(keys, frame["number"].to_numpy(), frame["source"].to_physical().to_numpy().astype(np.uint32) + 1)
