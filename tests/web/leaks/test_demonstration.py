"""The ledger of the demonstration firm as it is loaded: what was planted in it stands on top."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tragt.demo import DemoFirm
from tragt.web.accounts.models import User
from tragt.web.demonstration.actions import load
from tragt.web.jobs.worker import drain
from tragt.web.leaks.models import Judged, Rank
from tragt.web.leaks.queries import open_leaks
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db(transaction=True)


def test_planted_leak_is_the_top_row_of_what_the_demonstration_loads(
    tmp_path: Path, settings: Settings, owner: User, client_of: Callable[[User], Client]
) -> None:
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path / "home")
    load(Who.of(owner))
    drain()
    truth = DemoFirm().truth().leak
    assert truth is not None
    judged = Judged.objects.get()
    assert (judged.mistake, judged.value, judged.breakdowns) == ("", "value", ["source"])
    top = open_leaks()[0]
    assert (top.step, top.by, top.value) == (truth.step, "source", truth.source)
    assert top.leak.rate == pytest.approx(truth.leaking, abs=0.04)
    assert top.rank in (Rank.MONEY, Rank.OTHER_MONEY)
    assert top.leak.cost is not None
    assert top.leak.cost.low > 0

    client = client_of(owner)
    ledger = client.get(reverse("leaks:list")).content.decode()
    assert ledger.index(f"/leaks/{top.pk}/") < min(ledger.index(f"/leaks/{row.pk}/") for row in open_leaks()[1:])
    sentence = f"for source “{truth.source}”"
    for page in (reverse("funnel", args=[top.funnel_id]), reverse("overview"), reverse("leaks:one", args=[top.pk])):
        assert sentence in client.get(page).content.decode(), page
