"""Pages of lists: what they hold is what the plain way gives, wherever one goes on and whatever is asked."""

from collections.abc import Callable, Sequence
from unittest import mock

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.records.conftest import START, Make
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.search_index import ensure_search_index
from tragt.web.records.kinds import kind_of
from tragt.web.records.listing import Listing, read
from tragt.web.records.models import Field, Tag
from tragt.web.records.queries import overlap, pages
from tragt.web.records.queries.fields import columns_of
from tragt.web.records.queries.pages import batches, page

pytestmark = pytest.mark.django_db

NAMES = ("", "Bo Holm", "bo holm", "Åse Berg", "åse berg", "Zoë Ølgaard", "Æble Ørn", "100 %_", 'A "quoted" name', "Bo")
EMAILS = ("", "bo@nordlys.dk", "ase@nordlys.dk", "z@example.org")
CONDITIONS = (
    "", "name.contains=HOLM", "name.contains=åse", "name.contains=Åse B", "name.starts=b", "name.starts=å",
    "name.is=bo+holm", "name.empty=yes", "name.empty=no", "name.contains=0+%25_", 'name.contains="quoted"',
    "email.starts=bo@&name.contains=holm", "email.contains=nordlys", "email.empty=yes", "tags.any=TAG",
    "tags.empty=yes", "owner.empty=yes", "company.contains=nord", "company.empty=yes", "created.from=2026-01-03",
    "created.to=2026-01-04&email.empty=no", "name.contains=hol&name.starts=B",
)  # fmt: skip
SORTS = ("name", "-name", "email", "-email", "created", "-created")
PERSON = st.tuples(st.sampled_from(NAMES), st.sampled_from(EMAILS), st.booleans(), st.booleans(), st.integers(0, 6))


def asked(query: str, kind: str = "person") -> Listing:
    of = kind_of(kind)
    return read(of, of.columns, QueryDict(query))


def walked(listing: str) -> list[list[int]]:
    """The keys of all pages, going forwards."""
    found, place = [], ""
    while True:
        shown = page(asked(f"{listing}{place}"), None)
        found.append([row.pk for row in shown.records])
        if shown.after is None:
            return found
        place = f"&after={shown.after}"


def plainly(row: Person, condition: str) -> bool:
    """Whether a person is as one condition says, told the plain way."""
    name, _equals, value = condition.partition("=")
    column, _dot, operator = name.partition(".")
    value = QueryDict(condition)[name]
    text = {"name": row.name, "email": row.email, "company": row.company.name if row.company else ""}.get(column, "")
    match operator:
        case "contains":
            return value.lower() in text.lower()
        case "starts":
            return text.lower().startswith(value.lower())
        case "is":
            return text.lower() == value.lower()
        case "from":
            return row.created.date().isoformat() >= value
        case "to":
            return row.created.date().isoformat() <= value
        case "any":
            return row.tags.filter(pk=value).exists()
    there = {"tags": row.tags.exists(), "owner": row.owner_id is not None}.get(column, bool(text))
    return there == (value == "no")


