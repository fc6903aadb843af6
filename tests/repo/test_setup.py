"""The set-up of the environment: quick when done, and one clear line for each thing that can go wrong."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKE = shutil.which("make") or "make"
CLOSED_PORT = "http://127.0.0.1:9"
OLD_PYTHON = f"""#!/bin/sh
exec {sys.executable} -c '
import runpy, sys
sys.version, sys.version_info = "3.9.18 (old)", (3, 9, 18)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
' "$@"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files that the set-up needs."""
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for file in ("Makefile", "pyproject.toml", "hatch_build.py"):
        shutil.copy(ROOT / file, folder)
    return folder


@pytest.fixture
def setup(copy: Path) -> ModuleType:
    """The set-up of the copy, as a module."""
    spec = importlib.util.spec_from_file_location("setup_of_a_copy", copy / "tools" / "setup_environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands(folder: Path, **scripts: str) -> str:
    """Make a folder that holds nothing but the given commands; return it as a PATH."""
    folder.mkdir()
    for name, text in scripts.items():
        script = folder / name.replace("_", ".")
        script.write_text(text)
        script.chmod(0o755)
    return str(folder)


def make_ready(folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Run the set-up as `make` does; return its exit code and what it says on failure, without make's own line."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "PYTHON"))}
    done = subprocess.run(
        [MAKE, "ready"], cwd=folder, env=clean | environment, capture_output=True, text=True, check=False
    )
    return done.returncode, [line for line in done.stderr.splitlines() if not line.startswith("make")]


def pretend_ready(setup: ModuleType) -> None:
    """Give the copy an environment that was made from what it holds."""
    setup.PYTHON.parent.mkdir(parents=True)
    setup.PYTHON.symlink_to(sys.executable)
    setup.STAMP.write_text(setup.fingerprint())


def test_setup_without_python_says_what_to_install(copy: Path, tmp_path: Path) -> None:
    code, words = make_ready(copy, PATH=commands(tmp_path / "bin"))
    assert code != 0
    assert len(words) == 1
    assert "There is no python3 here. Install Python 3.11" in words[0]


def test_setup_with_an_old_python_only_says_it_is_too_old(copy: Path, tmp_path: Path) -> None:
    code, words = make_ready(copy, PATH=commands(tmp_path / "bin", python3=OLD_PYTHON))
    assert code != 0
    assert len(words) == 1
    assert "Python 3.9.18 is too old; Tragt needs 3.11 or newer" in words[0]


def test_setup_with_an_old_and_a_new_python_takes_the_new(copy: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    new = f'#!/bin/sh\necho "$@" >> {told}\n'
    code, words = make_ready(copy, PATH=commands(tmp_path / "bin", python3=OLD_PYTHON, python3_13=new))
    assert (code, words) == (0, [])
    assert told.read_text().splitlines()[-1].endswith("tools/setup_environment.py")


def test_setup_without_network_says_so(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    download = ["download", "--index-url", CLOSED_PORT, "--retries", "0", "--no-cache-dir", "polars"]
    with pytest.raises(setup.SetupFailed, match=r"The package index cannot be reached\."):
        setup.run([sys.executable, "-m", "pip", *download])


def test_setup_on_a_full_disk_says_how_much_is_needed(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    with pytest.raises(setup.SetupFailed, match="has 1 MB free; the set-up needs about 2600 MB there"):
        setup.make_ready()


def test_setup_when_ready_does_nothing(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_ready(setup)
    monkeypatch.setattr(setup, "make_ready", lambda: pytest.fail("the environment was made anew"))
    assert setup.main() == 0


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/dev.txt"])
def test_setup_after_a_change_is_not_ready(setup: ModuleType, changed: str) -> None:
    pretend_ready(setup)
    with (setup.ROOT / changed).open("a") as file:
        file.write("# changed\n")
    assert not setup.is_ready()


def test_setup_in_a_moved_folder_makes_the_environment_anew(setup: ModuleType) -> None:
    pretend_ready(setup)
    assert not setup.moved()
    setup.STAMP.write_text(setup.STAMP.read_text() + "-elsewhere")
    assert setup.moved()


def test_setup_while_another_is_at_work_waits_for_its_turn(setup: ModuleType) -> None:
    pretend_ready(setup)
    with setup.LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen([sys.executable, setup.__file__ or ""], stdout=subprocess.PIPE, text=True)
        assert second.stdout is not None
        first_words = second.stdout.readline()
        still_waiting = second.poll() is None
    rest, _ = second.communicate()
    assert first_words == "Waiting for another set-up of this folder to end ...\n"
    assert still_waiting
    assert (second.returncode, rest) == (0, "")


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection: [Errno -3]", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that"),
        ("ERROR: No matching distribution found for numba==0.68.1", "no build for Python"),
        ("The virtual environment was not created because ensurepip is not available.", "apt install python3-venv"),
        ("PermissionError: [Errno 13] Permission denied: '.venv'", "No right to write"),
        ("Collecting a\nERROR: something new\nbye", "The set-up failed: ERROR: something new"),
        ("", "no reason given"),
    ],
)
def test_setup_failure_words_of_a_tool_become_advice(setup: ModuleType, output: str, meaning: str) -> None:
    advice = setup.diagnose(output)
    assert meaning in advice
    assert "\n" not in advice
