"""Build the wheel, install it into an empty environment without extras, and use it as a newcomer would."""

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SHOP = """\
person,event,time,source
ann,visit,2026-01-05T09:00:00Z,mail
ann,cart,2026-01-05T09:04:00Z,mail
ann,purchase,2026-01-05T09:09:00Z,mail
bo,visit,2026-01-05T10:00:00Z,search
bo,basket,2026-01-05T10:01:00Z,search
cis,visit,2026-01-06T11:00:00Z,search
"""
STEPS = ("visit", "cart|basket", "purchase")
ENTERED = [3, 2, 1]
WELCOMES = {
    "en": "Code from the terminal",
    "da": "Kode fra terminalen",
    "sv": "Kod från terminalen",
    **dict.fromkeys(("nb", "no", "nn"), "Kode fra terminalen"),
}
READY = re.compile(r"ready:\s+(http://\S+)")


def main() -> int:
    """Build, install and use the wheel; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="tragt-wheel-") as name:
        folder = Path(name).resolve()
        desk = folder / "desk"
        desk.mkdir()
        try:
            wheel = build(folder / "dist")
            programs = install(wheel, folder / "library", "base")
            use_command_line(programs, desk)
            use_library(programs, desk)
            use_application(install(wheel, folder / "application", "app"), folder / "home")
        except subprocess.CalledProcessError as problem:
            print(
                f"failed: {' '.join(map(str, problem.cmd))}\n{problem.output or ''}{problem.stderr or ''}",
                file=sys.stderr,
            )
            return 1
    print(f"{wheel.name}: built, installed without extras and with [app], and used")
    return 0


def build(target: Path) -> Path:
    """Build the wheel with the locked build tools.

    Args:
        target: The folder that the wheel goes to.
    """
    say("building the wheel")
    call(ROOT, sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target)
    (wheel,) = target.glob("*.whl")
    return wheel


def install(wheel: Path, environment: Path, locked: str) -> Path:
    """Install the wheel and its locked dependencies into a new environment.

    Args:
        wheel: The wheel.
        environment: The folder of the environment.
        locked: Name of the list of locked packages in requirements/.

    Returns:
        The folder of its programs.
    """
    say(f"installing it into an empty environment ({locked})")
    venv.create(environment, with_pip=True)
    programs = environment / "bin"
    pip = (programs / "python", "-m", "pip", "--disable-pip-version-check")
    call(ROOT, *pip, "install", "--no-compile", "--require-hashes", "-r", f"requirements/{locked}.txt")
    call(ROOT, *pip, "install", "--no-compile", "--no-deps", "--no-index", wheel)
    call(ROOT, *pip, "check")
    return programs


def use_command_line(programs: Path, desk: Path) -> None:
    """Ask the commands for the funnel of a small file, and for the demonstration."""
    say("using its commands")
    (desk / "shop.csv").write_text(SHOP)
    shown = call(desk, programs / "tragt", "funnel", "shop.csv", "--steps", *STEPS, "--json")
    entered = [step["entered"] for step in json.loads(shown)["steps"]]
    if entered != ENTERED:
        raise subprocess.CalledProcessError(1, ["tragt", "funnel"], output=f"{entered} is not {ENTERED}")
    call(desk, programs / "tragt", "demo", "--svg", "funnel.svg")


def use_library(programs: Path, desk: Path) -> None:
    """Run the first Python lines that the README shows, on the small file."""
    say("running the Python lines of the README")
    lines = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    if lines is None:
        raise subprocess.CalledProcessError(1, ["README.md"], output="It shows no Python lines.")
    (desk / "readme.py").write_text(lines[1])
    call(desk, programs / "python", "-W", "error", "readme.py")


def use_application(programs: Path, home: Path) -> None:
    """Start the application, and let its first page speak every language."""
    say("starting the application and reading its first page in every language")
    started = subprocess.Popen(
        [programs / "tragt", "up", "--home", home, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        said: list[str] = []
        for line in started.stdout or ():
            said.append(line)
            if found := READY.search(line):
                read_in_every_language(found[1])
                return
        raise subprocess.CalledProcessError(1, ["tragt", "up"], output="".join(said))
    finally:
        started.terminate()
        started.wait(60)


def read_in_every_language(address: str) -> None:
    """Ask for the page of the first run as browsers of each language do."""
    for language, word in WELCOMES.items():
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        page = opener.open(urllib.request.Request(address, headers={"Accept-Language": language})).read().decode()
        spoken = {"no": "nb", "nn": "nb"}.get(language, language)
        if f'<html lang="{spoken}"' not in page or word not in page:
            raise subprocess.CalledProcessError(1, ["GET", address], output=f"The page does not speak {language}.")


def call(folder: Path, *command: str | Path) -> str:
    """Run a command in a folder and return its words; raise when it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def say(doing: str) -> None:
    """Tell the reader what happens now."""
    print(f"{doing} ...", flush=True)


if __name__ == "__main__":
    sys.exit(main())
