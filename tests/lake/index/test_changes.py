"""Whatever happened since a build, what is read is what a new build would give."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.lake.index.making import NAMES, START, ZONE, Known, expected, filled, ledger, links, made, told_layered
from tragt.lake import Lake, Marker
from tragt.lake.ageing import Aged
from tragt.lake.index import Index, Kind
from tragt.lake.index.assignment import STRUCK

SEEDS = st.integers(0, 2**32)
PROPERTIES = ("amount", "channel")


@dataclass
class Firm:
    """A lake, its index, and who is who by now."""

    random: Random
    lake: Lake
    index: Index
    kind: Kind
    known: Known
    acts: int = 0
    done: list[str] = field(default_factory=list)

    def act(self) -> None:
        self.acts += 1
        harmless = [self.append, self.append, self.merge, self.compact, self.hide, self.strike, self.build]
        choice = self.random.choice([*harmless, self.undo, self.erase, self.retract, self.expire])
        self.done.append(choice.__name__)
        choice()

    def append(self) -> None:
        new = made(self.random, self.random.choice([1, 25]), 10_000 * self.acts)
        self.lake.append(new, marker=Marker(f"new:{self.acts}", 1), batch=f"new{self.acts}")

    def merge(self) -> None:
        self.known.who = ledger(self.random)
        if self.random.random() < 0.5:
            self.known.how = links(self.random)

    def undo(self) -> None:
        held = self.lake.batches()["batch"].to_list()
        if held:
            self.lake.remove_batch(self.random.choice(held), Marker(f"undo:{self.acts}", 1))

    def erase(self) -> None:
        actors = pl.Series([f"u:p{self.random.randrange(6)}", f"a:v{self.random.randrange(6)}"])
        if self.random.random() < 0.3:
            self.lake.anonymise(actors, Marker(f"anonymise:{self.acts}", 1), b"secret")
        else:
            self.lake.erase(actors, Marker(f"erase:{self.acts}", 1))

    def retract(self) -> None:
        deals = self.lake.read(columns=["deal"])["deal"].drop_nulls().unique().sort().to_list()
        chosen = pl.Series(self.random.sample(deals, min(2, len(deals))), dtype=pl.String)
        self.lake.retract(chosen, Marker(f"retract:{self.acts}", 1))

    def expire(self) -> None:
        before = START + timedelta(minutes=self.random.randrange(3000))
        claimed = pl.Series([f"a:v{self.random.randrange(6)}"])
        aged = Aged(before, self.random.random() < 0.5, claimed)
        self.lake.expire(aged, self.lake.oldest(before, (), 10**6), Marker("retention", self.acts))

    def compact(self) -> None:
        self.lake.upkeep(vacuum=self.random.random() < 0.3)

    def hide(self) -> None:
        batch = self.random.choice(["b0", "b1", f"new{self.random.randrange(1, 4)}"])
        self.known.hidden = self.known.hidden ^ {batch}

    def strike(self) -> None:
        moment = START + timedelta(minutes=self.random.randrange(6000))
        bounds = [None, moment] if self.random.random() < 0.5 else [None, None]
        rows = [(f"u:p{self.random.randrange(6)}", *bounds)]
        self.known.struck = pl.DataFrame(rows, schema=STRUCK, orient="row")

    def build(self) -> None:
        self.index.build(self.known.assignment(self.kind))
        self.index.remove_old(timedelta(0))

    def check(self) -> None:
        names = self.random.choice([None, self.random.sample(NAMES, 2)])
        sessions = self.random.random() < 0.5
        layers = self.index.read(self.known.assignment(self.kind), names, PROPERTIES, sessions=sessions)
        whole = self.known.truth(self.lake, self.kind, in_sessions=sessions)
        if names is not None:
            whole = whole.filter(pl.col("name").is_in(names))
        found = told_layered(layers, PROPERTIES, names, in_sessions=sessions)
        assert_frame_equal(found, expected(whole, PROPERTIES, in_sessions=sessions), check_dtypes=False)


@pytest.mark.soak
@pytest.mark.parametrize("kind", list(Kind))
@given(seed=SEEDS)
@settings(max_examples=max(settings().max_examples // 30, 2))
def test_reading_after_random_changes_equals_a_fresh_build(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, seed: int
) -> None:
    random = Random(seed)
    folder = tmp_path_factory.mktemp("firm")
    lake = filled(folder / "lake", made(random, 150), made(random, 40, 1000))
    index = Index(folder / "index", lake, kind, ZONE)
    firm = Firm(random, lake, index, kind, Known.made(random))
    firm.build()
    firm.check()
    for _ in range(3):
        firm.act()
        firm.check()
