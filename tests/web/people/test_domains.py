"""A company has the persons whose addresses are at its domain, whenever and wherever the domain is told."""

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl
import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.jobs.models import Job
from tragt.web.log.queries import revision
from tragt.web.people.actions import edit_person, folding, learn_companies, learn_people, undo_learning
from tragt.web.people.actions.adding import add_company, add_person, make_company
from tragt.web.people.actions.editing import save_company
from tragt.web.people.actions.folding import follow_domains, refold
from tragt.web.people.kinds import COMPANY
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.bulk import add_tag
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM, Who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

SCRIPT = {"HX-Request": "true"}


def person(email: str, **told: object) -> Person:
    return add_person({"name": email, "email": email, **told}, COMMAND_LINE)


def company_of(one: Person) -> str:
    one.refresh_from_db()
    return one.company.key if one.company else ""


def give(company: Company, domain: str | None, who: Who = COMMAND_LINE) -> int:
    company.refresh_from_db()
    seen = {"domain": company.domain} if company.domain else {}
    return save_company(company.pk, {"domain": domain}, seen, who=who).came


def test_domain_brings_the_persons_who_have_an_address_there_and_no_other_company() -> None:
    nordlys, ada, bo = add_company("Nordlys", COMMAND_LINE), person("ada@nordlys.com"), person("bo@nordlys.com")
    cleo = person("cleo@nordlys.com", company="Fjord")
    before = revision()
    assert company_of(ada) == company_of(bo) == "nordlys.com"
    assert give(nordlys, "nordlys.com") == 2
    assert company_of(ada) == company_of(bo) == "nordlys"
    assert company_of(cleo) == "fjord"
    assert set(Company.objects.values_list("key", flat=True)) == {"nordlys", "fjord"}, "one company, not two"
    assert revision() != before, "figures over companies are other ones"
    assert company_of(person("dan@nordlys.com")) == "nordlys"
    refold([ada.pk])
    assert company_of(ada) == "nordlys"


def test_domain_that_is_taken_away_or_changed_parts_who_belonged_by_it() -> None:
    nordlys, ada = add_company("Nordlys", COMMAND_LINE), person("ada@nordlys.com")
    named = person("bo@nordlys.com", company="Nordlys")
    give(nordlys, "nordlys.com")
    assert give(nordlys, "nordlys.dk") == -1
    assert (company_of(ada), company_of(named)) == ("nordlys.com", "nordlys")
    assert give(nordlys, "nordlys.com") == 1
    assert give(nordlys, None) == -1
    assert company_of(ada) == "nordlys.com"


def test_domain_of_foreign_letters_is_one_however_it_is_written() -> None:
    firm, ada = add_company("Energi", COMMAND_LINE), person("ada@ørsted.dk")
    assert company_of(ada) == "xn--rsted-uua.dk"
    assert give(firm, "ørsted.dk") == 1
    assert company_of(person("bo@ørsted.dk")) == "energi"
    with pytest.raises(InvalidDefinition, match="domain of Energi"):
        give(add_company("Other", COMMAND_LINE), "xn--rsted-uua.dk")


@pytest.mark.parametrize("told", [{"name": "Nordlys A/S"}, {"traits": {"sector": "wind"}}])
def test_company_that_people_know_of_keeps_its_persons_and_its_domain(told: Mapping[str, object]) -> None:
    ada = person("ada@nordlys.com")
    stands, other = Company.objects.get(key="nordlys.com"), add_company("Other", COMMAND_LINE)
    changes = {name: value for name, value in told.items() if name != "traits"} or {"traits.sector": "wind"}
    save_company(stands.pk, changes, {"name": stands.name} if "name" in changes else {}, who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="is the domain of"):
        give(other, "nordlys.com")
    # Known by it, whatever domain it was given since.
    give(stands, "nordlys.dk")
    with pytest.raises(InvalidDefinition, match="is the domain of"):
        give(other, "nordlys.com")
    assert company_of(ada) == "nordlys.com"


