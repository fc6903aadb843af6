"""Run the benchmarks one after another, each in a process of its own: all, or the named ones."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(wanted: list[str]) -> int:
    """Run the benchmarks and return the exit code: 0 when each ended well.

    Args:
        wanted: Names of benchmarks; none means all of them.
    """
    found = sorted(file.stem for file in (ROOT / "benchmarks").glob("[a-z]*.py"))
    unknown = [name for name in wanted if name not in found]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(found) or 'none'}.", file=sys.stderr)
        return 2
    failed = [name for name in wanted or found if not runs(name)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return min(len(failed), 1)


def runs(name: str) -> bool:
    """Run one benchmark; whether it ended well."""
    print(f"== {name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
