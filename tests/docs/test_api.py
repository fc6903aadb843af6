"""The page about the API tells what the code does."""

from tools.api_page import PAGE, page
from tragt.web.api.paging import MOST
from tragt.web.api.problems import PROBLEMS
from tragt.web.api.repeats import HEADER, LONGEST, REPLAY

TEXT = PAGE.read_text(encoding="utf-8")


def test_page_names_every_operation_with_its_least_role() -> None:
    assert page(TEXT) == TEXT, "Run python -m tools.api_page."


def test_page_tells_every_status_of_a_problem() -> None:
    assert not [status for status, meaning in PROBLEMS.items() if f"| {status} | {meaning} |" not in TEXT]


def test_page_tells_headers_and_limits() -> None:
    words = " ".join(TEXT.split())
    said = (f"`{HEADER}`", f"`{REPLAY}: true`", f"at most {LONGEST} signs", f"{MOST} at most", "8 MiB")
    assert not [one for one in said if one not in words]
