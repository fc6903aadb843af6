"""Somebody who sells while a backup is taken: moves deals, saves persons, adds files, through the REST API.

Each request that was answered counts; what is asked of a restored home is that it holds all of it that was answered
before the backup began, and each thing whole.
"""

import itertools
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FOUND", "SEED", "Seller", "at_work"]

SEED = """
import json
from tragt.cli.application import enter
enter()
from tragt.web.accounts.models import ApiKey, Organisation, User
from tragt.web.accounts.tokens import digest, new_key
from tragt.web.crm.actions import NewDeal, open_deal
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.shell.acting import COMMAND_LINE

Organisation.objects.create(pk=1, name="Nordlys", time_zone="Europe/Copenhagen", currency="DKK", language="en")
owner = User.objects.create(email="owner@example.org", name="Ada", role="owner")
key, prefix = new_key("api")
ApiKey.objects.create(user=owner, name="program", role="owner", prefix=prefix, digest=digest(key))
pipeline = Pipeline.objects.create(name="Sales")
stages = [Stage.objects.create(pipeline=pipeline, name=name, position=at).pk for at, name in enumerate("ABC")]
deals = [open_deal(NewDeal(f"Deal {n}", stages[0], "DKK"), who=COMMAND_LINE).pk for n in range(4)]
print(json.dumps({"key": key, "stages": stages, "deals": deals}))
"""
"""Makes a firm in a home, and says its key, stages and deals."""

FOUND = """
import json
from hashlib import sha256
from tragt.cli.application import enter
enter()
from django.apps import apps
from tragt.web.crm.models import Deal, Move
from tragt.web.files.models import File
from tragt.web.files.store import path_of
from tragt.web.people.models import Person

tables = {
    model._meta.db_table: model.objects.count()
    for name in ("tragt_crm", "tragt_people", "tragt_files", "tragt_records")
    for model in apps.get_app_config(name).get_models(include_auto_created=True)
}
print(json.dumps({
    "tables": tables,
    "deals": [[one.pk, one.key, one.version, one.stage_id] for one in Deal.objects.order_by("pk")],
    "moves": [[one.deal_id, one.origin_id, one.stage_id, one.left is None] for one in Move.objects.order_by("pk")],
    "persons": list(Person.objects.exclude(email="").values_list("email", flat=True)),
    "files": [
        [one.name, one.size, path_of(one.place).stat().st_size, path_of(one.place).read_text()]
        for one in File.objects.all()
    ],
}))
"""
"""Says what of selling a home holds; each file as its bytes are."""


@dataclass
class Seller:
    """Somebody who works through the API, one request after another.

    Attributes:
        address: Of the API.
        key: What they sign in with.
        stages: Keys of the stages of the pipeline.
        deals: Keys of the deals; they have nobody else who moves them.
        moves: By deal, how many moves were answered.
        persons: The addresses of persons that were made.
        files: What the files that were added hold, by their names.
    """

    address: str
    key: str
    stages: list[int]
    deals: list[int]
    moves: dict[int, int] = field(default_factory=dict)
    persons: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    def once(self) -> None:
        """Move a deal, save a person, add a file."""
        self.rounds += 1
        deal = self.deals[self.rounds % len(self.deals)]
        now = self.ask("GET", f"/deals/{deal}")
        to = next(one for one in self.stages if one != now["stage"])
        self.ask("POST", f"/deals/{deal}/move", {"stage": to})
        self.moves[deal] = self.moves.get(deal, 0) + 1
        email = f"p{self.rounds}@nordlys.dk"
        self.ask("POST", "/persons", {"email": email, "name": f"Person {self.rounds}"})
        self.persons.append(email)
        name, text = f"offer {self.rounds}.txt", f"{self.rounds} lamps\n" * 2000
        self.add(deal, name, text)
        self.files[name] = text

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What is answered, which must be that it was done."""
        data = None if body is None else json.dumps(body).encode()
        return self._sent(method, path, data, "application/json")

    def add(self, deal: int, name: str, text: str) -> None:
        """Put a file on a deal."""
        parts = {"kind": "deal", "key": str(deal)}
        said = [f'--x\r\nContent-Disposition: form-data; name="{one}"\r\n\r\n{parts[one]}\r\n' for one in parts]
        head = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
        )
        self._sent(
            "POST",
            "/files",
            ("".join(said) + head + text + "\r\n--x--\r\n").encode(),
            "multipart/form-data; boundary=x",
        )

    def _sent(self, method: str, path: str, data: bytes | None, media: str) -> Any:
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data, method=method)
        request.add_header("Authorization", f"Bearer {self.key}")
        request.add_header("Content-Type", media)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{method} {path}: {refused.code} {refused.read()[:500]!r}") from None

    def so_far(self) -> tuple[dict[int, int], list[str], list[str]]:
        """What was answered until now: moves by deal, persons, files."""
        return dict(self.moves), list(self.persons), list(self.files)


@contextmanager
def at_work(seller: Seller) -> Iterator[Callable[[int], None]]:
    """Let a seller work meanwhile; gives what waits until so many more rounds are done."""
    stop, failed = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            while not stop.is_set():
                seller.once()
        except BaseException as failure:  # noqa: BLE001 - raised below
            failed.append(failure)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()

    def goes_on(rounds: int) -> None:
        until = seller.rounds + rounds
        for _ in itertools.takewhile(lambda _: seller.rounds < until and not failed, itertools.count()):
            stop.wait(0.02)

    try:
        yield goes_on
    finally:
        stop.set()
        thread.join(180)
    if failed:
        raise failed[0]
