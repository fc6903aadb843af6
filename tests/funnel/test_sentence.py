"""The definition and the finding in plain words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.funnel.reports import AS_OF, WEB, report, with_optional, young
from tragt.errors import InvalidDefinition
from tragt.funnel.condition import AllOf, AnyOf, Compare, Member
from tragt.funnel.definition import Count, Funnel
from tragt.funnel.question import Period
from tragt.funnel.sentence import finding, sentence
from tragt.funnel.steps import Exclude, Match, Step
from tragt.funnel.words import LANGUAGES, words

FUNNEL = Funnel.of("Visited", "Signed Up", "Paid", window="14d")
AUTUMN = Period(date(2026, 8, 1), date(2026, 11, 1))
GAP = "\N{NARROW NO-BREAK SPACE}"


def test_sentence_in_english_restates_the_definition() -> None:
    assert sentence(FUNNEL, period=AUTUMN) == (
        "Of the people who reached “Visited” from 1 Aug to 31 Oct 2026, how many went on to “Signed Up”, "
        "then “Paid”, all within 14 days of the first? Each person counts once, with the attempt that came furthest."
    )


def test_sentence_in_danish_restates_the_definition() -> None:
    assert sentence(FUNNEL, "da", period=AUTUMN) == (
        "Hvor mange af de personer, der nåede »Visited« fra 1. aug. til og med 31. okt. 2026, gik videre til "
        "»Signed Up«, derefter »Paid«, inden for 14 dage efter første trin? "
        "Hver person tæller én gang, med det forsøg, der nåede længst."
    )


def test_sentence_in_swedish_restates_the_definition() -> None:
    assert sentence(FUNNEL, "sv", period=AUTUMN) == (
        "Hur många av de personer som nådde ”Visited” från och med 1 aug till och med 31 okt 2026 gick vidare till "
        "”Signed Up”, sedan ”Paid”, inom 14 dagar efter första steget? "
        "Varje person räknas en gång, med det försök som kom längst."
    )


def test_sentence_in_norwegian_restates_the_definition() -> None:
    assert sentence(FUNNEL, "nb", period=AUTUMN) == (
        "Hvor mange av personene som nådde «Visited» fra og med 1. aug. til og med 31. okt. 2026, gikk videre til "
        "«Signed Up», deretter «Paid», innen 14 dager etter første trinn? "
        "Hver person teller én gang, med det forsøket som kom lengst."
    )


A, B, C = "A", "B", "C"
RULES = [
    (Funnel.of(A, B, window="14d"), "went on to “B” within 14 days?"),
    (Funnel.of(A, B, window="session"), "in the same session?"),
    (Funnel.of(A, B, window=None), "however long it took?"),
    (Funnel.of(A, Step((B,), within=timedelta(hours=36)), window=None), "“B” (within 36 hours of “A”)?"),
    (Funnel.of("A|X", B), "who reached “A” or “X”, how many"),
    (Funnel.of(A, B, unit="company"), "Of the companies that reached"),
    (Funnel.of(A, B, unit="deal"), "Each deal counts once"),
    (Funnel.of(A, B, unit="session"), "Of the sessions that reached"),
    (Funnel.of(A, B, count="first"), "counts once, with the first attempt."),
    (Funnel.of(A, B, count="first_ever"), "counts once, with the very first attempt."),
    (Funnel.of(A, B, count="every"), "Every attempt counts, one after the other."),
    (Funnel.of(A, Step((B,), optional=True), C), "went on to “C” within 30 days? Optional on the way: “B”."),
    (Funnel.of(A, B, order="adjacent"), "No other event may come between the steps."),
    (Funnel.of(A, B, order="adjacent", among=("X", "Y")), "No “X” or “Y” may come between the steps."),
    (Funnel.of(A, B, C, order="any"), "went on to “B” and “C”, in any order"),
    (Funnel.of(A, B, C, order="any", entry="any"), "who reached “A”, “B” or “C”, how many went on to the rest"),
    (Funnel.of(A, Step((B,), anchored=True), C, order="any"), "In a fixed place: “B”."),
    (Funnel.of(A, B, order="any", exclude="X"), "“X” excludes the attempt."),
    (Funnel.of(A, B, hold=("product", "shop")), "“product” and “shop” must not change."),
    (Funnel.of(A, B, C, exclude="X"), "“X” after “A” and before “C” excludes the attempt."),
    (Funnel.of(A, B, C, exclude=Exclude(("X",), after=2)), "“X” after “B” and before “C” excludes"),
    (Funnel.of(A, B, lost="L"), "“L” counts as lost."),
    (Funnel.of(A, B, lost="L", reopen="R"), "“L” counts as lost, unless “R” follows."),
    (Funnel.of(A, B, lost=Match(("L",), Compare("size", "less", 5))), "“L” (where size is under 5) counts as lost."),
    (Funnel.of(A, B, tolerance="5s"), "up to 5 seconds out of order."),
    (Funnel.of(A, B, skips="fill"), "A stage that was skipped counts as reached."),
    (Funnel.of(A, B, skips="drop"), "An attempt that skips a stage stops there."),
    (Funnel.of(A, B, where=Compare("country", "equals", "DK")), "Only people where country is “DK”."),
    (Funnel.of(A, B, where=Member("VIP")), "they are in the segment “VIP”."),
    (Funnel.of(A, B, robots=True), "Robots count too."),
    (Funnel.of(A, B, own=True), "Own and test traffic counts too."),
]


@pytest.mark.parametrize(("funnel", "said"), RULES)
def test_sentence_says_a_rule_that_the_funnel_has(funnel: Funnel, said: str) -> None:
    assert said in sentence(funnel)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("funnel", [funnel for funnel, _ in RULES])
def test_sentence_in_any_language_is_whole(funnel: Funnel, language: str) -> None:
    text = sentence(funnel, language, period=AUTUMN)
    assert not set("{}") & set(text)
    assert "  " not in text
    assert text[0].isupper()
    assert text.endswith(".")
    assert text.count("?") == 1
    assert words(language).quoted(funnel.steps[0].names[0]) in text


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Compare("size", "greater", 10_000), "size is over 10,000"),
        (Compare("size", "less", 99.5), "size is under 99.5"),
        (Compare("since", "greater", date(2026, 5, 1)), "since is after 1 May 2026"),
        (Compare("plan", "in", ("free", "team", "firm")), "plan is “free”, “team” or “firm”"),
        (Compare("plan", "not_equals", "free"), "plan is not “free”"),
        (Compare("path", "contains", "/price"), "path contains “/price”"),
        (Compare("paid", "equals", value=True), "paid is yes"),
        (Compare("phone"), "phone is given"),
        (
            AllOf((Compare("a", "equals", 1), AnyOf((Compare("b", "equals", 2), Compare("c", "equals", 3))))),
            "a is 1 and (b is 2 or c is 3)",
        ),
    ],
)
def test_sentence_says_a_condition_in_words(condition: Compare | AllOf, said: str) -> None:
    assert f"“B” (where {said})" in sentence(Funnel.of(A, Step((B,), where=condition)))


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period(date(2026, 8, 1), None), "“Visited” from 1 Aug 2026 on,"),
        (Period(None, date(2026, 8, 1)), "“Visited” up to 31 Jul 2026,"),
        (Period(date(2025, 12, 1), date(2026, 2, 1)), "from 1 Dec 2025 to 31 Jan 2026,"),
        (Period(as_of=AS_OF), "“Visited”, how many"),
        (None, "“Visited”, how many"),
    ],
)
def test_sentence_names_the_period(period: Period | None, said: str) -> None:
    assert said in sentence(FUNNEL, period=period)


def test_sentence_with_first_attempts_of_a_period_says_so() -> None:
    first = replace(FUNNEL, count=Count.FIRST)
    assert "first attempt in the period." in sentence(first, period=AUTUMN)
    assert "first attempt." in sentence(first, period=Period(as_of=AS_OF))


def test_sentence_of_a_report_names_its_moment() -> None:
    assert sentence(WEB).endswith(" As of 21 Nov 2026, 14:02 UTC.")


def test_sentence_keeps_names_as_they_are() -> None:
    assert "“{first} & <b>”" in sentence(Funnel.of("{first} & <b>", B))


def test_sentence_in_an_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidDefinition):
        sentence(FUNNEL, "xx")


def test_finding_names_where_most_stop_with_the_interval() -> None:
    assert finding(WEB) == (
        "More people stop between “Joined a webinar” and “Asked for a demo” than anywhere else: "
        f"11.8{GAP}% (11.2–12.4) go on."
    )


def test_finding_without_a_window_is_so_far_and_where_most_stand() -> None:
    deals = report((800, 700, 100), unit="deal", still_open=0.1)
    assert finding(deals).startswith("More deals are between “step_2” and “step_3” than")
    assert finding(deals).endswith("have so far gone on.")


def test_finding_before_anything_ended_is_where_most_stand() -> None:
    assert "are between “step_1” and “step_2”" in finding(report((900, 300, 200), lost=0, still_open=1, window="14d"))


def test_finding_where_expected_rates_lead_gives_these() -> None:
    assert finding(young()).endswith(f"41.2{GAP}% (37–45) are expected to go on.")


def test_finding_of_two_steps_compares_with_nothing() -> None:
    assert finding(report((500, 178), window="14d")) == (
        f"35.6{GAP}% (32–40) of the people go on from “step_1” to “step_2”."
    )


def test_finding_where_nobody_entered_says_so() -> None:
    assert finding(report((0, 0, 0))) == "No people reached “step_1”."


def test_finding_where_all_passed_says_so() -> None:
    assert finding(report((7, 7, 7))) == "All people reached “step_3”."


def test_finding_without_a_rate_gives_the_reason() -> None:
    given = report((50, 20, 10), window="14d")
    lines = [replace(line, from_previous=None, reason="nobody entered long enough ago") for line in given.steps]
    assert finding(replace(given, steps=tuple(lines))).endswith("anywhere else: nobody entered long enough ago.")


def test_finding_of_two_steps_without_a_rate_is_the_reason() -> None:
    given = report((50, 20), window="14d")
    lines = [replace(line, from_previous=None, reason="nobody entered long enough ago") for line in given.steps]
    assert finding(replace(given, steps=tuple(lines)), "da") == "Ingen kom ind for længe nok siden."


def test_finding_with_any_order_speaks_of_steps_done() -> None:
    given = report((900, 300, 200), order="any", entry="any", window="14d")
    assert "between 1 of 3 steps and 2 of 3 steps than" in finding(given)


def test_finding_where_every_attempt_counts_speaks_of_attempts() -> None:
    assert finding(report((900, 300, 200), count="every", window="14d")).startswith("More attempts stop")


def test_finding_passes_over_optional_steps() -> None:
    given = with_optional(report((900, 300, 200), window="14d"), 0, "coupon", 800, 10)
    assert "between “step_1” and “step_2”" in finding(given)


def test_finding_shortens_long_names_on_request() -> None:
    given = report((900, 300, 200), ("x" * 50, "b", "c"), window="14d")
    assert f"“{'x' * 9}…” and “b”" in finding(given, longest=10)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "da",
            "Flest personer stopper mellem »Joined a webinar« og »Asked for a demo«: 11,8 % (11,2–12,4) går videre.",
        ),
        (
            "sv",
            "Flest personer stannar mellan ”Joined a webinar” och ”Asked for a demo”: 11,8 % (11,2–12,4) går vidare.",
        ),
        (
            "nb",
            "Flest personer stopper mellom «Joined a webinar» og «Asked for a demo»: 11,8 % (11,2–12,4) går videre.",
        ),
    ],
)
def test_finding_in_another_language_says_the_same(language: str, said: str) -> None:
    assert finding(WEB, language).replace(GAP, " ") == said
