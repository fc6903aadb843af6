"""The page about the tracking API tells what the code does."""

from pathlib import Path

from tragt.events.tracking import NAMES, RESERVED, Kind
from tragt.events.tracking.bodies import MOST_CALLS, PATHS
from tragt.web.collect.asgi import PUBLIC_LIMIT

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/tracking.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_page_names_every_path_kind_and_reserved_name() -> None:
    paths = [path for path in PATHS if len(path) > len("/v1/x")]
    said = [*paths, *Kind, *NAMES.values(), *RESERVED]
    assert not [word for word in said if word not in WORDS]


def test_page_tells_the_limits() -> None:
    assert f"{MOST_CALLS:,} calls" in WORDS
    assert f"at most {PUBLIC_LIMIT.rate} calls a second" in WORDS
    assert f"{int(PUBLIC_LIMIT.burst):,} at once" in WORDS
