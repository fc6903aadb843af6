"""The page about the tracking API tells what the code does."""

from pathlib import Path

from tragt.events.tracking import NAMES, RESERVED, Kind
from tragt.events.tracking.bodies import MOST_CALLS, PATHS
from tragt.web.collect import robots
from tragt.web.collect.limits import PUBLIC

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/tracking.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_page_names_every_path_kind_and_reserved_name() -> None:
    paths = [path for path in PATHS if len(path) > len("/v1/x")]
    said = [*paths, *Kind, *NAMES.values(), *RESERVED]
    assert not [word for word in said if word not in WORDS]


def test_page_tells_the_limits() -> None:
    assert f"{MOST_CALLS:,} calls" in WORDS
    assert f"at most {PUBLIC.rate} calls a second" in WORDS
    assert f"{int(PUBLIC.burst):,} at once" in WORDS


def test_page_tells_by_what_a_robot_is_known() -> None:
    fast = f"| {robots.HURRIED} | more than {robots.MOST} pages"
    soon = f"of one anonymous id within {robots.WITHIN_SECONDS} seconds"
    even = f"| {robots.EVEN} | {robots.STEADY} pages or more of one anonymous id"
    assert all(said in WORDS for said in (f"{fast} {soon}", even))
