"""Do the tests see a fault in the engine? Twenty-five are sown, one at a time, into a copy; each must make a test fail.

The compiled walk runs as plain Python meanwhile, which spares the compiler; the merge of plain funnels reads addresses
and is compiled. A fault is a piece of the source as it stands, and what it is turned into.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE = "src/tragt/funnel/engine"
TESTS = ("tests/funnel/test_settling.py", "tests/funnel/test_engine.py")
ROUNDS = "1000"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault.

    Attributes:
        module: The module it is sown into.
        right: What stands there, once.
        wrong: What it is turned into.
        compiled: Whether the module only runs compiled.
    """

    module: str
    right: str
    wrong: str
    compiled: bool = False


FAULTS = (
    Fault("relations", "ev.time[a] <= ev.time[b] + rules.tolerance", "ev.time[a] < ev.time[b] + rules.tolerance"),
    Fault(
        "relations", "ev.time[event] > ev.time[entry] + rules.window", "ev.time[event] >= ev.time[entry] + rules.window"
    ),
    Fault("relations", "time - since <= rules.step", "time - since < rules.step"),
    Fault(
        "relations", "return ev.more[a, LOCAL] == ev.more[b, LOCAL]", "return ev.more[a, LOCAL] <= ev.more[b, LOCAL]"
    ),
    Fault("exact", "len(rules.step) - 1), 0, -1):", "len(rules.step) - 1), 0, -2):"),
    Fault("exact", "s.member[place, ASSIGNED] == NONE or _assign(", "s.member[place, ASSIGNED] == NONE and _assign("),
    Fault("chains", "kept |= 1 << place", "kept |= 0"),
    Fault(
        "chains", "ev.time[last] < ev.time[other] < ev.time[event]", "ev.time[last] <= ev.time[other] < ev.time[event]"
    ),
    Fault(
        "chains", "if ev.time[event] > ev.time[last] and not again", "if ev.time[event] >= ev.time[last] and not again"
    ),
    Fault("assignments", "moment == first and exactly and not own", "moment == first and exactly and own"),
    Fault("assignments", "or given == s.facts[ENTRY] or", "or"),
    Fault("assignments", "event > s.step[block, LATEST]", "event >= s.step[block, LATEST]"),
    Fault("assignments", "at_once = u.plain or u.apart or", "at_once = True or"),
    Fault(
        "assignments",
        "max(s.step[block, AFTER], ev.time[s.step[block, LATEST]])",
        "ev.time[s.step[block, LATEST]]",
    ),
    Fault("endings", "SESSION_ENDS_AFTER = 1_800_000", "SESSION_ENDS_AFTER = 900_000"),
    Fault("endings", "rules.restage and ev.time[event] > at", "rules.restage and ev.time[event] >= at"),
    Fault("endings", "ev.time[event] > s.step[after, MOMENT]", "ev.time[event] >= s.step[after, MOMENT]"),
    Fault("endings", "if moment < s.facts[ENDED]:", "if moment <= s.facts[ENDED]:"),
    Fault("endings", "if _is_of_chain(depth, event, s):", "if depth < 0:"),
    Fault("walk", "return s.facts[ENDED] + 1", "return s.facts[ENDED] + 2"),
    Fault("walk", "if not u.start <= s.step[0, MOMENT] < u.end:", "if not u.start <= s.step[0, MOMENT] <= u.end:"),
    Fault("merging", "key + np.uint64(1))", "key)", compiled=True),
    Fault("merging", "key - entry <= window", "key - entry < window", compiled=True),
    Fault("plain", "self.as_of - self.window + 1", "self.as_of - self.window", compiled=True),
    Fault("plain", "role[other] &= ~np.where", "role[other] |= ~np.where", compiled=True),
)


def main() -> int:
    """Sow every fault and return the exit code: 0 when the tests saw each."""
    unseen = 0
    for number, fault in enumerate(FAULTS, start=1):
        caught = is_caught(fault)
        unseen += not caught
        print(f"{number:2} {'caught' if caught else 'NOT SEEN':8} {fault.module}: {fault.wrong}", flush=True)
    print(f"{len(FAULTS) - unseen} of {len(FAULTS)} seeded faults were caught")
    return min(unseen, 1)


def is_caught(fault: Fault) -> bool:
    """Whether a test fails once the fault is sown."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("src", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        module = copy / ENGINE / f"{fault.module}.py"
        module.write_text(sown(fault, module.read_text(encoding="utf-8")), encoding="utf-8")
        return fails(copy, TESTS[:1] if not fault.compiled else TESTS, "merge" if fault.compiled else "engine")


def sown(fault: Fault, source: str) -> str:
    """The source with the fault.

    Raises:
        ValueError: The piece does not stand there once.
    """
    if source.count(fault.right) != 1:
        raise ValueError(f"{fault.module}: {fault.right!r} stands there {source.count(fault.right)} times, not once")
    return source.replace(fault.right, fault.wrong)


def fails(copy: Path, tests: tuple[str, ...], chosen: str) -> bool:
    """Whether a test of the copy fails."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "TRAGT_SOAK_ROUNDS": ROUNDS,
        "NUMBA_DISABLE_JIT": "0" if chosen == "merge" else "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", chosen]
    ended = subprocess.run([*command, *tests], cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):
        raise RuntimeError(ended.stdout + ended.stderr)
    return ended.returncode == 1


if __name__ == "__main__":
    sys.exit(main())
