"""The documents are true: links lead somewhere, versions agree, nothing names a machine or a registry."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|root|home)/")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|conda\.anaconda\.org|/simple/")


def tracked() -> list[Path]:
    """The files that are in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout, so there is no list of tracked files")
    files = (ROOT / path for path in listing.stdout.split("\0") if path)
    return [file for file in files if file.is_file()]


def project() -> dict[str, object]:
    """The [project] table of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, made as repository hosts make them."""
    headings = re.findall(r"^#+ +(.+?) *$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    found = []
    for file in tracked():
        if file == Path(__file__).resolve():
            continue
        for number, line in enumerate(file.read_bytes().decode(errors="replace").splitlines(), start=1):
            if MACHINE.search(line) or REGISTRY.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "A path of one machine, or a registry's address:\n" + "\n".join(found)


def test_requirements_hold_no_address() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in file.read_text(), file.name


def test_document_links_lead_to_files_and_headings() -> None:
    broken = []
    for document in tracked():
        if document.suffix != ".md":
            continue
        for target in LINK.findall(document.read_text()):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            aim = (document.parent / path).resolve() if path else document
            if not aim.exists() or (anchor and anchor not in anchors(aim)):
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert not broken, "These links lead nowhere:\n" + "\n".join(broken)


def test_changelog_newest_release_is_the_version_of_the_project() -> None:
    releases = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert releases[0] == project()["version"]


@pytest.mark.parametrize("lock", ["base", "dev"])
def test_lock_every_dependency_of_the_project_is_pinned_within_its_bounds(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    pins = re.findall(r"^([\w.-]+)==([^ ]+)", text, flags=re.MULTILINE)
    wanted = project()["dependencies"]
    assert isinstance(wanted, list)
    for requirement in map(Requirement, wanted):
        versions = [version for name, version in pins if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement.name} is not in requirements/{lock}.txt; run make lock"
        outside = [version for version in versions if version not in requirement.specifier]
        assert not outside, f"{requirement} is pinned to {outside} in requirements/{lock}.txt; run make lock"
