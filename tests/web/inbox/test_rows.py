"""Rows of the inbox come out as they went in, whichever the database is."""

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from tragt.web.inbox.actions import Batch, keep, settle
from tragt.web.inbox.models import Rejected
from tragt.web.inbox.queries import recent, waiting

pytestmark = pytest.mark.django_db

EVERY_BYTE = bytes(range(256))
AT = 1_790_000_000_000_000
RAW = ("key-1", True, AT, None, "203.0.113.0", "Ærø/1 \\ 'x'\t", "own", 3, EVERY_BYTE * 100)
TURNED = ("key-1", False, AT, -1, "", "type", "userId", "It's wrong.", EVERY_BYTE)


def test_delivery_is_read_as_it_was_kept() -> None:
    keep([RAW, RAW], [TURNED])
    first, second = waiting(100)
    for raw in (first, second):
        told = raw.source, raw.trusted, raw.received, raw.sent, raw.address, raw.agent, raw.mark, raw.number
        assert (*told, bytes(raw.calls)) == RAW
    assert second.pk > first.pk
    (turned,) = Rejected.objects.all()
    assert (turned.trusted, turned.sent, turned.message, bytes(turned.call)) == (False, -1, "It's wrong.", EVERY_BYTE)


def test_batch_is_read_as_it_was_settled() -> None:
    keep([RAW], [])
    settle(waiting(100), Batch(7, 3, EVERY_BYTE))
    (batch,) = recent()
    assert (batch.pk, batch.number, bytes(batch.rows)) == (7, 3, EVERY_BYTE)
    assert waiting(100) == []


def test_key_that_is_taken_is_told_as_django_tells_it() -> None:
    settle([], Batch(7, 3, EVERY_BYTE))
    with pytest.raises(IntegrityError), transaction.atomic(using=settings.INBOX):
        settle([], Batch(7, 1, b""))
    (batch,) = recent()
    assert batch.number == 3
