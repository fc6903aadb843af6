"""Whatever is typed, it is either told as wrong or makes calls that the tracking API takes."""

from datetime import UTC, datetime

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.webforms.conftest import FIELDS
from tragt.events.tracking.bodies import BATCH, Body, read
from tragt.web.webforms import calls
from tragt.web.webforms.answers import read_answers
from tragt.web.webforms.definition import Definition, keyed
from tragt.web.webforms.published import Published
from tragt.web.webforms.sent import Sent
from tragt.web.webforms.visit import Visit

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASKED = keyed(Definition(title="Demo", fields=FIELDS))
KEYS = [field.key for field in ASKED.fields]
FORM = Published(1, "abc", "Demo", open=True, origins=(), wording=1, number=1, definition=ASKED, firm="Nordlys")

# Halves of characters too: a client may send what no browser does.
LETTERS = st.characters()
TYPED = st.dictionaries(st.sampled_from(KEYS), st.text(LETTERS, max_size=400))
WELL = st.fixed_dictionaries({"email": st.just("a@example.org"), "message": st.text(LETTERS, max_size=400)})


def bodies(sent: Sent) -> list[object]:
    """What the tracking API says of the calls of a submission."""
    told = (
        (calls.submitted(sent) + calls.confirmed(sent), True),
        (calls.agreed(sent) + calls.withdrew(sent, AT), False),
    )
    return [
        read(msgspec.json.encode({"batch": some}), BATCH, trusted=trusted, received=AT)
        for some, trusted in told
        if some
    ]


@given(TYPED | WELL)
@example({"email": "a@example.org", "phone": "+45\u00a033\u201312 34 56", "name": "\u202ex\u200b"})
@example({"email": "a@example.org", "message": "\ud800 half, \x00 none, \x1b[0m, \U0001f600"})
@example({"email": "å@" + "ø" * 60 + ".dk"})
def test_answers_whatever_is_typed_are_wrong_or_make_calls_that_are_taken(typed: dict[str, str]) -> None:
    found = read_answers(ASKED, typed.get, "DK")
    assert set(found.values) | set(found.wrong) <= set(KEYS)
    if found.wrong:
        return
    for body in bodies(Sent(FORM, "k" * 64, found.values, Visit(), AT, AT)):
        assert isinstance(body, Body), body
        assert not body.turned
        assert body.number > 0


@given(st.text(LETTERS, max_size=60))
def test_email_that_is_taken_stays_as_it_is_when_it_is_typed_again(typed: str) -> None:
    once = read_answers(ASKED, {"email": typed}.get)
    if not once.wrong:
        again = read_answers(ASKED, {"email": str(once.values["email"])}.get)
        assert again.values["email"] == once.values["email"]
