"""A list of networks brought by the command, as a job of the machine does it every week."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_application import SECONDS, said_by, tragt

pytestmark = pytest.mark.long


def test_networks_command_keeps_a_list_and_replaces_it(tmp_path: Path, make_home: Callable[[Path], Path]) -> None:
    home, file = make_home(tmp_path / "home"), tmp_path / "list.txt"
    file.write_text("203.0.113.0/24\nnone\n")
    said = said_by("networks", "Cloud", str(file), "--home", str(home))
    assert "Networks kept as 'Cloud': 1." in said
    assert "Not taken, 2: none" in said
    with tragt("networks", "Cloud", "-", "--home", str(home)) as process:
        said = process.communicate(
            '{"prefixes": [{"ipv4Prefix": "192.0.2.0/25"}, "198.51.100.0/24"]}', timeout=SECONDS
        )[0]
    assert "Networks kept as 'Cloud': 2." in said
    refused = said_by("networks", " ", str(file), "--home", str(home))
    assert refused.splitlines()[-1].startswith("tragt: A list of networks has a name of 1 to 100 characters")
    refused = said_by("networks", "Cloud", "/dev/null", "--home", str(home))
    assert refused.splitlines()[-1].startswith("tragt: No network stands here.")
