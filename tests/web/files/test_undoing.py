"""Undoing an import leaves the records on which people put files since."""

import polars as pl
import pytest

from tests.web.crm.test_learning import LIFE, learn
from tests.web.files.conftest import PutFile
from tragt.web.crm.actions.learning import undo_deals
from tragt.web.crm.models import Deal
from tragt.web.files.actions import purge, remove_file
from tragt.web.files.models import File
from tragt.web.files.store import path_of
from tragt.web.people.actions import learn_people, undo_learning
from tragt.web.people.actions.folding import refold
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_undoing_an_import_of_deals_leaves_those_with_files(put_file: PutFile) -> None:
    learn(LIFE)
    signed, other = Deal.objects.order_by("key")
    removed = remove_file(put_file(signed, "contract.pdf").pk, who=COMMAND_LINE)
    undo_deals(cause="import:1", who=COMMAND_LINE)
    assert list(Deal.objects.values_list("key", flat=True)) == [signed.key]
    assert not Deal.objects.filter(pk=other.pk).exists()
    purge()
    assert path_of(removed.place).is_file(), "it can be put back for a day"


def test_undoing_an_import_of_persons_leaves_those_with_files_as_they_are(put_file: PutFile) -> None:
    names = {"u:1": "Ada Holm", "u:2": "Bo Berg"}
    learn_people(pl.DataFrame({"actor": list(names), "name": list(names.values())}), cause="import:1", who=SYSTEM)
    ada = Person.objects.get(name="Ada Holm")
    put_file(ada, "contract.pdf")
    undone = undo_learning(cause="import:1", who=SYSTEM)
    refold([ada.pk])
    assert (undone.removed, list(Person.objects.values_list("name", flat=True))) == (1, ["Ada Holm"])
    purge()
    assert path_of(File.objects.get().place).is_file()
