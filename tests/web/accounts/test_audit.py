"""The audit: every act, never a personal value, never changed."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.accounts.conftest import Letter
from tragt.web.accounts import actions, audit, targets
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.shell.acting import SYSTEM, Who, acting

pytestmark = pytest.mark.django_db

MakeUser = Callable[..., User]


def test_audit_keeps_names_and_counts_but_no_values(owner: User) -> None:
    with acting(Who.of(owner), "people.edit", "person 12", fields=["email"], rows=3) as act:
        act.details |= {"email": "bo@example.org", "phone": "+45 12 34 56 78", "long": "x" * 500, "deep": ["a@b.dk", 1]}
    row = AuditRow.objects.get()
    assert (row.user, row.verb, row.target, row.fields) == (owner, "people.edit", "person 12", ["email"])
    assert row.details == {"rows": 3, "email": "…", "phone": "…", "long": "…", "deep": ["…", 1]}


def test_audit_keeps_long_keys_and_days() -> None:
    with acting(SYSTEM, "people.edit", "person 123456789", first="2025-03-01", file="deals-2025-03-01.csv"):
        pass
    row = AuditRow.objects.get()
    assert row.target == "person 123456789"
    assert row.details == {"first": "2025-03-01", "file": "deals-2025-03-01.csv"}


@settings(max_examples=100)
@given(st.emails() | st.from_regex(r"\+?[0-9]{2}( ?[0-9]{2}){3,5}", fullmatch=True))
def test_audit_never_keeps_an_address_or_a_number_to_call(value: str) -> None:
    assert value not in str(audit.kept({"a": [value, {"b": f"called {value}."}]}))


def test_acts_of_users_leave_no_address_in_the_audit(
    owner: User, owner_client: Client, make_user: MakeUser, letters: list[Letter]
) -> None:
    owner_client.post("/settings/users/invite/", {"email": "bo@example.org", "role": "seller", "language": "da"})
    Client().post(letters[0].link, {"name": "Bo Lund", "password": "a long word of honour", "language": "da"})
    owner_client.post("/settings/profile/", {"name": "Anna Berg", "language": "sv"})
    actions.deactivate(Who.of(owner), make_user(Role.SELLER))
    kept = str([list(row.values()) for row in AuditRow.objects.values("verb", "target", "fields", "details")])
    assert AuditRow.objects.count() >= 4
    for value in ("@", "Bo", "Anna", "Berg"):
        assert value not in kept


def test_audit_of_an_act_that_failed_is_not_kept(owner: User) -> None:
    with pytest.raises(ZeroDivisionError), acting(Who.of(owner), "people.edit", "person 12"):
        raise ZeroDivisionError
    assert not AuditRow.objects.exists()


def test_audit_rows_are_neither_changed_nor_deleted() -> None:
    actions.note("session.refuse")
    row = AuditRow.objects.get()
    row.verb = "other"
    for change in (row.save, row.delete, AuditRow.objects.all().delete):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(TypeError):
        AuditRow.objects.update(verb="other")
    assert AuditRow.objects.get().verb == "session.refuse"


def test_audit_page_has_a_sentence_an_act_and_names_what_it_was_done_to(
    owner: User, owner_client: Client, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = make_user(Role.SELLER)
    AuditRow.objects.all()._raw_delete(AuditRow.objects.db)
    who, file = Who.of(owner), "sales.csv"
    actions.invite(who, "bo@example.org", Role.SELLER, "da")
    actions.change_role(who, seller, Role.MANAGER)
    actions.deactivate(who, seller)
    actions.create_write_key(who, "Website", "public")
    actions.change_profile(owner, name="Anna", language="en")
    for verb, details in (
        ("imports.run", {"act": "uploaded", "file": file, "size": 1200}),
        ("imports.run", {"persons_created": 3}),
        ("imports.run", {"act": "imported", "file": file, "events": 8800, "persons_created": 3}),
        ("imports.undo", {"act": "undone", "file": file}),
        ("imports.run", {"part": "start"}),
        ("imports.run", {"part": "done", "events": 2}),
        ("imports.run", {"size": 2}),
        ("imports.undo", {"part": "done"}),
        ("people.erase", {"act": "erase"}),
        ("unknown.act", {"odd_thing": 2}),
    ):
        with acting(who, "people.edit", "import 7", **details) as act:
            act.verb = verb
    lines = owner_client.get("/settings/audit/").context["lines"]
    assert [(line.what, line.more) for line in reversed(lines)] == [
        ("Invited bo@example.org", "Role: Seller"),
        ("Changed the role of seller@example.org", "Role, Seller → Manager"),
        ("Deactivated seller@example.org", "Active, Sessions ended: 0"),
        ("Made the key Website", "Kind: Public"),
        ("Changed their own profile", "Name"),
        ("Uploaded sales.csv", "Size: 1.2\N{NO-BREAK SPACE}kB"),
        ("Imported sales.csv", "Events: 8,800, Persons created: 3"),
        ("Undid the import of sales.csv", ""),
        ("Imported a file", "import 7, Events: 2"),
        ("Uploaded a file", "import 7, Size: 2\N{NO-BREAK SPACE}B"),
        ("Undid an import", "import 7"),
        ("Asked for a person to be erased", "import 7"),
        ("unknown.act", "import 7, odd thing: 2"),
    ]
    monkeypatch.setattr(targets, "_namers", dict(targets._namers))
    targets.add_namer("import", lambda keys: {key: f"old {key}.csv" for key in keys})
    deeds = [line.what for line in owner_client.get("/settings/audit/").context["lines"]]
    assert ("Imported old 7.csv" in deeds, "Undid the import of old 7.csv" in deeds) == (True, True)


def test_audit_page_filters_by_user_verb_and_day(owner: User, owner_client: Client, make_user: MakeUser) -> None:
    manager = make_user(Role.MANAGER)
    AuditRow.objects.bulk_create(
        [
            AuditRow(kind="user", user=owner, verb="imports.run", at=datetime.fromisoformat(at))
            for at in ("2025-03-01T22:59:59+00:00", "2025-03-01T23:00:00+00:00", "2025-03-02T22:59:59+00:00")
        ]
    )
    AuditRow.objects.create(kind="user", user=manager, verb="imports.undo")
    AuditRow.objects.create(kind="command line", verb="log.upkeep")

    def shown(**query: str) -> int:
        return len(owner_client.get("/settings/audit/", query).context["lines"])

    everything = AuditRow.objects.count()
    assert shown() == everything
    assert shown(who=str(manager.pk)) == 1
    assert shown(verb="imports.run") == 3
    # In Copenhagen, which is an hour ahead.
    assert shown(verb="imports.run", first="2025-03-02", last="2025-03-02") == 2
    assert shown(first="no day", who="x") == everything
    for day in ("0001-01-01", "9999-12-31"):
        assert shown(first=day) == shown(last=day) == everything
    assert shown(first="1900-01-01", last="2999-12-31") == everything
    assert "Command line" in owner_client.get("/settings/audit/").content.decode()


def test_audit_page_has_pages_and_a_constant_number_of_queries(
    owner: User, owner_client: Client, make_user: MakeUser
) -> None:
    def queries_of(path: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            owner_client.get(path)
        return len(counted)

    kinds = ("user", "write key", "api key", "invitation", "mail", "job")
    AuditRow.objects.bulk_create(AuditRow(kind="user", user=owner, verb="x", target=f"{kind} 1") for kind in kinds)
    few = queries_of("/settings/audit/")
    users = [owner, make_user(Role.SELLER), make_user(Role.VIEWER)]
    AuditRow.objects.bulk_create(
        AuditRow(kind="user", user=users[n % 3], verb="x", target=f"{kinds[n % 6]} {n}") for n in range(120)
    )
    assert queries_of("/settings/audit/") == few
    page = owner_client.get("/settings/audit/?page=3")
    assert len(page.context["lines"]) == AuditRow.objects.count() - 100
