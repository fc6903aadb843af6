"""Figures beside those of other days or of a segment: which days these are, and how large a change is."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.http import QueryDict
from django.test import Client

from tragt import Funnel, Period
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.crm.actions.segments import save_units
from tragt.web.funnels import queries
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting.comparing import Comparison, steps_of
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.records.kinds import kind_of
from tragt.web.shell.acting import COMMAND_LINE

FUNNEL = Funnel.of("Visited", "Paid", window="7d")
FIXED = PeriodKind.FIXED


@pytest.mark.parametrize(
    ("kind", "shown", "days", "first", "last"),
    [
        (Compared.BEFORE, PeriodKind.LAST_30, ("2026-03-02", "2026-04-01"), "2026-01-31", "2026-03-01"),
        (Compared.BEFORE, PeriodKind.LAST_MONTH, ("2026-03-01", "2026-04-01"), "2026-02-01", "2026-02-28"),
        (Compared.BEFORE, PeriodKind.THIS_QUARTER, ("2026-04-01", "2026-07-01"), "2026-01-01", "2026-03-31"),
        (Compared.BEFORE, PeriodKind.THIS_YEAR, ("2026-01-01", "2027-01-01"), "2025-01-01", "2025-12-31"),
        (Compared.YEAR, FIXED, ("2024-02-29", "2024-03-02"), "2023-02-28", "2023-03-01"),
        (Compared.YEAR, PeriodKind.LAST_90, ("2026-01-01", "2026-04-01"), "2025-01-01", "2025-03-31"),
    ],
)
def test_stretch_that_figures_stand_beside_is_as_long_or_the_same_of_the_calendar(
    kind: Compared, shown: PeriodKind, days: tuple[str, str], first: str, last: str
) -> None:
    found = Comparison(kind).period(SavedPeriod(shown), Period(*days))

    assert found == SavedPeriod(FIXED, date.fromisoformat(first), date.fromisoformat(last))


def test_all_time_has_no_stretch_before_it() -> None:
    with pytest.raises(InvalidDefinition, match="no stretch before"):
        Comparison(Compared.BEFORE).period(SavedPeriod(), Period())


@pytest.mark.parametrize("given", ["", "compare=else", "compare=days&compare_from=x&compare_to=", "compare=segment"])
def test_address_that_says_nothing_of_a_comparison_leaves_the_saved_one(given: str) -> None:
    assert Comparison.read(QueryDict(given)) is None


def test_comparison_survives_its_address() -> None:
    for one in (
        Comparison(Compared.YEAR),
        Comparison(),
        Comparison(Compared.SEGMENT, segment=7),
        Comparison(Compared.DAYS, (date(2026, 1, 1), date(2026, 1, 31))),
    ):
        assert Comparison.read(QueryDict(one.query)) == one


@pytest.fixture
def saved(happened: Callable[..., None], owner: User) -> SavedFunnel:  # noqa: ARG001
    """In January four of ten pay, in February eight of ten."""
    rows = []
    for month, paid in ((1, 4), (2, 8)):
        rows += [(f"p{month}-{number}", "Visited", f"2026-0{month}-05") for number in range(10)]
        rows += [(f"p{month}-{number}", "Paid", f"2026-0{month}-06") for number in range(paid)]
    happened([*rows, ("last", "Other", "2026-03-20")])
    return save(COMMAND_LINE, FUNNEL, "Visitors", SavedPeriod(FIXED, date(2026, 2, 1), date(2026, 2, 28)))


@pytest.mark.django_db
def test_page_stands_beside_the_stretch_before_and_says_what_may_be_chance(
    saved: SavedFunnel, owner_client: Client
) -> None:
    alone = owner_client.get(f"/funnels/{saved.pk}/").content.decode()
    assert "was 40" not in alone
    assert 'stroke-dasharray="5 3"' not in alone

    page = owner_client.get(f"/funnels/{saved.pk}/?compare=before").content.decode()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")
    assert "was 40.0 %" in shown
    assert "80.0 %" in shown
    assert "+40.0 points" in shown
    assert page.count('stroke-dasharray="5 3"') == 4
    assert f'href="/funnels/{saved.pk}/steps/2/?compare=before"' in page


@pytest.mark.django_db
def test_comparison_that_cannot_be_is_explained_and_the_rest_stands(saved: SavedFunnel, owner_client: Client) -> None:
    page = owner_client.get(f"/funnels/{saved.pk}/?period=all&compare=before").content.decode()

    assert "has no stretch before it" in page
    assert "funnel-rows" in page


@pytest.mark.django_db
def test_segment_is_compared_as_a_part_with_the_rest(saved: SavedFunnel, owner_client: Client) -> None:
    members = [f"p2-{number}" for number in range(4, 10)]
    made = save_units(kind_of("person"), [f"u:{one}" for one in members], "Some", who=COMMAND_LINE)
    beside = Comparison(Compared.SEGMENT, segment=made.pk)
    whole = queries.reckoned(queries.ask(saved.funnel, saved.saved_period)).report
    part = queries.reckoned(queries.ask(beside.funnel(saved.funnel), saved.saved_period)).report
    assert [line.entered for line in part.steps] == [6, 4]

    change = steps_of(whole, part, part=True)[1].change
    assert change is not None
    assert change.difference == pytest.approx(8 / 10 - 4 / 6)
    independent = steps_of(whole, part, part=False)[1].change
    assert independent is not None
    assert change.high - change.low < independent.high - independent.low
    page = owner_client.get(f"/funnels/{saved.pk}/?compare=segment&compare_segment={made.pk}").content.decode()
    assert "there 66.7" in page


@pytest.mark.django_db
def test_whole_way_has_its_time_and_targets_are_drawn_where_they_are_set(
    happened: Callable[..., None],
    owner_client: Client,
) -> None:
    rows = [(f"p{number:02}", name, f"2026-01-{day:02}") for number in range(40) for name, day in WAY]
    happened([*rows, ("last", "Other", "2026-03-20")])
    made = save(COMMAND_LINE, Funnel.of("Visited", "Asked", "Paid", window="14d"), "Way")
    plain = owner_client.get(f"/funnels/{made.pk}/").content.decode()
    assert "in all 6 days; half of them 6 days to 6 days" in plain
    assert "; in all 6 days" in plain
    assert 'stroke-dasharray="3 3"' not in plain

    SavedFunnel.objects.filter(pk=made.pk).update(targets={"Asked": 0.5})
    aimed = owner_client.get(f"/funnels/{made.pk}/").content.decode()
    assert aimed.count('stroke-dasharray="3 3"') == 2
    assert "target 50" in aimed


WAY = (("Visited", 1), ("Asked", 3), ("Paid", 7))
