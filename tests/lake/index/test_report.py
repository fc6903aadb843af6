"""The report on an index, whatever happened since it was built, is the report on the events as they are."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.index.making import ZONE, Known, filled, made
from tests.lake.index.test_changes import SEEDS, Firm
from tragt import Breakdown, Funnel, Period
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Question
from tragt.funnel.run import report_on
from tragt.funnel.selection import properties_of
from tragt.lake.index import Index, Kind

AS_OF = 1_707_000_000_000

FUNNELS = st.sampled_from(
    [
        Funnel(["Visit", "Cart", "Call"], window="2d"),
        Funnel(["Visit", "Cart|Call"], window="1d", count="every", exclude="Deal Won"),
        Funnel(["Visit", "Visit", "Cart"], window=None, hold="channel", own=True, robots=True),
        Funnel(["Visit", "Cart"], window="session"),
        Funnel(["Visit", "Deal Created", "Deal Won"], window="4d", order="adjacent", lost="Call"),
        Funnel(["Visit", "Cart", "Call"], window="3d", order="any", tolerance="1h"),
    ]
)
PLACES = st.sampled_from(["entry", "last_touch", "any"])


@pytest.mark.soak
@given(seed=SEEDS, kind=st.sampled_from(list(Kind)), funnel=FUNNELS, at=PLACES)
@settings(max_examples=max(settings().max_examples // 4, 2))
def test_report_on_an_index_is_that_on_the_events(
    tmp_path_factory: pytest.TempPathFactory, seed: int, kind: Kind, funnel: Funnel, at: str
) -> None:
    random = Random(seed)
    folder = tmp_path_factory.mktemp("firm")
    lake = filled(folder / "lake", made(random, 150), made(random, 40, 1000))
    firm = Firm(random, lake, Index(folder / "index", lake, kind, ZONE), kind, Known.made(random))
    firm.build()
    for _ in range(2):
        firm.act()
    question = Question(funnel, AS_OF, Period(), ZONE, Breakdown("channel", at=at))
    in_sessions = funnel.window == "session"
    whole = firm.known.truth(lake, kind, in_sessions=in_sessions)

    log = firm.index.read(firm.known.assignment(kind), properties=sorted(properties_of(question)), sessions=in_sessions)

    assert report_on(question, log) == report_on(question, Layered(FrameSource(whole, ZONE)))
