"""Export, erasure and anonymising reach what forms hold of a person."""

import pytest

from tests.web.webforms.conftest import NOW, MakeForm, Visitor, events
from tragt.errors import NotFound
from tragt.web.people.queries import register
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.personal import Store, Subject
from tragt.web.webforms.actions.confirming import confirm, withdraw
from tragt.web.webforms.actions.sorting import rescue
from tragt.web.webforms.models import Standing, Submission
from tragt.web.webforms.showing import TRAP

pytestmark = pytest.mark.django_db


def store() -> Store:
    return next(one for one in register() if one.name == "tragt_webforms.Submission")


def filled_in(make_form: MakeForm) -> Subject:
    """One sent three: taken by an actor, waiting with an address, turned away with a number. One is another's."""
    Visitor(make_form()).sends(_anonymous="visitor-1")
    Visitor(make_form(double_opt_in=True)).sends()
    Visitor(make_form()).sends(**{TRAP: "x"}, email="other@example.org")
    Visitor(make_form(double_opt_in=True)).sends(email="stranger@example.org", phone="")
    return Subject(
        None,
        frozenset({"a:visitor-1"}),
        frozenset({"ase@example.org"}),
        frozenset({"+4533123456"}),
        {"a:visitor-1": "a:nobody"},
    )


def test_export_gives_what_was_typed_and_what_became_of_it(make_form: MakeForm) -> None:
    found = list(store().export(filled_in(make_form)))
    assert [row["standing"] for row in found] == ["taken", "waiting", "turned away"]
    assert found[1]["email"] == "ase@example.org"
    assert "Call me, please." in str(found[2]["answers"])


def test_erasure_removes_what_is_the_persons_and_nothing_else(make_form: MakeForm) -> None:
    assert store().erase(filled_in(make_form)) == 3
    assert Submission.objects.get().email == "stranger@example.org"


def test_anonymising_keeps_the_counts_and_nothing_that_was_typed(make_form: MakeForm) -> None:
    assert store().anonymise(filled_in(make_form)) == 3
    rows = Submission.objects.exclude(email="stranger@example.org")
    assert list(rows.values_list("standing", flat=True)) == [Standing.TAKEN] * 2
    assert "a:nobody" in set(rows.values_list("actor", flat=True))
    assert not any(row.answers or row.visit or row.email or "visitor-1" in row.actor for row in rows)
    assert events("Form Submitted")


def test_nobody_confirms_or_rescues_what_was_anonymised(make_form: MakeForm) -> None:
    subject = filled_in(make_form)
    waiting = Submission.objects.get(email="ase@example.org", standing=Standing.WAITING)
    turned = Submission.objects.get(standing=Standing.TURNED_AWAY)
    before = events()
    store().anonymise(subject)
    with pytest.raises(NotFound):
        confirm(waiting.key, NOW)
    withdraw(waiting.key, NOW)
    with pytest.raises(NotFound):
        rescue(SYSTEM, turned)
    assert events() == before
