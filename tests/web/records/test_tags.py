"""Tags that several make at once."""

import pytest

from tragt.web.records.actions import tags
from tragt.web.records.models import Tag

pytestmark = pytest.mark.django_db


def test_tag_that_another_request_made_meanwhile_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Tag.objects.create(name="VIP")
    known = tags._by_name
    seen: list[dict[str, Tag]] = [{}]
    monkeypatch.setattr(tags, "_by_name", lambda: seen.pop() if seen else known())
    assert tags.tag_named("VIP") == theirs
