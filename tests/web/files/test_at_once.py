"""Two who add files at the same moment: together they take no more room than there is."""

import time

import pytest
from django.conf import settings

from tests.web.files.conftest import PutFile
from tests.web.racing import real_database, together
from tragt.errors import InvalidFile
from tragt.web.crm.models import Deal
from tragt.web.files import actions
from tragt.web.files.models import File
from tragt.web.files.queries import taken

__all__ = ["real_database"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("real_database")]


def test_files_added_at_once_take_no_more_than_all_may_take(
    real_database: None,  # noqa: ARG001
    put_file: PutFile,
    deal: Deal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = put_file(deal)
    File.objects.filter(pk=first.pk).update(size=settings.TRAGT.file_quota_gb * 10**9 - len(b"lamps"))

    def counted() -> int:
        found = taken()
        time.sleep(0.3)  # so that the other one counts, too, before this one is written
        return found

    monkeypatch.setattr(actions, "taken", counted)

    def add(_number: int) -> str:
        try:
            put_file(deal)
        except InvalidFile as refusal:
            return refusal.code
        return ""

    assert sorted(together(add)) == ["", "files.quota"]
    assert File.objects.count() == 2
