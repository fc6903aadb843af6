"""Which clicks in e-mails are a scanner's."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.collect.clicks import Clicks
from tragt.web.collect.robots import human

START = datetime(2026, 3, 1, tzinfo=UTC)
CLICK, ARRIVED = "Email Link Clicked", "Email Delivered"

SECONDS = st.integers(0, 60_000).map(lambda thousandths: thousandths / 1000)
CLICKS = st.lists(st.tuples(SECONDS, st.sampled_from("abcd"), st.sampled_from("xy")), max_size=12)


def event(name: str, second: float, actor: str = "u:1", source: str = "key-1", **told: Any) -> dict[str, object]:
    time = START + timedelta(seconds=second)
    properties = json.dumps({"email_id": "m", **told})
    return {"name": name, "time": time, "received": time, "actor": actor, "source": source, "properties": properties}


def clicks(*seconds: float, **told: Any) -> list[dict[str, object]]:
    """Clicks on links that differ, each at its second."""
    return [event(CLICK, second, **{"link_id": number, **told}) for number, second in enumerate(seconds)]


def scanned(*events: dict[str, object], by: Clicks | None = None) -> list[bool]:
    return (by or Clicks()).scanned(pl.DataFrame(list(events))).to_list()


def test_three_links_of_one_message_within_ten_seconds_are_a_scan() -> None:
    assert scanned(*clicks(0, 5, 10)) == [True] * 3
    assert scanned(*clicks(0, 5, 10.001)) == [False] * 3
    assert scanned(*clicks(0, 5, 10, 15.001, 90)) == [True] * 3 + [False] * 2
    assert scanned(*clicks(0, 5, 10, link_id=7)) == [False] * 3, "one link, clicked again"
    others = [event(CLICK, 1, actor="u:2", link_id=8), event(CLICK, 2, source="key-2", link_id=9)]
    assert scanned(*clicks(0, 5), *others, event(CLICK, 3, email_id="n", link_id=9)) == [False] * 5


def test_two_links_in_less_than_a_second_are_a_scan() -> None:
    assert scanned(*clicks(0, 0.9, 50)) == [True, True, False]
    assert scanned(*clicks(0, 0)) == [True, True]
    assert scanned(*clicks(0, 1)) == [False, False]


def test_click_as_soon_as_the_message_was_delivered_is_a_scan() -> None:
    delivered = event(ARRIVED, 100)
    assert scanned(delivered, *clicks(98, 102, 102.1, link_id=7)) == [False, True, True, False]
    assert scanned(*clicks(101), event(ARRIVED, 100, email_id="n")) == [False, False]
    assert scanned(*clicks(101), event(ARRIVED, 100, actor="u:2")) == [False, False]


def test_names_of_properties_and_events_may_be_others() -> None:
    for message, link in (("message_id", "link_url"), ("campaignId", "url"), ("emailId", "link")):
        told: list[dict[str, Any]] = [{"email_id": None, message: 5, link: f"/{one}"} for one in "abc"]
        assert scanned(*(event("Email Clicked", second, **one) for second, one in enumerate(told))) == [True] * 3
    assert scanned(*(event("Product Clicked", 0, link_id=one) for one in "abc")) == [False] * 3
    assert scanned(*(event(CLICK, 0, link_id=None) for _ in "abc")) == [False] * 3, "which links is not known"


def test_scan_is_seen_that_comes_in_several_batches_for_what_comes_then() -> None:
    by = Clicks()
    first, second, third, fourth = clicks(0, 3, 6, 9)
    assert scanned(first, second, by=by) == [False, False]
    assert scanned(event("Page Viewed", 4), by=by) == [False]
    assert scanned(third, by=by) == [True]
    assert scanned(fourth, event("Page Viewed", 9), by=by) == [True, False]
    late = {**event(CLICK, 9.5, link_id="late"), "received": START + timedelta(minutes=20)}
    assert scanned(late, by=by) == [True]
    assert scanned({**late, "properties": json.dumps({"email_id": "m", "link_id": "b"})}, by=by) == [True]
    assert scanned(event(CLICK, 5_000, link_id=1), by=by) == [False]


@given(found=CLICKS, cut=st.integers(0, 6))
def test_scans_are_those_of_the_definition(found: list[tuple[float, str, str]], cut: int) -> None:
    """Reference: every stretch of time that begins with a click, looked at one after another."""
    events = [event(CLICK, second, email_id=message, link_id=link) for second, link, message in found]

    def within(most: float, number: int) -> set[int]:
        marked: set[int] = set()
        for second, _, message in found:
            window = [
                place
                for place, (other, _, theirs) in enumerate(found)
                if theirs == message and 0 <= round(other - second, 3) <= most
            ]
            if len({found[place][1] for place in window}) >= number:
                marked.update(window)
        return marked

    expected = within(10, 3) | within(0.999, 2)
    by = Clicks()
    told = [one for part in (events[:cut], events[cut:]) if part for one in scanned(*part, by=by)]
    assert told[cut:] == [place in expected for place in range(cut, len(found))]
    assert {place for place, one in enumerate(told) if one} <= expected


def test_least_that_speaks_against_a_human_counts() -> None:
    rows = pl.DataFrame(clicks(0, 1, 2, 90)).with_columns(
        agent=pl.Series(["Googlebot/2.1", None, None, None]), mark=pl.Series([None, "machine", None, "machine"])
    )
    assert human(rows, (), Clicks().scanned(rows)).to_list() == [0.0, 0.1, 0.1, 0.3]
