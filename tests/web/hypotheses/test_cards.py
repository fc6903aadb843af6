"""The card of a hypothesis: from a leak in one click, changed in place, its states and its log, removed and back."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import queries
from tests.web.funnels.conftest import Happened
from tests.web.hypotheses.conftest import AsRole
from tragt.errors import Conflict, InvalidDefinition
from tragt.web.accounts.models import AuditRow, Organisation, Role, User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.actions.cards import (
    Draft,
    add_note,
    attach,
    change_hypothesis,
    purge,
    remove_hypothesis,
    set_state,
    write_hypothesis,
)
from tragt.web.hypotheses.attachable import Attachable, add_attachable
from tragt.web.hypotheses.models import EntryKind, Hypothesis, State
from tragt.web.hypotheses.panels import of_steps
from tragt.web.hypotheses.queries.cards import Asked, hypotheses, narrowed, tried
from tragt.web.leaks.models import Found
from tragt.web.leaks.presenting import entries
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str, **given: str) -> str:
    answer = client.get(address, given)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def fields_of(client: Client, address: str) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    form = client.get(address).context["form"]
    return {name: str(form[name].value() or "") for name in form.fields}


def test_one_click_from_a_leak_and_one_more_write_a_whole_hypothesis(leak: Found, owner_client: Client) -> None:
    (entry,) = entries([leak])
    page = owner_client.get(reverse("leaks:one", args=[leak.pk])).content.decode()
    address = f"/hypotheses/new/?leak={leak.pk}"
    assert f'href="{address}"' in page

    assert owner_client.post(address, {**fields_of(owner_client, address), "chosen": "0"}).status_code == 302
    row = Hypothesis.objects.get()
    assert row.belief.startswith(entry.sentence)
    assert entry.cost_sentence in row.why
    assert (row.gain, row.gain_low, row.gain_high, row.currency) == (900, 400, 1300, "DKK")
    assert (row.funnel, row.before, row.step, row.found) == (leak.funnel, "Meeting Held", "Proposal Sent", leak)
    assert row.attempt
    assert row.owner == User.objects.get()
    assert row.state == State.IDEA


@pytest.mark.parametrize("address", ["/leaks/", "/leaks/{leak}/"])
def test_way_to_write_one_stands_beside_each_leak_for_who_may(leak: Found, as_role: AsRole, address: str) -> None:
    way = f"/hypotheses/new/?leak={leak.pk}"
    assert way in as_role(Role.SELLER).get(address.format(leak=leak.pk)).content.decode()
    viewer = as_role(Role.VIEWER)
    assert way not in viewer.get(address.format(leak=leak.pk)).content.decode()
    assert viewer.get(way).status_code == 403
    assert viewer.post(way, {"belief": "x"}).status_code == 403


def test_hypothesis_by_hand_is_about_the_step_that_was_looked_at(saved: SavedFunnel, owner_client: Client) -> None:
    address = f"/hypotheses/new/?funnel={saved.pk}&step=1"
    assert "Webinar Joined → Meeting Held" in text_of(owner_client, address)
    owner_client.post(address, {"belief": "They forget.", "attempt": "Call them.", "gain": "2,5", "currency": ""})
    assert not Hypothesis.objects.exists()  # English writes 2.5
    owner_client.post(address, {"belief": "They forget.", "attempt": "Call them.", "gain": "2.5", "currency": ""})
    row = Hypothesis.objects.get()
    assert (row.before, row.step, row.gain, row.currency) == ("Webinar Joined", "Meeting Held", 2.5, "")
    assert "2.5 conversions" in text_of(owner_client, f"/hypotheses/{row.pk}/")
    for wrong in (f"funnel={saved.pk}&step=9", f"funnel={saved.pk}&step=0", "funnel=99&step=1", "leak=99", "leak=x"):
        assert owner_client.get(f"/hypotheses/new/?{wrong}").status_code == 404, wrong


def test_form_keeps_what_was_typed_and_says_what_is_wrong(leak: Found, owner_client: Client) -> None:
    address = f"/hypotheses/new/?leak={leak.pk}"
    sent = {**fields_of(owner_client, address), "gain": "100", "gain_low": "200", "why": "Because I say so"}
    page = owner_client.post(address, sent)
    assert page.status_code == 422
    assert "Check the three amounts" in page.content.decode()
    assert "Because I say so" in page.content.decode()
    assert owner_client.post(address, {**sent, "belief": "  "}).status_code == 422
    assert not Hypothesis.objects.exists()


def test_each_change_of_state_is_a_line_of_the_log(card: Hypothesis, owner: User, owner_client: Client) -> None:
    address = f"/hypotheses/{card.pk}/state/"
    owner_client.post(address, {"state-state": "running", "version": card.version})
    owner_client.post(address, {"state-state": "works", "state-text": "Two more a week.", "version": card.version + 1})
    lines = list(card.log.values_list("kind", "origin", "state", "text", "by"))
    assert lines == [
        ("state", "running", "works", "Two more a week.", owner.pk),
        ("state", "idea", "running", "", owner.pk),
        ("written", "", "idea", "", None),
    ]
    page = text_of(owner_client, f"/hypotheses/{card.pk}/")
    assert "Running → Works" in page
    assert "Two more a week." in page


def test_state_that_somebody_else_changed_meanwhile_is_not_overwritten(card: Hypothesis, owner_client: Client) -> None:
    set_state(card.pk, "dropped", who=COMMAND_LINE)
    answer = owner_client.post(
        f"/hypotheses/{card.pk}/state/", {"state-state": "running", "state-text": "Go", "version": card.version}
    )
    assert answer.status_code == 409
    assert "meanwhile" in answer.content.decode()
    assert "Go</textarea>" in answer.content.decode()
    card.refresh_from_db()
    assert card.state == State.DROPPED


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_part_is_changed_in_place(card: Hypothesis, owner_client: Client, headers: dict[str, str]) -> None:
    address = f"/hypotheses/{card.pk}/change/belief/"
    form = owner_client.get(address, headers=headers).content.decode()
    assert "Guests do not see the point.</textarea>" in form
    assert ("<html" in form) is not bool(headers)
    answer = owner_client.post(address, {"belief": "Guests forget.", "version": card.version}, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    card.refresh_from_db()
    assert card.belief == "Guests forget."
    assert list(card.log.first().fields) == ["belief"]  # type: ignore[union-attr]
    assert (card.gain, card.gain_low, card.currency) == (900, 400, "DKK")


def test_part_that_somebody_else_changed_meanwhile_is_shown_and_only_then_written_over(
    card: Hypothesis, owner_client: Client
) -> None:
    seen, address = card.version, f"/hypotheses/{card.pk}/change/belief/"
    change_hypothesis(card.pk, {"why": "A reason."}, who=COMMAND_LINE)
    assert owner_client.post(address, {"belief": "Mine.", "version": seen}).status_code == 302, "another part changed"
    change_hypothesis(card.pk, {"belief": "Theirs."}, who=COMMAND_LINE)
    clash = owner_client.post(address, {"belief": "Mine again.", "version": seen + 2})
    assert clash.status_code == 409
    page = clash.content.decode()
    assert "Theirs." in page
    assert "Mine again.</textarea>" in page
    version = re.search(r'name="version" value="(\d+)"><?', page)
    assert version is not None
    card.refresh_from_db()
    assert owner_client.post(address, {"belief": "Mine again.", "version": card.version}).status_code == 302
    card.refresh_from_db()
    assert card.belief == "Mine again."


def test_gain_and_owner_are_changed_with_what_belongs_to_them(
    card: Hypothesis, owner: User, owner_client: Client
) -> None:
    gains = {"gain": "1,200", "gain_low": "", "gain_high": "2,000.5", "currency": "EUR", "version": card.version}
    assert owner_client.post(f"/hypotheses/{card.pk}/change/gain/", gains).status_code == 302
    assert owner_client.post(f"/hypotheses/{card.pk}/change/owner/", {"owner": owner.pk}).status_code == 302
    card.refresh_from_db()
    assert (card.gain, card.gain_low, card.gain_high, card.currency) == (1200, None, 2000.5, "EUR")
    assert card.owner == owner
    assert owner_client.get(f"/hypotheses/{card.pk}/change/state/").status_code == 404
    assert owner_client.post(f"/hypotheses/{card.pk}/change/owner/", {"owner": 4711}).status_code == 422


def test_removed_hypothesis_comes_back_by_one_click_and_goes_for_good_later(
    card: Hypothesis, owner_client: Client
) -> None:
    page = owner_client.post(f"/hypotheses/{card.pk}/remove/", {"version": card.version}, follow=True).content.decode()
    assert f"/hypotheses/{card.pk}/bring-back/" in page
    assert owner_client.get(f"/hypotheses/{card.pk}/").status_code == 404
    assert owner_client.post(f"/hypotheses/{card.pk}/bring-back/").status_code == 302
    assert "Guests do not see" in text_of(owner_client, f"/hypotheses/{card.pk}/")

    remove_hypothesis(card.pk, who=COMMAND_LINE)
    assert purge() == 0
    Hypothesis.objects.update(deleted="2020-01-01T00:00Z")
    assert owner_client.post(f"/hypotheses/{card.pk}/bring-back/").status_code == 404
    assert purge() > 0
    assert not Hypothesis.objects.exists()


def test_register_narrows_by_state_owner_funnel_and_text(
    card: Hypothesis, saved: SavedFunnel, owner: User, owner_client: Client
) -> None:
    other = write_hypothesis(Draft("Prices frighten them.", owner=owner.pk), who=COMMAND_LINE)
    set_state(other.pk, "works", who=COMMAND_LINE)
    for asked, found in (
        (Asked(), {card.pk, other.pk}),
        (Asked("open"), {card.pk}),
        (Asked("works"), {other.pk}),
        (Asked(owner=owner.pk), {other.pk}),
        (Asked(funnel=saved.pk), {card.pk}),
        (Asked(text="frighten prices"), {other.pk}),
        (Asked(text="meeting"), {card.pk}),
    ):
        assert set(narrowed(hypotheses(None), asked).values_list("pk", flat=True)) == found, asked
    page = text_of(owner_client, "/hypotheses/", state="works")
    assert "Prices frighten" in page
    assert "Guests do" not in page
    assert "No such hypothesis" in text_of(owner_client, "/hypotheses/", q="nowhere")
    assert "Prices frighten" in text_of(owner_client, "/hypotheses/", state="<odd>", owner="x")


def test_register_asks_as_many_questions_for_twenty_as_for_two(leak: Found, owner_client: Client) -> None:
    def write() -> None:
        write_hypothesis(Draft("More", funnel=leak.funnel, before=leak.before, step=leak.step), who=COMMAND_LINE)

    write()
    write()
    owner_client.get("/hypotheses/")
    few = queries(lambda: owner_client.get("/hypotheses/"))
    for _ in range(18):
        write()
    assert queries(lambda: owner_client.get("/hypotheses/")) == few


def test_register_as_a_file_holds_what_is_asked_for(card: Hypothesis, owner_client: Client) -> None:
    write_hypothesis(Draft("=1+1"), who=COMMAND_LINE)
    answer = owner_client.get("/hypotheses/hypotheses.csv")
    text = answer.getvalue().decode("utf-8-sig")
    rows = {row["hypothesis"]: row for row in csv.DictReader(io.StringIO(text))}
    mine = rows[str(card.pk)]
    assert (mine["gain_a_month"], mine["low"], mine["currency"]) == ("900.0", "400.0", "DKK")
    assert (mine["from"], mine["to"], mine["state"]) == ("Meeting Held", "Proposal Sent", "idea")
    assert not any(row["belief"].startswith("=") for row in rows.values())
    narrow = owner_client.get("/hypotheses/hypotheses.csv?funnel=" + str(card.funnel_id))
    assert len(narrow.getvalue().decode().strip().splitlines()) == 2


def test_what_was_tried_at_a_step_is_told_there(
    card: Hypothesis, leak: Found, owner: User, owner_client: Client
) -> None:
    assert list(tried(leak.funnel, "Meeting Held", owner)) == [card]
    assert list(tried(leak.funnel, "Proposal Sent", owner)) == [card]
    assert not tried(leak.funnel, "Webinar Joined", owner).exists()
    page = text_of(owner_client, f"/leaks/{leak.pk}/")
    assert "Tried here before Guests do not see the point." in page


def test_page_of_a_step_tells_what_was_tried_there(
    card: Hypothesis, saved: SavedFunnel, owner: User, make_user: Callable[..., User]
) -> None:
    panel = of_steps(saved, 1, owner)
    assert panel is not None
    assert card.belief in panel.html
    assert f"/hypotheses/new/?funnel={saved.pk}&amp;step=2" in panel.html
    nothing = of_steps(saved, 0, make_user(Role.VIEWER))
    assert nothing is not None
    assert card.belief not in nothing.html
    assert "/hypotheses/new/" not in nothing.html


def test_hypothesis_outlives_its_funnel_and_its_leak(
    card: Hypothesis, saved: SavedFunnel, owner_client: Client
) -> None:
    saved.delete()
    page = text_of(owner_client, f"/hypotheses/{card.pk}/")
    assert "Sales" in page
    assert "Meeting Held → Proposal Sent" in page
    assert "Sales" in text_of(owner_client, "/hypotheses/")


def test_palette_finds_and_the_audit_names_a_hypothesis(card: Hypothesis, owner_client: Client) -> None:
    assert f"/hypotheses/{card.pk}/" in owner_client.get("/search/?q=guests point").content.decode()
    assert AuditRow.objects.filter(verb="hypotheses.edit", target=f"hypothesis {card.pk}").exists()
    assert "Guests do not see the point." in text_of(owner_client, "/settings/audit/")


def test_journey_that_hangs_on_a_hypothesis_stands_on_its_card(card: Hypothesis, owner_client: Client) -> None:
    with pytest.raises(InvalidDefinition):
        attach(card.pk, "journey", "7", "Win them back", who=COMMAND_LINE)
    add_attachable(Attachable("journey", "Journey", "route", lambda key: f"/journeys/{key}/", "hypotheses.see"))
    attach(card.pk, "journey", "7", "Win them back", who=COMMAND_LINE)
    attach(card.pk, "journey", "7", "Win them back", who=COMMAND_LINE)
    assert card.links.count() == 1
    assert card.log.filter(kind=EntryKind.ATTACHED).count() == 1
    assert '<a href="/journeys/7/">Win them back</a>' in owner_client.get(f"/hypotheses/{card.pk}/").content.decode()


def test_note_is_bounded_and_does_not_stand_in_the_way_of_a_change(card: Hypothesis) -> None:
    add_note(card.pk, "Asked three of them.", who=COMMAND_LINE)
    change_hypothesis(card.pk, {"belief": "New."}, who=COMMAND_LINE, version=card.version)
    with pytest.raises(Conflict):
        change_hypothesis(card.pk, {"belief": "Old."}, who=COMMAND_LINE, version=card.version)
    for wrong in ("   ", "x" * 5001):
        with pytest.raises(InvalidDefinition):
            add_note(card.pk, wrong, who=COMMAND_LINE)


def test_card_leads_to_those_it_is_about_for_those_who_see_everyone(
    happened: Happened, leak: Found, card: Hypothesis, owner_client: Client, as_role: AsRole
) -> None:
    came = [("ann", "Webinar Joined"), ("ann", "Meeting Held"), ("bo", "Webinar Joined"), ("cy", "Meeting Held")]
    happened([(name, event, "2026-01-05") for name, event in came])
    owner_client.get(reverse("funnel", args=[leak.funnel_id]))
    assert "Nobody stands here" in owner_client.get(f"/hypotheses/{card.pk}/").content.decode(), "none drifted away"
    Hypothesis.objects.update(found=None)
    page = owner_client.get(f"/hypotheses/{card.pk}/").content.decode()
    (listed,) = re.findall(rf'href="({re.escape(reverse("funnel_step", args=[leak.funnel_id, 2]))}[^"]*)"', page)
    assert [one.named.label for one in owner_client.get(listed).context["people"]] == ["ann"]

    Organisation.objects.update(sellers_see="own")
    seller = as_role(Role.SELLER).get(f"/hypotheses/{card.pk}/")
    assert (seller.status_code, "/steps/2/" in seller.content.decode()) == (200, False)
    Hypothesis.objects.update(before="Renamed")
    assert "/steps/2/" not in owner_client.get(f"/hypotheses/{card.pk}/").content.decode()
