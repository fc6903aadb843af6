"""Each kind of data goes when its time is over, and not before; what was chosen is asked for, kept and noted."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries as queries_of
from tests.web.people.conftest import Put
from tragt.errors import InvalidDefinition, NotAllowed, TragtError
from tragt.events.tracking import TOUCHES
from tragt.funnel import Funnel, Step, run
from tragt.funnel.definition import Unit
from tragt.lake.index import Kind as Indexed
from tragt.web.accounts.models import AuditRow, Organisation, User
from tragt.web.collect.ageing import KINDS as TURNED_AWAY
from tragt.web.inbox.models import Rejected
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Due, Job
from tragt.web.jobs.progress import Cancelled, Progress, TryAgain
from tragt.web.jobs.registry import find
from tragt.web.jobs.schedule import enqueue_due
from tragt.web.jobs.worker import drain
from tragt.web.log.queries import lake
from tragt.web.mail.models import OutgoingMail
from tragt.web.people.actions import build_index, learn_claims, learn_people, learn_touches
from tragt.web.people.models import ConsentRow, Erasure, Identifier, Person, Statement
from tragt.web.people.queries import event_log
from tragt.web.people.queries.idle import idle_persons
from tragt.web.retention import actions, tasks
from tragt.web.retention.models import Rule, Run
from tragt.web.retention.queries import standing, standings
from tragt.web.shell import retention
from tragt.web.shell.acting import SYSTEM, Who
from tragt.web.shell.retention import Kind, kind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVENTS_OF_VISITORS, EVENTS_OF_PERSONS = "events.visitors", "events.persons"


def keep(code: str, days: int | None, way: str = "") -> None:
    """Choose without asking."""
    Rule.objects.update_or_create(pk=code, defaults={"days": days, "way": way})


def apply(code: str, now: datetime = NOW) -> int:
    return actions.apply(standing(kind(code)), now, lambda _gone: None)


def claimed(edges: Sequence[tuple[str, str, datetime]]) -> None:
    """Visitors who are users."""
    learn_claims(pl.DataFrame(edges, ["actor", "user", "at"], orient="row"), cause="import:1", who=SYSTEM)


def asked(created: datetime | None = None) -> Progress:
    """The nightly job as a worker holds it."""
    job = Job.objects.create(name="retention.remove_old", created=created or timezone.now())
    return Progress(job)


# ---------------------------------------------------------------- the registry


def test_kinds_every_one_can_be_counted_and_removed_when_there_is_nothing() -> None:
    for one in retention.kinds():
        assert one.count(NOW) == 0, one.code
        assert sum(one.remove(NOW, next((code for code, _ in one.ways), ""))) == 0, one.code
    assert AuditRow.objects.count() == 0, "nothing went, yet something was noted"


def test_kinds_defaults_keep_events_persons_and_audit_and_what_went_before_goes_as_before() -> None:
    days = {one.kind.code: one.days for one in standings()}
    assert {code for code, length in days.items() if length is None} >= {
        EVENTS_OF_VISITORS,
        EVENTS_OF_PERSONS,
        "people.idle",
        "people.consents",
        "accounts.audit",
    }
    assert days["collect.turned_away"] == days["imports.files"] == days["jobs.finished"] == 30
    assert days["mail.outgoing"] == 90


@pytest.mark.parametrize(
    ("code", "days"),
    [("accounts.audit", 365), ("collect.turned_away", 31), ("collect.turned_away", None), ("people.consents", 1826)],
)
def test_choose_too_short_or_too_long_is_refused(owner: User, code: str, days: int | None) -> None:
    with pytest.raises(InvalidDefinition, match="cannot be kept"):
        actions.choose(Who.of(owner), kind(code), days)
    assert not Rule.objects.exists()


def test_choose_only_owners_may_and_it_is_noted(make_user: Callable[..., User], owner: User) -> None:
    with pytest.raises(NotAllowed):
        actions.choose(Who.of(make_user("manager")), kind("jobs.finished"), 60)
    actions.choose(Who.of(owner), kind("jobs.finished"), 60)
    row = AuditRow.objects.get(verb="retention.edit")
    assert (row.target, row.user, row.details) == ("jobs.finished", owner, {"from": 30, "to": 60})
    assert retention.days_of("jobs.finished") == 60


def test_rule_that_a_later_version_does_not_allow_gives_way_to_the_default() -> None:
    keep("collect.turned_away", 400)
    assert standing(kind("collect.turned_away")).days == 30


# ---------------------------------------------------------------- rows


def turned(at: datetime) -> None:
    stamp = int(at.timestamp() * 1e6)
    Rejected.objects.create(source="key-1", trusted=True, received=stamp, code="x", message="no", call=b"{}")


def mail(at: datetime) -> None:
    OutgoingMail.objects.create(template="x", language="en", to="a@b.dk", message=str(at)[:32], created=at)


def job(at: datetime) -> None:
    Job.objects.create(name="x", state="done", finished=at)


def audit(at: datetime) -> None:
    AuditRow.objects.create(kind="user", verb="mail.test", at=at)


def consent(at: datetime) -> None:
    """What somebody said, and what they said otherwise right after, which is their last word."""
    same = {"purpose": "analytics", "basis": "consent", "cause": "x", "actor": f"u:{at}"}
    ConsentRow.objects.create(state="given", at=at, **same)
    ConsentRow.objects.create(state="withdrawn", at=at + timedelta(hours=1), **same)


ROWS: tuple[tuple[str, int, Callable[[datetime], None]], ...] = (
    ("collect.turned_away", 7, turned),
    ("mail.outgoing", 14, mail),
    ("jobs.finished", 30, job),
    ("accounts.audit", 731, audit),
    ("people.consents", 1827, consent),
)


@pytest.mark.parametrize(("code", "days", "make"), ROWS, ids=[code for code, *_ in ROWS])
def test_rows_older_than_chosen_go_in_pieces_and_younger_ones_stay(
    monkeypatch: pytest.MonkeyPatch, code: str, days: int, make: Callable[[datetime], None]
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    keep(code, days)
    for age in (days - 1, days + 1, days + 2, days + 3, 1):
        make(NOW - timedelta(days=age))
    assert kind(code).count(NOW - timedelta(days=days)) == 3
    assert apply(code) == 3
    noted = AuditRow.objects.filter(verb="retention.remove", target=code, kind="system").order_by("pk")
    assert [row.details["number"] for row in noted] == [2, 1]
    assert kind(code).count(NOW - timedelta(days=days)) == 0
    left = kind(code).count(NOW + timedelta(days=10 * days))
    assert left == 2 + (2 if code == "accounts.audit" else 0), "the younger ones, and that this was done"
    done = Run.objects.get(pk=code)
    assert (done.removed, done.before) == (3, NOW - timedelta(days=days))
    assert done.finished


def test_consents_the_last_word_and_what_was_said_on_a_shared_machine_stay() -> None:
    long_ago = NOW - timedelta(days=4000)
    same = {"purpose": "analytics", "basis": "consent", "cause": "x"}
    for hours, state in ((0, "given"), (1, "withdrawn"), (2, "given")):
        for actor in ("u:1", "a:shared", "a:alone"):
            ConsentRow.objects.create(actor=actor, state=state, at=long_ago + timedelta(hours=hours), **same)
    ConsentRow.objects.create(actor="u:1", state="given", at=long_ago, **{**same, "purpose": "personalisation"})
    claimed([("a:shared", "u:1", long_ago)])
    keep("people.consents", 1827)
    assert apply("people.consents") == 4
    left = ConsentRow.objects.values_list("actor", "purpose").order_by("actor", "purpose")
    assert list(left) == [
        ("a:alone", "analytics"),
        *[("a:shared", "analytics")] * 3,
        ("u:1", "analytics"),
        ("u:1", "personalisation"),
    ]


# ---------------------------------------------------------------- events


@pytest.fixture
def shop(put: Put, organisation: Organisation) -> None:  # noqa: ARG001
    """Visitors, some of whom became known, and users: another on each of 100 days, who asks and buys an hour later."""
    rows = []
    for number in range(100):
        at = NOW - timedelta(days=number, hours=2)
        actor = ("a:ghost", "a:known", "u:ann", "u:bo")[number % 4] + f"-{number}"
        rows += [("Asked", actor, at), ("Bought", actor, at + timedelta(hours=1))]
    put(rows)
    claimed([(f"a:known-{number}", f"u:known-{number}", NOW) for number in range(1, 100, 4)])


def entered() -> int:
    steps = (Step(("Asked",)), Step(("Bought",)))
    return run(Funnel(steps=steps, unit=Unit.PERSON, window=timedelta(days=1)), event_log()).steps[0].entered


def bodies(home: Path) -> str:
    """Everything that the files of the log and of the index say."""
    found = []
    for path in home.rglob("*"):
        if path.is_file() and path.suffix in (".parquet", ".json"):
            data = path.read_bytes()
            found.append(data.decode("utf-8", "replace"))
            if path.suffix == ".parquet":
                found.append(pl.read_parquet(io.BytesIO(data)).write_json())
    return "\n".join(found)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("code", "gone", "entered_after"), [(EVENTS_OF_VISITORS, 2 * 17, 100 - 17), (EVENTS_OF_PERSONS, 2 * 53, 47)]
)
def test_events_past_their_time_go_from_figures_and_bytes_exactly(
    home: Path, code: str, gone: int, entered_after: int
) -> None:
    build_index(Indexed.PERSON)
    keep(code, 30)
    assert kind(code).count(NOW - timedelta(days=30)) == gone
    before = entered()
    assert apply(code) == gone
    assert before == 100
    assert entered() == entered_after
    assert lake().read().height == 200 - gone
    said = bodies(home)
    assert ("a:ghost-96" in said, "u:bo-99" in said) == (code == EVENTS_OF_PERSONS, code == EVENTS_OF_VISITORS)
    assert "a:ghost-0" in said
    assert "u:bo-3" in said
    left = lake().read(columns=["actor", "time"]).filter(pl.col("time") < NOW - timedelta(days=30))
    assert left["actor"].str.starts_with("a:ghost").all() == (code == EVENTS_OF_PERSONS)
    assert [row.details["number"] for row in AuditRow.objects.filter(verb="retention.remove")] == [gone]


@pytest.mark.usefixtures("shop")
def test_events_of_visitors_gone_for_good_are_in_no_byte_of_the_home(home: Path) -> None:
    build_index(Indexed.PERSON)
    assert "ghost" in bodies(home)
    keep(EVENTS_OF_VISITORS, 30)
    assert apply(EVENTS_OF_VISITORS, NOW + timedelta(days=100)) == 50
    said = bodies(home)
    assert "ghost" not in said
    assert "u:bo" in said
    assert "Asked" in said


# ---------------------------------------------------------------- persons


@pytest.mark.usefixtures("organisation")
def test_idle_persons_are_those_of_whom_nothing_is_heard(put: Put) -> None:
    old, new = NOW - timedelta(days=500), NOW - timedelta(days=10)
    names = ("quiet", "active", "visited", "told", "consented", "going")
    learn_people(pl.DataFrame([{"actor": f"u:{one}", "name": one} for one in names]), cause="import:1", who=SYSTEM)
    put([("Asked", f"u:{one}", old) for one in names] + [("Asked", "u:active", new), ("Visited", "a:1", new)])
    claimed([("a:1", "u:visited", old)])
    Person.objects.update(updated=old)
    Statement.objects.update(at=old)
    Statement.objects.filter(person__name="told").update(at=new)
    same = {"purpose": "analytics", "basis": "consent", "cause": "x", "state": "given"}
    ConsentRow.objects.create(actor="u:consented", at=new, **same)
    going = Person.objects.get(name="going")
    Erasure.objects.create(kind="anonymise", subject={"person": going.pk, "actors": [], "emails": [], "phones": []})
    assert idle_persons(NOW - timedelta(days=90)) == ["u:quiet"]
    keep("people.idle", 366, "anonymise")
    assert apply("people.idle") == 1
    assert Erasure.objects.filter(kind="anonymise", finished=None).count() == 2
    assert apply("people.idle") == 0, "who is on the way out is not asked for again"
    Erasure.objects.all().delete()
    keep("people.idle", 366, "erase")
    assert apply("people.idle") == 2
    struck = Identifier.objects.exclude(person__struck=None).values_list("actor", flat=True)
    assert sorted(struck) == ["u:going", "u:quiet"]


@pytest.mark.usefixtures("organisation")
def test_idle_persons_nobody_goes_where_events_went_sooner(put: Put) -> None:
    learn_people(pl.DataFrame([{"actor": "u:ann", "name": "Ann"}]), cause="import:1", who=SYSTEM)
    put([("Asked", "u:ann", NOW - timedelta(days=60))])
    Person.objects.update(updated=NOW - timedelta(days=500))
    Statement.objects.update(at=NOW - timedelta(days=500))
    keep("people.idle", 366, "erase")
    keep(EVENTS_OF_PERSONS, 30)
    assert apply(EVENTS_OF_PERSONS) == 1
    assert apply("people.idle") == 0, "sixty days ago Ann did something"
    assert not Erasure.objects.exists()


def test_events_of_visitors_who_told_who_they_are_are_those_of_persons(put: Put) -> None:
    touched = {"kind": "identify", "anonymous": "a:form-1", "traits": '{"email": "ann@example.org"}', "trusted": False}
    learn_touches(pl.DataFrame([{**dict.fromkeys(TOUCHES), **touched, "at": NOW}], schema=TOUCHES), cause="collect:1")
    put([("Form Submitted", actor, NOW - timedelta(days=40)) for actor in ("a:form-1", "a:form-2")])
    assert [kind(code).count(NOW) for code in (EVENTS_OF_VISITORS, EVENTS_OF_PERSONS)] == [1, 1]


# ---------------------------------------------------------------- the job


def test_job_cut_short_goes_on_where_it_was_and_counts_all_that_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for age in range(31, 36):
        turned(timezone.now() - timedelta(days=age))
    progress = asked()

    def cut(of: Progress) -> None:
        if Rejected.objects.count() == 3:
            of.end(Cancelled)

    with pytest.raises(Cancelled):
        tasks.remove_old(Progress(progress.job, cut))
    half = Run.objects.get(pk="collect.turned_away")
    assert (half.removed, half.finished) == (2, None)
    tasks.remove_old(progress)
    done = Run.objects.get(pk="collect.turned_away")
    assert done.finished
    assert (done.removed, done.started, Rejected.objects.count()) == (5, half.started, 0)
    tasks.remove_old(progress)
    assert Run.objects.get(pk="collect.turned_away") == done, "what it was through with is not gone through again"
    assert Run.objects.get(pk="collect.turned_away").removed == 5


@pytest.mark.usefixtures("organisation")
def test_job_recurs_at_night_and_says_how_much_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for age in range(31, 36):
        turned(timezone.now() - timedelta(days=age))
    mail(timezone.now() - timedelta(days=100))
    enqueue_due()
    due = Due.objects.get(pk="retention.remove_old")
    assert due.rhythm == tasks.AT
    asked_for = enqueue(find("retention.remove_old"), SYSTEM)
    drain()
    asked_for.refresh_from_db()
    assert (asked_for.state, asked_for.done, asked_for.total) == ("done", 6, None)


def test_job_one_kind_that_cannot_go_now_keeps_no_other_from_going(monkeypatch: pytest.MonkeyPatch) -> None:
    turned(timezone.now() - timedelta(days=31))
    finished: list[str] = []

    def remove(_before: datetime, _way: str) -> Iterator[int]:
        if not Run.objects.get(pk="a.busy").removed:
            yield 3
            raise TragtError("lake.busy", "Another writes.")

    busy = Kind("a.busy", "Busy", "", lambda _: 1, remove, 1, 1, finish=lambda: finished.append("x"), order=0)
    monkeypatch.setattr(retention, "kinds", lambda: (busy, *TURNED_AWAY))
    monkeypatch.setattr("tragt.web.retention.queries.kinds", lambda: (busy, *TURNED_AWAY))
    with pytest.raises(TryAgain, match="Another writes"):
        tasks.remove_old(asked())
    assert not Rejected.objects.exists()
    assert (Run.objects.get(pk="a.busy").removed, Run.objects.get(pk="a.busy").finished, finished) == (3, None, [])
    tasks.remove_old(asked())
    assert (Run.objects.get(pk="a.busy").removed, finished) == (3, ["x"]), "what went before is finished with as well"


def test_job_finishes_a_run_that_was_cut_short_before_its_rule_was_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    finished: list[str] = []

    def remove(_before: datetime, _way: str) -> Iterator[int]:
        yield 3
        raise TragtError("lake.busy", "Another writes.")

    busy = Kind("a.busy", "Busy", "", lambda _: 1, remove, 1, 1, finish=lambda: finished.append("x"), order=0)
    monkeypatch.setattr("tragt.web.retention.queries.kinds", lambda: (busy,))
    with pytest.raises(TryAgain):
        tasks.remove_old(asked())
    actions.choose(SYSTEM, busy, None)
    tasks.remove_old(asked())
    run = Run.objects.get(pk="a.busy")
    assert (run.removed, run.finished is not None, finished) == (3, True, ["x"])
    tasks.remove_old(asked())
    assert (Run.objects.get(pk="a.busy"), finished) == (run, ["x"])


# ---------------------------------------------------------------- pages


def test_page_says_a_line_a_kind_and_what_went(owner_client: Client) -> None:
    turned(NOW - timedelta(days=1))
    Run.objects.create(pk="collect.turned_away", before=NOW, finished=NOW, removed=4711)
    page = owner_client.get("/settings/retention/").content.decode()
    assert "4,711 removed" in page
    assert page.count('hx-trigger="load"') == sum(one.days is not None for one in standings())
    assert page.count("for\xa0ever") >= 5
    part = owner_client.get("/settings/retention/collect.turned_away/count/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    whole = owner_client.get("/settings/retention/collect.turned_away/count/").content.decode()
    assert "Calls that were turned away" in whole


def test_page_costs_as_many_queries_whatever_was_chosen(owner_client: Client) -> None:
    owner_client.get("/settings/retention/")
    few = queries_of(lambda: owner_client.get("/settings/retention/"))
    for one in retention.kinds():
        keep(one.code, max(one.least, 30) if one.longest else None)
        Run.objects.create(pk=one.code, before=NOW)
    assert queries_of(lambda: owner_client.get("/settings/retention/")) == few


def test_page_a_shorter_time_asks_first_where_something_would_go(owner_client: Client) -> None:
    for age in (1, 10, 20):
        turned(timezone.now() - timedelta(days=age))
    address = "/settings/retention/collect.turned_away/"
    asks = owner_client.post(address, {"days": "7"})
    said = asks.content.decode()
    assert "2 are older than that and go" in said
    assert "This cannot be undone" in said
    assert not Rule.objects.exists()
    assert owner_client.post(address, {"days": "7", "sure": "yes"}).status_code == 302
    assert (Rule.objects.get().days, Rejected.objects.count()) == (7, 3), "nothing goes before the night"
    assert owner_client.post(address, {"days": "30"}).status_code == 302, "a longer time asks nothing"
    assert Rule.objects.get().days == 30
    assert owner_client.post(address, {"days": "400", "sure": "yes"}).status_code == 200
    assert Rule.objects.get().days == 30


def test_page_of_idle_persons_asks_how_they_go(owner_client: Client) -> None:
    address = "/settings/retention/people.idle/"
    assert "Anonymise them" in owner_client.get(address).content.decode()
    assert owner_client.post(address, {"days": "366"}).status_code == 200
    assert owner_client.post(address, {"days": "366", "way": "anonymise"}).status_code == 302
    assert (Rule.objects.get().days, Rule.objects.get().way) == (366, "anonymise")


def test_pages_those_who_may_not_see_or_change_are_refused(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    marketing, manager = client_of(make_user("marketing")), client_of(make_user("manager"))
    for address in ("", "jobs.finished/", "jobs.finished/count/"):
        assert marketing.get(f"/settings/retention/{address}").status_code == 403
    assert manager.get("/settings/retention/").status_code == 200
    assert "Change" not in manager.get("/settings/retention/").content.decode().split("<table")[1].split("</table")[0]
    assert manager.get("/settings/retention/jobs.finished/").status_code == 403
    assert manager.post("/settings/retention/jobs.finished/", {"days": "60", "sure": "yes"}).status_code == 403
    assert manager.get("/settings/retention/no.such/count/").status_code == 404


def test_audit_says_in_words_what_was_changed(owner_client: Client) -> None:
    owner_client.post("/settings/retention/jobs.finished/", {"days": "60"})
    turned(timezone.now() - timedelta(days=31))
    apply("collect.turned_away", timezone.now())
    page = owner_client.get("/settings/audit/").content.decode()
    assert "Changed for how long data are kept: Finished jobs" in page
    assert "30 → 60" in page
    assert "Removed data past their time: Calls that were turned away" in page
