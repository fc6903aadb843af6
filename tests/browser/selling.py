"""A pipeline with deals and two sellers, put into the home folder of a running server by a process of its own."""

import base64
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import Page

PASSWORD = "a long word of honour"
ANNA, BO = "anna@example.org", "bo@example.org"

_SEED = """
import django

django.setup()
from allauth.account.models import EmailAddress

from tragt.web.accounts.models import Organisation, User
from tragt.web.crm.actions import NewDeal, open_deal
from tragt.web.crm.models import LostReason, Pipeline, Stage
from tragt.web.people.models import Company
from tragt.web.shell.acting import COMMAND_LINE

Organisation.objects.create(pk=1, name="Nordlys", time_zone="Europe/Copenhagen", currency="DKK", language="en")
for email, name, role in (("anna@example.org", "Anna Holm", "owner"), ("bo@example.org", "Bo Berg", "seller")):
    user = User(email=email, name=name, role=role, language="en")
    user.set_password("a long word of honour")
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
pipeline = Pipeline.objects.create(name="Sales")
for position, name in enumerate(("Contact", "Need", "Offer", "Close")):
    asks = ["expected"] if name == "Offer" else []
    Stage.objects.create(pipeline=pipeline, name=name, position=position, rotting_days=7, required=asks)
LostReason.objects.create(name="Too dear")
company = Company.objects.create(key="arla", name="Arla")
for place, name in enumerate(("Lamps", "Desks", "Chairs", "Shelves", "Rugs", "Stools", "Tables")):
    stage = pipeline.stages.get(name="Need" if name in ("Shelves", "Stools") else "Contact")
    new = NewDeal(name, stage.pk, "DKK", value=(place + 1) * 100_000, company=company.pk)
    open_deal(new, who=COMMAND_LINE)
"""

_DAY = """
import sys

import django

django.setup()
from allauth.account.models import EmailAddress

from tragt.web.accounts.actions import create_write_key
from tragt.web.accounts.models import Organisation, User
from tragt.web.crm.actions import NewDeal, open_deal
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.models import LostReason, Pipeline, Stage
from tragt.web.shell.acting import COMMAND_LINE

language = sys.argv[1]
Organisation.objects.create(
    pk=1, name="Nordlys", time_zone="Europe/Copenhagen", currency="DKK", language=language,
    sellers_see="own", sellers_change="own",
)
users = {}
for email, name, role in (("anna@example.org", "Anna Holm", "seller"), ("chief@example.org", "Chris Holm", "owner")):
    user = users[role] = User(email=email, name=name, role=role, language=language)
    user.set_password("a long word of honour")
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
again = Pipeline.objects.create(name="Again", position=1)
Stage.objects.create(pipeline=again, name="Talk", position=0)
pipeline = Pipeline.objects.create(name="Sales", renewal=again)
for position, name in enumerate(("Contact", "Need", "Offer", "Close")):
    asks = ["expected"] if name == "Offer" else []
    Stage.objects.create(pipeline=pipeline, name=name, position=position, required=asks)
LostReason.objects.create(name="Too dear")
make_pipeline("five", who=COMMAND_LINE)
for name, role in (("Lamps", "seller"), ("Desks", "seller"), ("Hidden", "owner")):
    first = pipeline.stages.get(name="Contact").pk
    open_deal(NewDeal(name, first, "DKK", value=100_000, owner=users[role].pk), who=COMMAND_LINE)
print(create_write_key(COMMAND_LINE, "Shop", "secret").key)
"""


def seed(home: Path) -> None:
    """Put a pipeline, seven deals and two users into a home folder whose tables are made."""
    _run(home, _SEED)


def seed_day(home: Path, language: str) -> str:
    """Put what the owner made ready for a seller's day into a home folder; the secret key of the website.

    There are two pipelines, a lifecycle, two deals of the seller's and one of the owner's, and sellers see their own.
    """
    return _run(home, _DAY, language).split()[-1]


def _run(home: Path, script: str, *arguments: str) -> str:
    secret = (home / "secret").read_text().strip()
    given = {
        "TRAGT_HOME": str(home),
        "TRAGT_SECRET_KEY": secret,
        "DJANGO_SETTINGS_MODULE": "tragt.web.project.settings",
    }
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(
        command, env={**os.environ, **given}, check=True, timeout=180, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def send(address: str, key: str, *calls: dict[str, object]) -> None:
    """Send calls to the tracking API, as a website does."""
    request = urllib.request.Request(f"{address}/v1/batch", json.dumps({"batch": calls}).encode())
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def sign_in(page: Page, address: str, email: str) -> None:
    """Sign in as one of the two, and open the board."""
    page.goto(f"{address}/sign-in/?next=/pipeline/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/pipeline/*/")