@pytest.mark.parametrize("how", ["owned", "marked", "named"])
def test_company_that_somebody_took_up_is_not_made_to_go(owner: User, how: str) -> None:
    person("ada@nordlys.com")
    stands, other = Company.objects.get(key="nordlys.com"), add_company("Other", COMMAND_LINE)
    if how == "owned":
        Company.objects.filter(pk=stands.pk).update(owner=owner)
    elif how == "marked":
        add_tag(COMPANY, [stands.pk], "VIP", who=Who.of(owner))
    else:
        add_company("nordlys.com", COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match=r"domain of nordlys\.com"):
        give(other, "nordlys.com")
    assert Company.objects.filter(pk=stands.pk).exists()


def test_company_that_is_not_seen_is_not_told_of_and_keeps_its_persons(
    owner: User, organisation: Organisation, make_user: Callable[..., User]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller = Who.of(make_user(Role.SELLER))
    hidden = make_company({"name": "Hemmelig", "domain": "hemmelig.dk"}, Who.of(owner), owner=owner.pk)
    by_name = add_company("Verborgen", Who.of(owner))
    give(by_name, "verborgen.de", Who.of(owner))
    Company.objects.filter(pk=by_name.pk).update(owner=owner)
    theirs = [person("ada@hemmelig.dk"), person("bo@verborgen.de")]
    mine = add_company("Mine", seller)
    for domain in ("hemmelig.dk", "verborgen.de", "nobodys.dk"):
        assert give(mine, domain, seller) == 0
        mine.refresh_from_db()
        assert mine.domain == domain, "as if there were none"
        refold([one.pk for one in theirs])
        assert [one.company for one in Person.objects.order_by("pk")] == [hidden, by_name]


def test_persons_who_are_not_seen_are_not_counted(
    owner: User, organisation: Organisation, make_user: Callable[..., User]
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    person("ada@nordlys.com"), person("bo@nordlys.com")
    Person.objects.filter(email="ada@nordlys.com").update(owner=owner)
    seller = Who.of(make_user(Role.SELLER))
    nordlys = add_company("Nordlys", seller)
    assert give(nordlys, "nordlys.com", seller) == 1
    assert Person.objects.filter(company=nordlys).count() == 2, "whose they are does not matter"


def test_file_of_companies_brings_their_persons_and_taking_it_back_parts_them() -> None:
    learn_people(
        pl.DataFrame({"actor": ["u:1", "u:2"], "email": ["a@nordlys.dk", "b@fjord.no"]}), cause="import:1", who=SYSTEM
    )
    learn_companies({"Nordlys A/S": {"domain": "nordlys.dk"}, "Fjord": {}}, cause="import:2", who=SYSTEM)
    by_mail = dict(Person.objects.values_list("email", "company__key"))
    assert by_mail == {"a@nordlys.dk": "nordlys a/s", "b@fjord.no": "fjord.no"}
    learn_people(pl.DataFrame({"actor": ["u:3"], "email": ["c@nordlys.dk"]}), cause="import:3", who=SYSTEM)
    undo_learning(cause="import:2", who=SYSTEM)
    by_mail = dict(Person.objects.values_list("email", "company__key"))
    assert by_mail == {"a@nordlys.dk": "nordlys.dk", "b@fjord.no": "fjord.no", "c@nordlys.dk": "nordlys.dk"}
    assert set(Company.objects.values_list("key", flat=True)) == {"nordlys.dk", "fjord.no"}


def test_domain_beyond_its_column_is_no_domain() -> None:
    long = f"{'x' * 290}.dk"
    learn_people(pl.DataFrame({"actor": ["u:1"], "email": [f"a@{long}"]}), cause="import:1", who=SYSTEM)
    assert Company.objects.get().domain == ""


def test_domain_of_mail_for_everybody_brings_nobody() -> None:
    ada, firm = person("ada@gmail.com"), add_company("Firm", COMMAND_LINE)
    assert give(firm, "gmail.com") == 0
    assert company_of(ada) == company_of(person("bo@gmail.com")) == ""


def test_page_says_who_came_and_is_shown_anew(owner_client: Client) -> None:
    nordlys = add_company("Nordlys", COMMAND_LINE)
    ada = person("ada@nordlys.com")
    at = f"/people/companies/{nordlys.pk}/"
    answer = owner_client.post(
        f"{at}edit/domain/", {"domain": "https://www.Nordlys.com/", "initial-domain": ""}, headers=SCRIPT
    )
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, at)
    page = owner_client.get(at).content.decode()
    assert "1 person with an address there belongs to this company now." in page
    assert f'href="/people/{ada.pk}/"' in page
    answer = owner_client.post(f"{at}edit/domain/", {"domain": "", "initial-domain": "nordlys.com"}, follow=True)
    assert "1 person whose address is elsewhere belongs to this company no more." in answer.content.decode()


def test_company_is_found_and_named_by_its_domain(owner_client: Client) -> None:
    nordlys = add_company("Nordlys", COMMAND_LINE)
    give(nordlys, "lights.com")
    assert "Nordlys" in owner_client.get("/people/companies/found/?q=light").content.decode()
    bo = person("bo@gmail.com")
    owner_client.post(f"/people/{bo.pk}/edit/company/", {"company": "Lights.com", "initial-company": ""})
    assert company_of(bo) == "nordlys"


def test_domain_asks_as_many_questions_for_many_persons() -> None:
    counts = []
    for number in (1, 30):
        firm = add_company(f"Firm {number}", COMMAND_LINE)
        for one in range(number):
            person(f"p{one}@firm{number}.com")
        counts.append(queries(partial(give, firm, f"firm{number}.com")))
    assert counts[0] == counts[1]


def test_company_that_is_told_stays_where_addresses_change(owner: User) -> None:
    nordlys, ada = add_company("Nordlys", COMMAND_LINE), person("ada@gmail.com")
    give(nordlys, "nordlys.com")
    edit_person(ada.pk, {"email": "ada@nordlys.com"}, who=Who.of(owner))
    assert company_of(ada) == "nordlys"
    edit_person(ada.pk, {"company": "Fjord"}, who=Who.of(owner))
    give(nordlys, "nordlys.dk")
    give(nordlys, "nordlys.com")
    assert company_of(ada) == "fjord"


def test_many_persons_follow_a_domain_by_a_job(owner_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who saves the company waits for nobody, who comes meanwhile is not lost, and doing it again changes nothing."""
    monkeypatch.setattr(folding, "AT_ONCE", 2)
    monkeypatch.setattr(folding, "CHUNK", 2)
    people = [person(f"{name}@nordlys.com") for name in ("ada", "bo", "cleo", "dan", "eve")]
    company = add_company("Nordlys", COMMAND_LINE)
    told_of = {"domain": "nordlys.com", "initial-domain": ""}
    at = f"/people/companies/{company.pk}/edit/domain/"
    page = owner_client.post(at, told_of, follow=True).content.decode()
    assert "5 persons are being put to the company of their address in the background" in page
    assert {company_of(one) for one in people} == {"nordlys.com"}
    late, before = person("late@nordlys.com"), revision()

    [job] = Job.objects.filter(name="people.follow_domains")
    told: list[tuple[int, int]] = []
    assert follow_domains(job.arguments["companies"], lambda *far: told.append(far)) == 6
    assert {company_of(one) for one in [*people, late]} == {"nordlys"}
    assert told == [(2, 6), (4, 6), (6, 6)]
    assert set(Company.objects.values_list("key", flat=True)) == {"nordlys"}
    assert revision() != before
    assert follow_domains(job.arguments["companies"], lambda *_: None) == 0


def test_many_persons_leave_a_domain_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [person(f"{name}@nordlys.com") for name in ("ada", "bo", "cleo")]
    nordlys = add_company("Nordlys", COMMAND_LINE)
    give(nordlys, "nordlys.com")
    monkeypatch.setattr(folding, "AT_ONCE", 2)
    give(nordlys, "nordlys.dk")
    assert {company_of(one) for one in people} == {"nordlys"}
    follow_domains([nordlys.pk], lambda *_: None)
    assert {company_of(one) for one in people} == {"nordlys.com"}
