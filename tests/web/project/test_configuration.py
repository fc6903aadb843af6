from pathlib import Path

import pytest

from tragt.errors import InvalidSetting
from tragt.web.project.configuration import FILE, load


def written(home: Path, text: str) -> dict[str, str]:
    (home / FILE).write_text(text, encoding="utf-8")
    return {"TRAGT_HOME": str(home)}


def test_load_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    given = written(tmp_path, 'port = 8080\nlanguage = "da"\n')
    read = load({**given, "TRAGT_PORT": "9090", "OTHER_PORT": "1"})
    assert (read.port, read.language, read.workers) == (9090, "da", 1)


def test_load_home_alone_gives_database_lake_and_address(tmp_path: Path) -> None:
    read = load({"TRAGT_HOME": str(tmp_path)})
    assert read.database == f"sqlite:///{tmp_path / 'tragt.sqlite3'}"
    assert read.lake == tmp_path / "lake"
    assert read.public_address == "http://localhost:8000"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRAGT_PRT", "1", "Did you mean TRAGT_PORT?"),
        ("TRAGT_PORT", "many", "TRAGT_PORT is 'many'"),
        ("TRAGT_PORT", "70000", "<= 65535"),
        ("TRAGT_LANGUAGE", "fr", "Invalid enum value 'fr'"),
        ("TRAGT_ADDRESS", "tragt.example.org", "Address by which people reach the pages"),
        ("TRAGT_WORKERS", "0", ">= 1"),
        ("TRAGT_OIDC_URL", "http://id.example.org", "with https unless it is on this machine"),
        ("TRAGT_DATABASE_URL", "mysql://tragt@localhost/tragt", "SQLite or PostgreSQL"),
    ],
)
def test_load_wrong_setting_says_what_was_given_and_what_is_allowed(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(InvalidSetting, match=said.replace("?", r"\?")):
        load({"TRAGT_HOME": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = ", "is not valid TOML"),
        ('home = "/elsewhere"', "names a home folder"),
        ("prot = 1", "Did you mean port?"),
        ('port = "x"', "TRAGT_PORT is 'x'"),
        ("mail_url = 7", "TRAGT_MAIL_URL is its value"),
    ],
)
def test_load_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidSetting, match=said.replace("?", r"\?")):
        load(written(tmp_path, text))
