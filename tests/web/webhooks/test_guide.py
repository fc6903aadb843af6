"""What the guide says of verifying is true."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.web.webhooks.conftest import Made, OpenDeal, Receiver
from tragt.web.webhooks.actions.sending import send_due
from tragt.web.webhooks.messages import CHOICES

pytestmark = pytest.mark.django_db

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "webhooks.md").read_text()


def code(language: str) -> str:
    found = re.search(rf"```{language}\n(.+?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def sent(hook: Callable[..., Made], receiver: Receiver, make_deal: OpenDeal) -> tuple[str, dict[str, str], bytes]:
    made = hook("deal.created")
    make_deal("Need", name="Lampe på skrå")
    send_due()
    came = receiver.came[0]
    return made.secret, came.headers, came.body


def test_python_of_the_guide_takes_what_is_sent_and_nothing_else(sent: tuple[str, dict[str, str], bytes]) -> None:
    known: dict[str, Any] = {}
    exec(compile(code("python"), "guide", "exec"), known)
    verified, (secret, headers, body) = known["verified"], sent
    assert verified(secret, headers, body)
    assert not verified("whsec_" + "A" * 44, headers, body)
    assert not verified(secret, headers, body + b" ")
    assert not verified(secret, {**headers, "webhook-id": "msg_other"}, body)
    assert not verified(secret, {}, body)
    with time_machine.travel(int(headers["webhook-timestamp"]) + 400):
        assert not verified(secret, headers, body)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
def test_node_of_the_guide_takes_what_is_sent_and_nothing_else(
    sent: tuple[str, dict[str, str], bytes], tmp_path: Path
) -> None:
    secret, headers, body = sent
    given = json.dumps([secret, headers, body.decode()])
    asked = (
        f"const [secret, headers, body] = {given};"
        "console.log(verified(secret, headers, Buffer.from(body)), verified(secret, headers, Buffer.from(body + ' ')),"
        "verified('whsec_AAAA', headers, Buffer.from(body)), verified(secret, {}, Buffer.from(body)));"
    )
    file = tmp_path / "guide.mjs"
    file.write_text(code("javascript") + asked)
    said = subprocess.run(["node", str(file)], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["true", "false", "false", "false"]


def test_guide_names_every_type() -> None:
    named = set(re.findall(r"`((?:deal|person|company|activity)\.[a-z_]+)`", GUIDE))
    assert named == {value for value, _label in CHOICES}
