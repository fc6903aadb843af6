"""The shape of the modules: their size, their names, what `__init__` may hold, and the map of them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs" / "develop" / "map.md"
LONGEST = 600
BANNED = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "service", "misc"}


def modules(*folders: str) -> list[Path]:
    """All modules below the folders, in order of their paths."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def name(file: Path) -> str:
    """The path of a file as people write it."""
    return file.relative_to(ROOT).as_posix()


def test_module_sizes_all_modules_stay_within_the_limit() -> None:
    lines = {name(file): len(file.read_text().splitlines()) for file in modules("src", "tests", "tools", "benchmarks")}
    longest = sorted(lines, key=lines.__getitem__, reverse=True)[:10]
    worst = "\n".join(f"{lines[path]:5} lines  {path}" for path in longest)
    print(f"The ten longest modules:\n{worst}")
    assert lines[longest[0]] <= LONGEST, f"More than {LONGEST} lines:\n{worst}"


def test_module_names_all_modules_are_nouns_of_the_field() -> None:
    vague = [name(file) for file in modules("src", "tools", "benchmarks") if BANNED & {file.stem, file.parent.name}]
    assert not vague, f"These names say nothing of what is inside: {vague}"


@pytest.mark.parametrize("file", [file for file in modules("src") if file.name == "__init__.py"], ids=name)
def test_package_init_holds_re_exports_only(file: Path) -> None:
    def allowed(statement: ast.stmt) -> bool:
        match statement:
            case ast.ImportFrom() | ast.Import() | ast.Expr(value=ast.Constant(value=str())):
                return True
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                return True
        return False

    other = [statement.lineno for statement in ast.parse(file.read_text()).body if not allowed(statement)]
    assert not other, f"{name(file)} may only re-export; see its lines {other}"


def summary(path: str) -> str:
    """The first sentence or line that a module says of itself."""
    text = ast.get_docstring(ast.parse((ROOT / path).read_text())) or "?"
    return text.split("\n\n", 1)[0].replace("\n", " ").replace("``", "`")


def test_map_lists_every_module_once_and_no_other() -> None:
    listed = re.findall(r"^\| `([^`]+\.py)` \| \S", MAP.read_text(), flags=re.MULTILINE)
    present = {
        name(file)
        for file in modules("src", "tools")
        if file.name != "__init__.py" and file.parent.name != "migrations"
    }
    missing = [f"missing: | `{path}` | {summary(path)} |" for path in sorted(present - set(listed))]
    superfluous = [f"superfluous: {path}" for path in sorted(set(listed) - present)]
    twice = [f"twice: {path}" for path in sorted(set(listed)) if listed.count(path) > 1]
    wrong = [*missing, *superfluous, *twice]
    assert not wrong, f"{name(MAP)} is not true; mend these lines:\n" + "\n".join(wrong)
