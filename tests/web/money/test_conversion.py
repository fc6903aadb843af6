"""Amounts in another currency: exact, by the rate of the day or of the week before it, and else with a reason."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import queries
from tragt.errors import NotAllowed
from tragt.events import read
from tragt.funnel import Funnel, run
from tragt.funnel.run import Context
from tragt.funnel.value import Value
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.money.actions import keep_rates
from tragt.web.money.conversion import Part, Reason, Total, Unconverted, added_up
from tragt.web.money.models import DayRates
from tragt.web.money.queries import rates_into, standings, totals
from tragt.web.money.rates_file import Given
from tragt.web.shell.acting import COMMAND_LINE, Who

FIRST = date(1999, 1, 4)
ECB = {"USD": "1.1789", "JPY": "133.73", "DKK": "7.4501", "GBP": "0.7111", "CHF": "1.6168", "SEK": "9.4696"}
"""Euro foreign exchange reference rates of 4 January 1999, the first that the European Central Bank published."""


@pytest.fixture
def rates(organisation: Organisation) -> None:  # noqa: ARG001 - DKK is its currency
    """The Bank's rates of a day."""
    keep_rates(COMMAND_LINE, [Given(FIRST, code, Decimal(rate)) for code, rate in ECB.items()])


pytestmark = pytest.mark.django_db


def total(parts: list[Part], into: str = "") -> Total:
    """One sum."""
    return totals([parts], into)[0]


@pytest.mark.usefixtures("rates")
@pytest.mark.parametrize(
    ("minor", "currency", "into", "expected"),
    [
        (10_000, "EUR", "DKK", 74_501),
        (10_000, "usd", "DKK", 63_195),  # 100 / 1.1789 × 7.4501 = 631.9535…
        (10_000, "JPY", "DKK", 55_710),  # a yen has no minor units: 10,000 / 133.73 × 7.4501 × 100 = 55,709.9…
        (10_000, "DKK", "JPY", 1_795),  # 100 / 7.4501 × 133.73 = 1,795.0095…
        (-10_000, "GBP", "EUR", -14_063),
        (10_000, "DKK", "DKK", 10_000),
    ],
)
def test_amount_reference_rates_of_the_ecb_of_4_january_1999(
    minor: int, currency: str, into: str, expected: int
) -> None:
    assert total([Part(minor, currency, FIRST)], into).minor == expected


@pytest.mark.usefixtures("rates")
@pytest.mark.parametrize(("days", "found"), [(-1, False), (0, True), (7, True), (8, False)])
def test_amount_takes_the_latest_rate_of_the_week_before_and_none_else(days: int, found: bool) -> None:
    got = total([Part(100, "USD", FIRST + timedelta(days=days))])
    left = () if found else (Unconverted("USD", 100, 1, Reason.NO_RATE),)
    assert (got.minor, got.left_out) == (632 if found else None, left)


@pytest.mark.usefixtures("rates")
def test_amount_without_currency_or_of_one_without_rates_says_why() -> None:
    assert total([Part(100, "", FIRST)]).left_out == (Unconverted("", 100, 1, Reason.NO_CURRENCY),)
    assert total([Part(100, "NOK", FIRST)]).left_out == (Unconverted("NOK", 100, 1, Reason.NO_RATE),)
    assert total([Part(100, "NOK", FIRST)], "NOK").minor == 100, "it is worth itself"


@pytest.mark.usefixtures("rates")
def test_total_says_what_it_leaves_out_and_sums_each_currency() -> None:
    parts = [
        Part(10_000, "EUR", FIRST, 3),
        Part(500, "DKK", FIRST),
        Part(700, "DKK", FIRST + timedelta(days=300)),
        Part(900, "NOK", FIRST, 2),
        Part(1_000, "EUR", FIRST + timedelta(days=100), 4),
    ]
    found = total(parts)
    assert (found.minor, found.currency, found.number) == (74_501 + 500 + 700, "DKK", 5)
    assert found.by_currency == (("DKK", 1_200), ("EUR", 11_000), ("NOK", 900))
    assert found.left_out == (
        Unconverted("EUR", 1_000, 4, Reason.NO_RATE),
        Unconverted("NOK", 900, 2, Reason.NO_RATE),
    )
    assert total([Part(900, "NOK", FIRST)]).minor is None, "nothing is known of it, which is not 0"
    assert total([]).minor == 0


CODES = ("EUR", "DKK", "JPY", "KWD", "USD")
PARTS = st.lists(
    st.builds(
        Part,
        st.integers(-(10**12), 10**12),
        st.sampled_from(CODES),
        st.dates(FIRST, FIRST + timedelta(days=30)),
    ),
    max_size=20,
)
TABLES = st.dictionaries(
    st.tuples(st.sampled_from(CODES[1:]), st.dates(FIRST, FIRST + timedelta(days=30))),
    st.decimals("0.0001", "99999", places=4),
    max_size=20,
)


