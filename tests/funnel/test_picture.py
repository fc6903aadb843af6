"""The picture holds what the report holds: true widths, every name and number, in any language and size."""

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.funnel.reports import NOBODY, WEB, report, with_optional, young
from tragt.errors import InvalidDefinition
from tragt.funnel.lines import NOBODY_YET
from tragt.funnel.notes import notes
from tragt.funnel.picture import Marks, draw, stylesheet
from tragt.funnel.picture.lettering import balance, shorten, width, wrap
from tragt.funnel.report import Report
from tragt.funnel.sentence import finding
from tragt.funnel.table import table
from tragt.funnel.words import LANGUAGES, words
from tragt.stats.intervals import wilson

SVG = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element
Corners = list[tuple[float, float]]

LONG = report(
    (1_234_567_890_123, 234_567_890_123, 9_876_543_210, 12),
    (
        'A very long name & on <b>"quoted"</b> that cannot fit anywhere at all, ever, whatever is done',
        "checkout_payment_information_submitted_successfully_v2",
        "顧客が見積もりを請求して契約書に署名しました" * 3,
        "طلب عرض توضيحي",
    ),
    window="36h",
)
FIFTEEN = report([100_000 // (place + 1) for place in range(15)], window="30d")
EMPTY = report((0, 0, 0), window="14d")
YOUNG = replace(with_optional(young(count="every"), 0, "coupon", 300, 100), stationary=False, undated=1234)
EXTREMES = [WEB, LONG, FIFTEEN, EMPTY, YOUNG, report((120, 0, 0), window="14d"), report((5, 5))]


def parsed(svg: str) -> Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in parsed(svg).iter(f"{SVG}text")]


def steps(svg: str) -> list[Element]:
    return [group for group in parsed(svg).iter(f"{SVG}g") if "data-step" in group.attrib]


def polygons(step: Element, role: str) -> list[Corners]:
    found = [polygon for polygon in step.iter(f"{SVG}polygon") if f"tf-{role}" in polygon.attrib["class"].split()]
    return [[(float(x), float(y)) for x, y in (c.split(",") for c in one.attrib["points"].split())] for one in found]


def top(corners: Corners) -> float:
    return corners[1][0] - corners[0][0]


def bottom(corners: Corners) -> float:
    return corners[2][0] - corners[3][0]


@pytest.mark.parametrize("upright", [False, True])
def test_picture_is_as_wide_as_people_are_many(upright: bool) -> None:
    groups = steps(draw(WEB, upright=upright))
    widest = top(polygons(groups[0], "fill")[0])
    for group, line in zip(groups, WEB.steps, strict=True):
        (shape,) = polygons(group, "fill")
        assert top(shape) / widest == pytest.approx(line.entered / WEB.steps[0].entered, abs=1e-3)
        assert bottom(shape) / widest == pytest.approx(line.passed / WEB.steps[0].entered, abs=1e-3)


def test_picture_shows_the_open_as_the_part_that_may_yet_pass() -> None:
    given = young()
    group = steps(draw(given))[0]
    (open_,), (solid,) = polygons(group, "open"), polygons(group, "fill")
    line = given.steps[0]
    assert bottom(open_) / top(solid) == pytest.approx((line.passed + line.open) / line.entered, abs=1e-3)
    assert words("en").picture.still_open in texts(draw(given))


def test_picture_without_open_attempts_needs_no_key() -> None:
    assert words("en").picture.still_open not in texts(draw(report((90, 30), still_open=0, window="14d")))


def test_picture_where_few_passed_still_shows_a_hair() -> None:
    last = steps(draw(LONG))[-1]
    assert top(polygons(last, "fill")[0]) == pytest.approx(1.5, abs=0.02)


def test_picture_where_nobody_came_draws_no_shape() -> None:
    groups = steps(draw(report((120, 0, 0), window="14d")))
    assert [len(polygons(group, "fill")) for group in groups] == [1, 0, 0]


@pytest.mark.parametrize("optional_after", [0, 1])
def test_picture_draws_an_optional_step_as_a_bar(optional_after: int) -> None:
    base = report((1000, 500, 100), window="14d")
    groups = steps(draw(with_optional(base, optional_after, "coupon", 250, 50)))
    bar = polygons(groups[optional_after + 1], "open")[0]
    assert top(bar) == bottom(bar)
    assert top(bar) / top(polygons(groups[0], "fill")[0]) == pytest.approx(0.25, abs=1e-3)
    assert not polygons(groups[optional_after + 1], "fill")


def test_picture_names_and_counts_every_step() -> None:
    shown = texts(draw(WEB))
    for line in WEB.steps:
        assert line.name in shown
        assert f"{line.entered:,}" in shown


def test_picture_gives_rates_times_and_the_share_of_all() -> None:
    shown = " ".join(texts(draw(WEB))).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "11.8 % (11.2–12.4)" in shown
    assert "median 12 days" in shown
    assert "1.6 % of all" in shown
    assert shown.count("of all") == 1
    assert "Share of the step before, observed (95 % interval)" in shown
    assert "18,420 entered = 301 reached the end + 1,810 lost + 14,499 expired + 1,810 open." in shown


def test_picture_where_expected_rates_lead_says_so() -> None:
    shown = " ".join(texts(draw(YOUNG, width=1400))).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "Share of the step before, expected (95 % interval)" in shown
    assert "41.2 % (37–45)" in shown
    assert "7.5 % (6.7–8.4) observed" in shown
    assert "The newest behave differently" in shown
    assert "1,234 rows have no date" in shown


def test_picture_without_a_rate_shows_the_reason() -> None:
    given = report((120, 0, 0), window="14d")
    assert given.steps[2].reason == NOBODY
    assert NOBODY in texts(draw(given))
    assert "ingen nåede forrige trin" in texts(draw(given, language="da"))


def test_picture_tells_no_share_of_all_where_nobody_before_the_end_has_had_the_full_time() -> None:
    given = report((120, 40, 5), window="14d")
    last = replace(given.steps[2], from_previous=None, from_first=wilson(0, 3), reason=NOBODY_YET)
    shown = " ".join(texts(draw(replace(given, steps=(*given.steps[:2], last)))))
    assert NOBODY_YET in shown
    assert "of all" not in shown


def test_picture_marks_nothing_unless_asked() -> None:
    assert all(not polygons(group, "leak") for group in steps(draw(WEB)))


def test_picture_marks_the_shape_that_narrows_and_the_step_to_which_too_few_come() -> None:
    groups = steps(draw(WEB, marks=Marks(highlight=2, note="costs a lot")))
    assert [len(polygons(group, "leak")) for group in groups] == [0, 1, 0, 0, 0]
    assert "costs a lot" in "".join(groups[2].itertext())


def test_picture_marks_the_required_step_before_an_optional_one() -> None:
    groups = steps(draw(YOUNG, marks=Marks(highlight=2)))
    assert YOUNG.steps[1].optional
    assert [len(polygons(group, "leak")) for group in groups[:3]] == [1, 0, 0]


def test_picture_says_what_it_is_given_to_say_instead_of_what_it_found() -> None:
    shown = draw(WEB, marks=Marks(highlight=2, finding="Sign-ups leak."))
    assert "Sign-ups leak." in texts(shown)
    assert finding(WEB) not in " ".join(texts(shown))
    assert (parsed(shown)[1].text or "").startswith("Sign-ups leak. ")


def test_picture_with_a_long_headline_shows_all_of_it_to_a_pointer() -> None:
    said = "Nobody goes on. " * 60
    titles = [title.text for title in parsed(draw(WEB, marks=Marks(finding=said))).iter(f"{SVG}title")]
    assert said in titles


def test_picture_outlines_the_report_that_it_stands_beside_as_wide_as_its_shares() -> None:
    beside = report((400, 200, 100, 50, 10), [step.name for step in WEB.steps])
    group = steps(draw(WEB, marks=Marks(beside=beside, beside_notes={2: "was 50 %"})))[2]
    edges = [line.attrib for line in group.iter(f"{SVG}line") if line.attrib.get("stroke-dasharray") == "5 3"]
    upper, lower = ([float(edge[x]) for edge in edges] for x in ("x1", "x2"))
    (shape,) = polygons(group, "fill")
    assert (upper[1] - upper[0]) / top(shape) == pytest.approx(100 / 400 * WEB.steps[0].entered / 1262, abs=5e-3)
    assert (lower[1] - lower[0]) / (upper[1] - upper[0]) == pytest.approx(0.5, abs=5e-3)
    assert "was 50" in "".join(group.itertext())


def test_picture_names_in_its_key_what_the_outline_is() -> None:
    beside = report((400, 200, 100, 50, 10), [step.name for step in WEB.steps])
    assert "March" in texts(draw(WEB, marks=Marks(beside=beside, beside_name="March")))
    assert "March" not in texts(draw(WEB, marks=Marks(beside_name="March"))), "nothing is outlined"


def test_picture_shows_a_target_as_wide_as_it_would_be() -> None:
    group = steps(draw(WEB, marks=Marks(targets={2: 0.2})))[2]
    ticks = [float(line.attrib["x1"]) for line in group.iter(f"{SVG}line")]
    (shape,) = polygons(group, "fill")
    assert (ticks[1] - ticks[0]) / top(shape) == pytest.approx(0.2 * 10_690 / 1262, abs=5e-3)
    assert "target 20" in "".join(group.itertext())


@pytest.mark.parametrize(
    "marks", [Marks(highlight=0), Marks(highlight=5), Marks(targets={0: 0.5}), Marks(targets={1: 2})]
)
def test_picture_refuses_marks_that_cannot_be(marks: Marks) -> None:
    with pytest.raises(InvalidDefinition):
        draw(WEB, marks=marks)


@pytest.mark.parametrize("asked", [{"width": 100}, {"width": 9000}, {"theme": "pink"}, {"language": "xx"}])
def test_picture_refuses_what_it_cannot_be(asked: dict[str, object]) -> None:
    with pytest.raises(InvalidDefinition):
        draw(WEB, **asked)  # type: ignore[arg-type]


def test_picture_keeps_names_as_text() -> None:
    svg = draw(report((9, 5), ('<script>alert("&")</script>', "b\x00\x1b\ud800c")))
    assert "<script" not in svg
    assert '<script>alert("&")</script>' in "".join(parsed(svg).itertext())
    assert "b\ufffd\ufffd\ufffdc" in texts(svg)


def test_picture_with_a_long_name_shows_all_of_it_to_a_pointer() -> None:
    group = steps(draw(LONG, width=320))[0]
    title = group.find(f"{SVG}title")
    assert title is not None
    assert LONG.steps[0].name in (title.text or "")


def test_picture_reads_itself_to_those_who_do_not_see_it() -> None:
    root = parsed(draw(WEB))
    title, desc = root[0], root[1]
    assert root.attrib["role"] == "img"
    assert (title.text, title.attrib["id"]) == ("Visitor to customer", root.attrib["aria-labelledby"])
    assert desc.attrib["id"] == root.attrib["aria-describedby"]
    for row in table(WEB).in_words():
        assert row in (desc.text or "")


def test_picture_is_the_same_each_time() -> None:
    assert draw(YOUNG) == draw(YOUNG)


@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_speaks_the_language_it_is_asked_for(language: str) -> None:
    svg = draw(YOUNG, language=language)
    assert parsed(svg).attrib["lang"] == language
    assert words(language).picture.passed in texts(svg)
    assert not set("{}") & set("".join(texts(svg)))


def test_picture_follows_dark_and_print_by_its_own_style() -> None:
    svg = draw(WEB)
    assert "prefers-color-scheme:dark" in svg
    assert "@media print" in svg
    assert 'class="tragt-funnel tragt-follows"' in svg


def test_picture_of_a_page_has_no_style_of_its_own() -> None:
    svg = draw(WEB, theme="page")
    assert "<style" not in svg
    assert "style=" not in svg
    assert 'class="tragt-funnel tragt-follows"' in svg
    assert "prefers-color-scheme:dark" in stylesheet()


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_picture_with_a_fixed_theme_follows_nothing(theme: str) -> None:
    svg = draw(WEB, theme=theme)
    assert "@media" not in svg
    assert 'class="tragt-funnel"' in svg


def test_picture_on_paper_tells_the_marked_step_by_lightness() -> None:
    group = steps(draw(WEB, theme="print", marks=Marks(highlight=2)))[1]
    fills = {polygon.attrib["fill"] for polygon in group.iter(f"{SVG}polygon")}
    ordinary = {polygon.attrib["fill"] for polygon in steps(draw(WEB, theme="print"))[0].iter(f"{SVG}polygon")}
    assert "#000000" in fills
    assert "#000000" not in ordinary


def placed(svg: str) -> Iterator[tuple[float, float, float, str]]:
    """Left and right edge, baseline and content of every text, by the estimate of its width."""
    for element in parsed(svg).iter(f"{SVG}text"):
        content, x = element.text or "", float(element.attrib["x"])
        across = width(content, float(element.attrib["font-size"]), bold="font-weight" in element.attrib)
        left = x - across if element.attrib.get("text-anchor") == "end" else x
        yield left, left + across, float(element.attrib["y"]), content


@pytest.mark.parametrize("across", [280, 320, 480, 620, 768, 1440])
@pytest.mark.parametrize("given", EXTREMES)
def test_picture_keeps_every_text_on_the_sheet(given: Report, across: int) -> None:
    svg = draw(given, width=across, language="sv", marks=Marks(highlight=1, note="läckan kostar 410 000 kr i månaden"))
    height = float(parsed(svg).attrib["height"])
    for left, right, y, content in placed(svg):
        assert left >= 0, content
        assert right <= across, content
        assert 0 < y < height, content


@pytest.mark.parametrize("given", EXTREMES)
def test_picture_keeps_names_and_figures_beside_the_shapes(given: Report) -> None:
    svg = draw(given, width=960, upright=False)
    corners = [
        x for step in steps(svg) for role in ("fill", "open") for shape in polygons(step, role) for x, _ in shape
    ]
    for step in steps(svg):
        for left, right, _, content in placed(ElementTree.tostring(step, encoding="unicode")):
            assert right < min(corners, default=960) or max(corners, default=0) < left, content


@pytest.mark.parametrize(("across", "upright"), [(320, True), (480, True), (768, False), (1440, False)])
def test_picture_stands_upright_on_a_narrow_page(across: int, upright: bool) -> None:
    assert draw(WEB, width=across) == draw(WEB, width=across, upright=upright)
    assert draw(WEB, width=across) != draw(WEB, width=across, upright=not upright)


def test_picture_with_any_order_counts_steps_done() -> None:
    given = report((900, 300, 200), ("Visit", "Price", "Demo"), order="any", window="14d")
    named = replace(given, steps=tuple(replace(line, named=700) for line in given.steps))
    shown = texts(draw(named, width=1440))
    assert {"Visit", "2 of 3 steps", "3 of 3 steps"} <= set(shown)
    assert "Step by step, in whatever place: “Visit” 700, “Price” 700, “Demo” 700." in shown


def test_picture_of_stages_says_who_skipped_one() -> None:
    given = report((900, 300, 200), unit="deal", skips="fill")
    skipped = replace(given, steps=(given.steps[0], replace(given.steps[1], skipped=41), given.steps[2]))
    assert "41 skipped it" in " ".join(texts(draw(skipped)))


def test_notes_of_deals_give_the_share_of_those_closed() -> None:
    deals = replace(report((800, 700, 100), unit="deal", still_open=0.1), of_those_closed=wilson(96, 300))
    said = "\n".join(notes(deals)).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "Of those closed, 32.0 % (27–37) reached the end." in said
    assert "There is no time limit" in said


def test_table_leaves_out_what_nobody_had_and_says_so() -> None:
    shown = table(report((90, 30), lost=0, still_open=0, window="14d"))
    assert shown.columns == ("step", "entered", "passed", "expired", "from_previous", "from_first", "median_time")
    assert shown.rule == "At every step: Entered = Passed + Expired (none lost, excluded or open)."


@pytest.mark.parametrize("given", EXTREMES)
def test_table_counts_add_up_as_its_rule_says(given: Report) -> None:
    shown = table(given)
    parts = [
        place for place, name in enumerate(shown.columns) if name in ("passed", "lost", "excluded", "expired", "open")
    ]
    for row in shown.rows:
        numbers = {place: int(row[place].replace(",", "")) for place in (1, *parts)}
        assert numbers[1] == sum(numbers[place] for place in parts)


def test_table_without_a_rate_gives_the_reason_but_for_the_first_step() -> None:
    given = report((50, 20), window="14d")
    lines = [replace(line, from_previous=None, reason="nobody entered long enough ago") for line in given.steps]
    shown = table(replace(given, steps=tuple(lines)))
    place = shown.columns.index("from_previous")
    assert [row[place] for row in shown.rows] == ["–", "nobody entered long enough ago"]


def test_table_where_expected_rates_lead_labels_both() -> None:
    shown = table(young(), "nb")
    rates = [head for name, head in zip(shown.columns, shown.heads, strict=True) if "from" in name]
    assert rates == [
        "Fra forrige, forventet",
        "Fra første, forventet",
        "Fra forrige, observert",
        "Fra første, observert",
    ]


@given(st.text(max_size=60), st.integers(40, 400), st.integers(1, 4))
def test_wrap_of_any_text_stays_in_the_room(text: str, room: int, most: int) -> None:
    lines = wrap(text, room, 14, most=most)
    assert 1 <= len(lines) <= most
    assert all(width(line, 14) <= room for line in lines)


@given(st.text(st.characters(categories=("L", "N")), max_size=60).filter(str.strip))
def test_wrap_with_room_enough_loses_nothing(text: str) -> None:
    assert "".join(wrap(text, 200, 14, most=60)) == text


def test_wrap_breaks_at_joints_of_names_and_not_in_numbers() -> None:
    assert wrap("checkout_started", 90, 14) == ["checkout_", "started"]
    assert wrap("CheckoutStarted", 90, 14) == ["Checkout", "Started"]
    assert all(re.search(r"11\.2–12\.4", line) for line in wrap("(11.2–12.4)", 90, 14))


def test_shorten_does_not_part_a_letter_from_its_marks() -> None:
    assert shorten("e\u0301" * 40, 30, 14).removesuffix("…").endswith("\u0301")


def test_balance_needs_no_more_lines_and_evens_them() -> None:
    text = "one two three four five six seven eight nine ten eleven"
    lines = balance(text, 300, 14, most=4)
    assert len(lines) == len(wrap(text, 300, 14, most=4))
    assert max(map(len, lines)) - min(map(len, lines)) < 8
