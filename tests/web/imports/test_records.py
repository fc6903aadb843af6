"""Files of records without times: recognised, tried, imported as a whole, undone where nobody changed it since."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.web.imports.conftest import LONG, carried_out, form_data
from tragt.errors import NotAllowed
from tragt.events import Options
from tragt.web.accounts.models import Team, User
from tragt.web.crm.actions.readings import forget_reading, read_as
from tragt.web.crm.models import Product, ProductReading
from tragt.web.imports import files
from tragt.web.imports.actions import begin_undo, import_file, records, start
from tragt.web.imports.actions.companies import corrected_since
from tragt.web.imports.actions.records import write_records
from tragt.web.imports.actions.states import part
from tragt.web.imports.models import Import, State, Written
from tragt.web.imports.personal_data import STORES
from tragt.web.imports.receiving import receive_path
from tragt.web.jobs.models import Job
from tragt.web.jobs.progress import TryAgain
from tragt.web.jobs.worker import drain
from tragt.web.people.actions.editing import save_company
from tragt.web.people.models import Company
from tragt.web.records.models import Field
from tragt.web.records.tasks import INDEX_FIELDS
from tragt.web.shell.acting import COMMAND_LINE, Who
from tragt.web.shell.personal import Subject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("organisation")]

ACCOUNTS = """account,website,sector,employees,market
Nordlys,https://www.nordlys.dk/om,energy,12,Mid
Solsiden,,solar,n/a,
,,ghost,1,
nordlys ,,energy,13,
Havet,,sea,7,huge
"""
TEAMS = """sales_agent,manager,regional_office
Anna Berg,Olav Lie,North
Bo Holm,Olav Lie,North
"""


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., Import]:
    """Imports a text as a file on the command line."""

    def brought(text: str, name: str) -> Import:
        path = tmp_path / name
        path.write_text(text)
        one = import_file(path, COMMAND_LINE, Options(zone="UTC"))
        drain()
        one.refresh_from_db()
        return one

    return brought


Bring = Callable[..., Import]


def undo(one: Import) -> Import:
    begin_undo(one.pk, COMMAND_LINE)
    drain()
    one.refresh_from_db()
    assert one.state == State.UNDONE
    return one


def test_file_of_companies_makes_companies_with_typed_fields_and_says_why_rows_cannot_be_used(bring: Bring) -> None:
    one = bring(ACCOUNTS, "accounts.csv")
    assert {name: one.result[name] for name in ("target", "created", "changed", "same", "rejected")} == {
        "target": "company",
        "created": 2,
        "changed": 0,
        "same": 0,
        "rejected": 3,
    }
    nordlys, solsiden = Company.objects.order_by("name")
    assert (nordlys.name, nordlys.domain, nordlys.market) == ("Nordlys", "nordlys.dk", "mid")
    assert nordlys.traits == {"sector": "energy", "employees": "12", "market": "mid"}
    assert (solsiden.market, solsiden.traits["employees"]) == ("", "n/a")
    assert list(Field.objects.values_list("title", "type")) == [("Sector", "text"), ("Employees", "text")]
    again = bring(ACCOUNTS, "accounts again.csv")
    assert (again.result["created"], again.result["changed"], again.result["same"]) == (0, 0, 2)


def test_undo_takes_companies_and_fields_away_but_what_people_corrected_stays(bring: Bring, owner: User) -> None:
    one = bring(ACCOUNTS, "accounts.csv")
    key = Company.objects.get(key="nordlys").pk
    save_company(key, {"traits.sector": "wind"}, {"traits.sector": "energy"}, who=Who.of(owner))
    undone = undo(one)
    (left,) = Company.objects.all()
    assert (left.name, left.domain, left.market, left.traits) == ("Nordlys", "", "", {"sector": "wind"})
    assert list(Field.objects.values_list("code", flat=True)) == ["sector"], "somebody's value stands in it"
    assert (undone.result["company_fields_kept"], undone.result["records_kept"]) == (1, 1)


def test_file_of_a_sales_team_makes_users_who_cannot_sign_in_and_undo_removes_them(bring: Bring) -> None:
    known = User.objects.create(email="anna@firm.dk", name="anna berg", role="seller")
    one = bring(TEAMS, "teams.csv")
    assert (one.result["created"], one.result["changed"]) == (1, 1)
    bo = User.objects.get(name="Bo Holm")
    assert (bo.is_active, bo.has_usable_password(), bo.email) == (False, False, "bo-holm@users.invalid")
    known.refresh_from_db()
    assert known.team == bo.team == Team.objects.get(name="North / Olav Lie")
    assert bring(TEAMS, "teams 2.csv").result["same"] == 2
    undo(one)
    known.refresh_from_db()
    assert (list(User.objects.all()), known.team_id, Team.objects.count()) == ([known], None, 0)


def test_user_who_was_let_in_since_stays_when_the_file_is_undone(bring: Bring) -> None:
    one = bring(TEAMS, "teams.csv")
    User.objects.filter(name="Bo Holm").update(is_active=True)
    assert undo(one).result["records_kept"] == 2, "Bo and the team he is in"
    assert list(User.objects.values_list("name", flat=True)) == ["Bo Holm"]


def test_pages_show_columns_dry_run_and_result_of_a_file_of_companies(
    owner_client: Client, upload: Callable[..., Import]
) -> None:
    one = upload(ACCOUNTS.encode(), "accounts.csv")
    page = owner_client.get(f"/imports/{one.pk}/columns/")
    assert "imports/records.html" in [template.name for template in page.templates]
    assert ("Nordlys", "nordlys.dk", "energy", "12", "mid") in page.context["preview"].rows
    sent = form_data(owner_client, one)
    assert sent["use_2"] == "traits.sector+text"
    shown = owner_client.post(f"/imports/{one.pk}/preview/", {**sent, "use_2": ""})
    assert "energy" not in shown.content.decode()
    twice = owner_client.post(f"/imports/{one.pk}/columns/", {**sent, "use_2": "name"})
    assert (twice.status_code, "use_2" in twice.context["form"].errors) == (422, True)
    nameless = owner_client.post(f"/imports/{one.pk}/columns/", {**sent, "use_0": ""})
    assert "Choose the column that fills “Name”." in nameless.content.decode()
    answer = owner_client.post(
        f"/imports/{one.pk}/columns/", {**sent, "use_2": "traits.sector", "use_3": ""}, follow=True
    )
    text = answer.content.decode()
    assert "to be made" in text
    assert "3</b><span>rows cannot be used" in text
    assert "small, mid or enterprise is needed" in text
    assert not Company.objects.exists()
    rejected = owner_client.get(f"/imports/{one.pk}/rejected.csv")
    assert b"".join(rejected).decode().count("\n") == 4
    owner_client.post(f"/imports/{one.pk}/run/")
    drain()
    result = owner_client.get(f"/imports/{one.pk}/").content.decode()
    assert "See what the file brought" in result
    assert Company.objects.get(key="nordlys").traits == {"sector": "energy", "market": "mid"}
    assert not Field.objects.exists()


def test_file_of_events_can_be_read_as_records_and_back(owner_client: Client, upload: Callable[..., Import]) -> None:
    one = upload(LONG)
    owner_client.post(f"/imports/{one.pk}/kind/", {"target": "user"})
    one.refresh_from_db()
    assert (one.answers["shape"], one.answers["uses"][0]["to"]) == ("records", "name")
    owner_client.post(f"/imports/{one.pk}/kind/", {"target": ""})
    assert carried_out(owner_client, one).result["added"] == 3
    assert owner_client.post(f"/imports/{one.pk}/kind/", {"target": "nonsense"}, follow=True).status_code == 200


def test_marketing_brings_companies_without_making_fields_and_no_users(
    client_of: Callable[[User], Client], make_user: Callable[..., User], tmp_path: Path
) -> None:
    marketing = make_user("marketing")
    client = client_of(marketing)
    path = tmp_path / "a.csv"
    path.write_text(ACCOUNTS)
    one = start(receive_path(path), Who.of(marketing))
    assert "+" not in str(form_data(client, one))
    assert carried_out(client, one).state == State.DONE
    assert Company.objects.get(key="nordlys").traits["sector"] == "energy"
    path.write_text(TEAMS)
    team = start(receive_path(path), Who.of(marketing))
    assert client.post(f"/imports/{team.pk}/columns/", form_data(client, team)).status_code == 422
    team.refresh_from_db()
    assert (team.state, team.error_code) == (State.UPLOADED, "accounts.not_allowed")
    with pytest.raises(NotAllowed):
        import_file(path, Who.of(marketing), Options(zone="UTC"))
    assert not User.objects.filter(name="Bo Holm").exists()


@pytest.mark.parametrize(
    ("prices", "decimal", "found"),
    [
        (["12.50", "7"], "", [700, 1250]),
        (["12,50", "1.007,25"], "", [1250, 100_725]),
        (["1.250", "2.500"], "", []),
        (["1.250", "2.500"], ",", [125_000, 250_000]),
        (["-1", "dear"], "", []),
        (["1e3", "999999999999999"], "", [100_000]),
    ],
)
def test_prices_are_read_in_one_way_or_refused(
    prices: list[str], decimal: str, found: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"
    path.write_text("product;price\n" + "".join(f"P{place};{price}\n" for place, price in enumerate(prices)))
    one = import_file(path, COMMAND_LINE, Options(zone="UTC", decimal=decimal or None))
    drain()
    one.refresh_from_db()
    assert list(Product.objects.order_by("price").values_list("price", flat=True)) == found
    assert one.result["rejected"] == len(prices) - len(found)


def test_product_that_was_changed_since_keeps_that_when_the_file_is_undone(bring: Bring) -> None:
    first = bring("product,price,series\nLamp,10,Light\nBulb,1,Light\n", "products.csv")
    second = bring("product,price,series\nLamp,12,Lights\n", "products later.csv")
    assert (second.result["changed"], Product.objects.get(name="Lamp").price) == (1, 1200)
    Product.objects.filter(name="Lamp").update(family="Lamps")
    assert undo(second).result["records_kept"] == 1
    lamp = Product.objects.get(name="Lamp")
    assert (lamp.price, lamp.family) == (1000, "Lamps")
    undo(first)
    assert list(Product.objects.values_list("name", flat=True)) == ["Lamp"], "its family is somebody's own"


def test_what_people_set_after_an_undo_is_theirs_at_every_later_undo(bring: Bring) -> None:
    bring("product,price,series\nLamp,100,A\n", "products.csv")
    second = bring("product,price,series\nLamp,120,B\n", "products later.csv")
    other = bring("product,price\nSofa,7\n", "others.csv")
    lamp = Product.objects.filter(name="Lamp")
    lamp.update(price=13_000)
    assert undo(second).result["records_kept"] == 1
    assert lamp.values_list("price", "family").get() == (13_000, "A")
    lamp.update(price=12_000, family="B")
    undo(other)
    assert lamp.values_list("price", "family").get() == (12_000, "B")
    second.refresh_from_db()
    assert second.result["records_kept"] == 1
    assert not Written.objects.filter(origin=second).exists()


def test_user_who_was_given_a_company_since_stays_when_the_file_is_undone(bring: Bring) -> None:
    one = bring(TEAMS, "teams.csv")
    bo = User.objects.get(name="Bo Holm")
    company = Company.objects.create(key="nordlys", name="Nordlys", owner=bo)
    assert undo(one).result["records_kept"] == 2, "Bo and the team he is in"
    company.refresh_from_db()
    assert company.owner == bo
    assert not User.objects.filter(name="Anna Berg").exists()


def test_product_that_somebody_read_a_name_as_stays_until_that_is_taken_back(bring: Bring) -> None:
    one = bring("product,price\nLamp,10\n", "products.csv")
    other = bring("product,price\nSofa,7\n", "others.csv")
    read_as("Lmp", Product.objects.get(name="Lamp").pk, who=COMMAND_LINE)
    assert undo(one).result["records_kept"] == 1
    assert ProductReading.objects.filter(spelling__iexact="lmp", product__name="Lamp").exists()
    forget_reading("Lmp", who=COMMAND_LINE)
    undo(other)
    one.refresh_from_db()
    assert (one.result["records_kept"], Product.objects.count()) == (0, 0)


def test_import_of_records_that_another_process_took_over_is_tried_again_and_not_announced(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(ACCOUNTS)
    one = start(receive_path(path), COMMAND_LINE)
    Import.objects.filter(pk=one.pk).update(state=State.COMMITTING, attempt=2)
    one.attempt = 1
    with pytest.raises(TryAgain):
        write_records(one, COMMAND_LINE, lambda *_: None)
    Import.objects.filter(pk=one.pk).update(state=State.DONE)
    write_records(one, COMMAND_LINE, lambda *_: None)
    assert not Company.objects.exists()


def test_process_that_dies_right_after_the_import_leaves_refused_rows_and_the_job_for_its_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def dies(who: Who, permission: str) -> Iterator[None]:
        with part(who, permission):
            yield
        raise SystemExit

    monkeypatch.setattr(records, "part", dies)
    path = tmp_path / "accounts.csv"
    path.write_text(ACCOUNTS)
    with pytest.raises(SystemExit):
        import_file(path, COMMAND_LINE, Options(zone="UTC"))
    one = Import.objects.get(state=State.DONE)
    assert files.rejected_of(one.pk).read_text().count("\n") == 4
    assert Job.objects.filter(name=INDEX_FIELDS).exists()


def test_name_of_a_company_stays_as_it_is_written_whatever_another_file_calls_it(bring: Bring) -> None:
    bring("account,sector\nAcme Ltd,wind\n", "accounts.csv")
    second = bring("account,sector\nACME LTD,wind\n", "accounts later.csv")
    assert second.result["same"] == 1
    assert undo(second).state == State.UNDONE
    assert Company.objects.get().name == "Acme Ltd"


def test_address_of_a_user_who_has_none_is_refused_and_the_rest_of_the_file_comes_in(bring: Bring) -> None:
    one = bring("sales_agent,email\nBo Holm,\nAnn,bo-holm@users.invalid\n", "teams.csv")
    assert (one.state, one.result["created"], one.result["rejected"]) == (State.DONE, 1, 1)
    assert list(User.objects.values_list("name", "email")) == [("Bo Holm", "bo-holm@users.invalid")]


def test_erasing_a_person_takes_their_name_and_address_out_of_what_imports_keep_of_users(bring: Bring) -> None:
    one = bring("sales_agent,email\nBo Holm,bo@firm.dk\nAnn Lie,ann@firm.dk\n", "teams.csv")
    counted = {"counted": {"owner": {"bo holm": 3, "BO@firm.dk": 1, "Ann Lie": 2}}}
    deals = Import.objects.create(size=1, file_name="deals.csv", trial=counted, result={**counted, "added": 6})
    bo = Subject(person=None, actors=frozenset(), emails=frozenset({"bo@firm.dk"}))
    mine = [store for store in STORES if store.name in ("tragt_imports.Import", "tragt_imports.Written")]
    assert [len(list(store.export(bo))) for store in mine] == [1, 1]
    assert [store.erase(bo) for store in mine] == [1, 1]
    deals.refresh_from_db()
    left = {"counted": {"owner": {"Ann Lie": 2}}}
    assert (deals.trial, deals.result) == (left, {**left, "added": 6})
    assert [row.after["name"] for row in Written.objects.filter(origin=one, kind="user")] == ["Ann Lie"]


def test_dry_run_says_that_there_would_be_too_many_fields(owner_client: Client, upload: Callable[..., Import]) -> None:
    one = upload(ACCOUNTS.encode(), "accounts.csv")
    sent = form_data(owner_client, one)
    Field.objects.bulk_create(Field(kind="company", code=f"f{n}", title=f"F{n}", type="text") for n in range(59))
    answer = owner_client.post(f"/imports/{one.pk}/columns/", sent)
    assert (answer.status_code, "There may be 60 custom fields at most" in answer.content.decode()) == (422, True)
    one.refresh_from_db()
    assert (one.state, one.error_code) == (State.UPLOADED, "records.fields")


def test_more_columns_and_more_companies_need_no_more_queries(
    owner_client: Client, upload: Callable[..., Import], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = upload(("account," + ",".join(f"c{n}" for n in range(30)) + "\nAcme" + ",x" * 30 + "\n").encode(), "a.csv")
    with django_assert_max_num_queries(25):
        owner_client.get(f"/imports/{one.pk}/columns/")
    many = carried_out(owner_client, upload(("account,sector\n" + "".join(f"C{n},x\n" for n in range(30))).encode()))
    with django_assert_max_num_queries(2):
        assert corrected_since(many.batch) == 0


def test_page_says_which_fields_must_be_filled_in_and_no_column_fills(
    upload: Callable[..., Import], owner_client: Client
) -> None:
    for kind, code in (("company", "number"), ("company", "sector"), ("person", "birthday"), ("deal", "margin")):
        Field.objects.create(kind=kind, code=code, title=code.title(), type="text", required=True)
    Field.objects.create(kind="company", code="old", title="Old", type="text", required=True, retired=timezone.now())
    Field.objects.create(kind="company", code="free", title="Free", type="text")

    def said(path: str) -> list[str]:
        page = owner_client.get(path).content.decode()
        part = page.partition("Some fields must be filled in, and ")[2].partition("</ul>")[0]
        return re.findall(r"<li>([^<]*)</li>", part)

    one = upload(ACCOUNTS.encode(), "accounts.csv")
    assert said(f"/imports/{one.pk}/columns/") == ["Companies: Number"]
    form = form_data(owner_client, one)
    changed = owner_client.post(f"/imports/{one.pk}/preview/", {**form, "use_2": ""}).content.decode()
    assert "Companies: Number, Sector" in changed, "it follows what is chosen"
    owner_client.post(f"/imports/{one.pk}/columns/", form)
    drain()
    assert said(f"/imports/{one.pk}/") == ["Companies: Number"]
    events = upload(b"user,time,event,deal\nann,2024-03-01,Deal Created,1\n", "deals.csv")
    assert said(f"/imports/{events.pk}/columns/") == ["Persons: Birthday", "Deals: Margin"]
    page = owner_client.get(f"/imports/{events.pk}/columns/").content.decode()
    assert "Where it brings somebody or something new" in page, "what a file of events tells of may be known already"
    assert "no column of the file fills them" not in page
    Field.objects.update(required=False)
    assert said(f"/imports/{one.pk}/") == []