@given(PARTS, TABLES, st.sampled_from(CODES))
def test_total_is_the_exact_sum_of_fractions_rounded_once(
    parts: list[Part], table: dict[tuple[str, date], Decimal], into: str
) -> None:
    rows = [(code, day, str(rate)) for (code, day), rate in table.items()]
    (found,) = added_up([parts], into, rows)

    def rate_of(code: str, day: date) -> Fraction | None:
        days = [day - timedelta(days=back) for back in range(8)]
        every = [Fraction(table[code, one]) for one in days if (code, one) in table]
        return Fraction(1) if code == "EUR" else next(iter(every), None)

    exact, left = Fraction(0), 0
    for part in parts:
        own, other = rate_of(part.currency, part.day), rate_of(into, part.day)
        places = get_currency_precision(into) - get_currency_precision(part.currency)
        if part.currency == into:
            exact += part.minor
        elif own is None or other is None:
            left += 1
        else:
            exact += part.minor * other / own * Fraction(10) ** places
    assert sum(one.number for one in found.left_out) == left
    assert found.minor is None if parts and left == len(parts) else found.minor == round(exact)


@pytest.mark.usefixtures("rates")
def test_rates_stay_when_the_organisation_changes_its_currency() -> None:
    Organisation.objects.update(currency="SEK")
    assert total([Part(10_000, "DKK", FIRST)]).minor == round(Fraction("9.4696") / Fraction("7.4501") * 10_000)


@pytest.mark.usefixtures("rates")
def test_rates_for_funnels_end_where_there_were_none_for_more_than_a_week() -> None:
    later = FIRST + timedelta(days=20)
    keep_rates(COMMAND_LINE, [Given(later, "USD", Decimal(2)), Given(later, "DKK", Decimal("7.5"))])
    usd = rates_into().filter(pl.col("currency") == "USD")
    ends = [(FIRST + timedelta(days=8), None), (later + timedelta(days=8), None)]
    assert [row for row in usd.select("day", "rate").iter_rows() if row[1] is None] == ends
    assert dict(usd.select("day", "rate").iter_rows())[later] == 3.75
    assert rates_into().filter(pl.col("currency") == "EUR")["rate"].to_list()[0] == 7.4501
    assert rates_into().filter(pl.col("currency") == "DKK").is_empty()
    assert not rates_into().select(pl.struct("currency", "day").is_duplicated().any()).item()


@pytest.mark.usefixtures("rates")
def test_rates_are_taken_by_the_library_as_they_are() -> None:
    sales = [("a", 100.0, "EUR", 5), ("b", 100.0, "DKK", 6), ("c", 1000.0, "JPY", 7), ("d", 100.0, "USD", 30)]
    rows = {
        "person": [who for who, *_ in sales] * 2,
        "event": ["Visited"] * 4 + ["Paid"] * 4,
        "time": ["1999-01-04T09:00:00Z"] * 4 + [f"1999-01-{day:02}T10:00:00Z" for *_, day in sales],
        "amount": [None] * 4 + [amount for _, amount, *_ in sales],
        "currency": [None] * 4 + [code for _, _, code, _ in sales],
    }
    value = Value("amount", "currency", "DKK", rates_into("DKK"))
    log = read(rows, properties=["amount", "currency"])
    paid = run(Funnel.of("Visited", "Paid"), log, context=Context(value=value)).steps[1].value_passed
    assert paid is not None
    assert (paid.attempts, paid.missing) == (3, 1), "the dollars have no rate at the end of the month"
    assert paid.total == pytest.approx(745.01 + 100 + 1000 / 133.73 * 7.4501)


@pytest.mark.usefixtures("rates")
def test_keeping_the_same_rates_again_changes_nothing_and_others_give_way() -> None:
    rates = [Given(FIRST, "USD", Decimal("1.17890")), Given(FIRST, "NOK", Decimal("8.855"))]
    assert keep_rates(COMMAND_LINE, rates) == 1
    assert DayRates.objects.get().per_euro == {**ECB, "NOK": "8.855"}


def test_keeping_rates_without_the_permission_is_refused(make_user: Callable[..., User]) -> None:
    with pytest.raises(NotAllowed):
        keep_rates(Who.of(make_user(Role.SELLER)), [Given(FIRST, "USD", Decimal(1))])
    assert not DayRates.objects.exists()


@pytest.mark.usefixtures("rates")
def test_standing_of_a_currency_tells_its_gaps_and_whether_it_counts_today() -> None:
    keep_rates(COMMAND_LINE, [Given(FIRST + timedelta(days=days), "USD", Decimal(2)) for days in (7, 15, 40)])
    (usd,) = [one for one in standings(FIRST + timedelta(days=47)) if one.currency == "USD"]
    assert (usd.oldest, usd.newest, usd.gaps, usd.in_force) == (FIRST, FIRST + timedelta(days=40), 2, True)
    assert not any(one.in_force for one in standings(FIRST + timedelta(days=48)))


@pytest.mark.usefixtures("rates")
def test_conversion_asks_the_database_once_however_many_amounts_there_are() -> None:
    parts = [Part(number, code, FIRST + timedelta(days=number)) for number in range(50) for code in CODES]
    assert queries(lambda: totals([parts, parts], "DKK")) == 1