def in_order(rows: Sequence[Person], sort: str) -> list[int]:
    """Keys in an order, told the plain way: those without a value last, equals by key."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    with_value = [row for row in rows if getattr(row, name)]

    def key(row: Person) -> tuple[object, int]:
        value = getattr(row, name)
        return (_as_database_folds(value) if name == "name" else value, row.pk)

    first = sorted(with_value, key=key, reverse=down)
    last = sorted((row for row in rows if not getattr(row, name)), key=lambda row: row.pk, reverse=down)
    return [row.pk for row in [*first, *last]]


def _as_database_folds(text: str) -> str:
    from django.db import connection  # noqa: PLC0415

    if connection.vendor == "postgresql":
        return text.lower()
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


@pytest.mark.parametrize(
    ("most", "steps"), [(0, 300), (10_000, 300), (0, 0)], ids=["walked", "found by an index", "laid over one another"]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    persons=st.lists(PERSON, max_size=9),
    conditions=st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=2, unique=True),
    sort=st.sampled_from(SORTS),
)
def test_pages_any_question_hold_what_the_plain_way_gives_in_its_order(
    organisation: object,  # noqa: ARG001
    most: int,
    steps: int,
    persons: list[tuple[str, str, bool, bool, int]],
    conditions: list[str],
    sort: str,
) -> None:
    Person.objects.all().delete()
    Company.objects.all().delete()
    Tag.objects.all().delete()
    tag, firm = Tag.objects.create(name="VIP"), Company.objects.create(key="nordlys", name="Nordlys A/S")
    for name, email, tagged, employed, day in persons:
        at = START.replace(day=1 + day)
        row = Person.objects.create(name=name, email=email, company=firm if employed else None, created=at, updated=at)
        if tagged:
            row.tags.add(tag)
    joined = {name: value for one in conditions for name, value in QueryDict(one).dict().items()}
    query = QueryDict(mutable=True)
    query.update({name: str(value).replace("TAG", str(tag.pk)) for name, value in joined.items()})
    rows = Person.objects.select_related("company")
    left = [row for row in rows if all(plainly(row, _one(name, str(value))) for name, value in query.dict().items())]
    with mock.patch.multiple(pages, PER_PAGE=3, MOST_COUNTED=most, _STEPS=steps):
        query["sort"] = sort
        forwards = walked(query.urlencode())
    assert [key for keys in forwards for key in keys] == in_order(left, sort)


def _one(name: str, value: str) -> str:
    query = QueryDict(mutable=True)
    query[name] = value
    return query.urlencode()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("most", [0, 10_000])
def test_pages_going_back_are_those_that_one_came_by(person: Make, sort: str, most: int) -> None:
    for number in range(11):
        person("" if number % 3 == 0 else f"Person {number % 2}", email="" if number % 4 else f"p{number}@example.org")
    with mock.patch.multiple(pages, PER_PAGE=3, MOST_COUNTED=most):
        forwards = walked(f"sort={sort}")
        back, place = [], f"&after={forwards[-2][-1]}"
        while True:
            shown = page(asked(f"sort={sort}{place}"), None)
            back.append([row.pk for row in shown.records])
            if shown.before is None:
                break
            place = f"&before={shown.before}"
    assert back[::-1] == forwards


def test_pages_place_that_is_gone_is_the_first_page(person: Make) -> None:
    only = person("Bo")
    shown = page(asked("after=999999"), None)
    assert [row.pk for row in shown.records] == [only.pk]
    assert (shown.before, shown.after) == (None, None)


def test_pages_more_than_are_counted_say_so(person: Make) -> None:
    for number in range(4):
        person(f"Person {number}")
    with mock.patch.multiple(pages, MOST_COUNTED=3):
        assert page(asked(""), None).uncounted
        assert page(asked("name.contains=person"), None).uncounted
        assert not page(asked("name.is=person+1"), None).uncounted


def test_batches_hold_every_record_of_the_list_once_in_its_order(person: Make) -> None:
    made = [person(f"Person {number % 3}") for number in range(10)]
    with mock.patch.multiple(pages, _BATCH=3):
        parts = [row.pk for part in batches(asked("sort=name"), None) for row in part]
    assert parts == in_order(made, "name")


def test_struck_persons_stand_in_no_list(person: Make) -> None:
    person("Anna Berg", struck=START)
    assert page(asked(""), None).number == page(asked("name.contains=anna"), None).number == 0
    ensure_search_index()
    assert page(asked("name.contains=anna"), None).number == 0


def test_companies_are_found_by_name_and_domain(company: Callable[..., Company]) -> None:
    nord = company("Nordlys A/S", domain="nordlys.dk")
    company("Sydlys")
    for query in ("name.contains=nord", "domain.starts=nord", "domain.contains=lys.dk", "domain.empty=no"):
        assert [row.pk for row in page(asked(query, "company"), None).records] == [nord.pk], query


@pytest.mark.parametrize("steps", [0, 2], ids=["broken off at once", "broken off on the way"])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("condition", ["name.contains=person", "owner.empty=yes", "email.empty=yes&name.starts=p"])
def test_pages_walk_that_is_broken_off_holds_what_the_walk_does(
    person: Make, steps: int, sort: str, condition: str
) -> None:
    for number in range(11):
        person("" if number % 4 == 0 else f"Person {number % 2}", email="" if number % 3 else f"p{number}@example.org")
    with mock.patch.multiple(pages, PER_PAGE=3, MOST_COUNTED=0):
        forwards = walked(f"sort={sort}&{condition}")
        with mock.patch.multiple(pages, _STEPS=steps):
            assert walked(f"sort={sort}&{condition}") == forwards


def test_pages_walk_from_the_end_broken_off_has_one_lower_bound_and_looks_once_at_each_row(
    person: Make,
) -> None:
    """Of two SQLite may take the lower one, and walks on to it."""
    for number in range(9):
        person(f"Person {number}", email=f"p{number}@example.org" if number > 2 else "")
    broken_off = mock.patch.multiple(pages, MOST_COUNTED=0, _STEPS=0, PER_PAGE=3)
    with broken_off, CaptureQueriesContext(connection) as captured:
        shown = page(asked("sort=-email&name.starts=person"), None)
    assert [one.name for one in shown.records] == ["Person 8", "Person 7", "Person 6"]
    email = '"tragt_people_person"."email"'
    told = [one["sql"] for one in captured.captured_queries]
    assert any(f"{email} >= " in sql for sql in told)
    assert not any(f"{email} >= " in sql and f"{email} > " in sql for sql in told)
    assert sum("ORDER BY CASE WHEN" in sql for sql in told) == 1


def test_list_says_its_own_query_with_other_filters_as_an_address_does() -> None:
    listing = asked("q=a+bo+holm&name.contains=b%26%C3%B8+l&tags.any=1&tags.any=2&sort=-name&after=7")
    asked_again = QueryDict("q=a+bo+holm&name.contains=b%26%C3%B8+l&tags.any=1&tags.any=2&sort=-name")
    assert listing.query() == asked_again.urlencode()
    assert listing.query(without="tags.any", sort="-created", add="é") == (
        "q=a+bo+holm&name.contains=b%26%C3%B8+l&sort=-created&add=%C3%A9"
    )
    assert asked("sort=-created").query(add="name") == "add=name", "the usual order is not said"


@pytest.mark.parametrize("sort", SORTS)
def test_pages_filters_that_each_leave_many_hold_what_they_leave_together(person: Make, sort: str) -> None:
    emails = ["" if number % 3 else f"p{number}@example.org" for number in range(20)]
    made = [person(f"Person {number % 2}", email=email) for number, email in enumerate(emails)]
    left = in_order([row for row in made if not row.email and row.name == "Person 1"], sort)
    query = f"sort={sort}&name.is=person+1&email.empty=yes"
    for sample, looked_at in ((4, 50_000), (1, 50_000), (4, 1)):
        with mock.patch.multiple(pages, PER_PAGE=3, MOST_COUNTED=5, _SAMPLE=sample, _MOST_LOOKED_AT=looked_at):
            assert [key for keys in walked(query) for key in keys] == left
            shown = page(asked(query), None)
            assert shown.number <= len(left)
            assert shown.uncounted


def test_pages_number_of_those_with_any_of_several_tags_counts_each_once(person: Make) -> None:
    tags = [Tag.objects.create(name=name) for name in ("VIP", "Fair")]
    for number in range(3):
        person(f"Person {number}").tags.set(tags)
    with mock.patch.multiple(pages, MOST_COUNTED=4):
        shown = page(asked("&".join(f"tags.any={tag.pk}" for tag in tags)), None)
    assert (shown.number, shown.uncounted) == (3, False)
    assert len(shown.records) == 3


def test_pages_of_struck_persons_do_not_count_as_more_than_are_counted(person: Make) -> None:
    for number in range(6):
        person(f"Person {number}", struck=START if number < 3 else None)
    with mock.patch.multiple(pages, MOST_COUNTED=3):
        for query in ("", "owner.empty=yes", "name.starts=person"):
            shown = page(asked(query), None)
            assert (shown.number, shown.uncounted) == (3, False), query


@pytest.mark.parametrize("sort", ["name", "-created"])
@pytest.mark.parametrize("seats", [0, 4, 9])
@pytest.mark.parametrize("times", [0, 10], ids=["by rows", "by keys"])
def test_pages_two_custom_fields_that_each_leave_many_hold_what_they_share(
    person: Make, sort: str, seats: int, times: int
) -> None:
    plan = Field.objects.create(kind="person", code="plan", title="Plan", type="choice", choices=["free", "team"])
    size = Field.objects.create(kind="person", code="seats", title="Seats", type="number")
    for number in range(24):
        person(name=f"P{number % 5}", traits={"plan": "team" if number < 12 else "free", "seats": number % 12})
    of = kind_of("person")
    query = QueryDict(f"sort={sort}&f{plan.pk}.any=free&f{size.pk}.from={seats}&f{size.pk}.to={seats + 1}")
    listing = read(of, columns_of(of, [plan, size]), query)
    assert len(listing.filters) == 3
    rows = [one for one in Person.objects.all() if one.traits["plan"] == "free"]
    left = [one for one in rows if seats <= one.traits["seats"] <= seats + 1]
    few = mock.patch.multiple(pages, PER_PAGE=30, MOST_COUNTED=3, _LIKELY=0, _STEPS=0)
    with few, mock.patch.object(overlap, "_TIMES", times):
        assert [one.pk for one in page(listing, None).records] == in_order(left, sort)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL lays indexes over one another by itself")
def test_pages_two_filters_that_each_leave_many_look_only_at_rows_that_both_name(person: Make) -> None:
    tag = Tag.objects.create(name="VIP")
    for number in range(8):
        row = person(f"{'Holm' if number < 6 else 'Berg'} {number}")
        if number > 1:
            row.tags.add(tag)
    few = mock.patch.multiple(pages, MOST_COUNTED=5, _LIKELY=0)
    with few, CaptureQueriesContext(connection) as captured:
        shown = page(asked(f"tags.any={tag.pk}&name.contains=holm&sort=name"), None)
    assert [one.name for one in shown.records] == ["Holm 2", "Holm 3", "Holm 4", "Holm 5"]
    assert any("json_each" in one["sql"] and "tag_id" not in one["sql"] for one in captured.captured_queries)


def test_pages_of_a_seller_find_deals_of_companies_by_the_index_of_their_names(make_user: Callable[..., User]) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN)
    seller = make_user(Role.SELLER)
    listing = read(kind_of("person"), kind_of("person").columns, QueryDict("company.starts=nord"))
    with CaptureQueriesContext(connection) as captured:
        page(listing, seller)
    asked_of_companies = [one["sql"] for one in captured.captured_queries if "people_company" in one["sql"]]
    assert asked_of_companies
    assert all('U0."owner_id" IN' not in sql for sql in asked_of_companies)
