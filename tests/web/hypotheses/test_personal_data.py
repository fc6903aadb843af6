"""What people write in hypotheses may name somebody: it is told and blanked, and the card stays."""

import pytest

from tragt.web.hypotheses.actions.cards import add_note, remove_hypothesis
from tragt.web.hypotheses.actions.remedies import change_remedy
from tragt.web.hypotheses.models import Entry, Hypothesis, Remedy, StageOfStep
from tragt.web.hypotheses.personal_data import STORES
from tragt.web.hypotheses.queries.remedies import Place
from tragt.web.hypotheses.stages import StageKind
from tragt.web.shell.acting import COMMAND_LINE
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db

ANN = Subject(None, frozenset({"u:ann-4711", "u:ann"}), frozenset({"ann@example.org"}))
BY_NAME = {one.name.partition(".")[2]: one for one in STORES}


@pytest.mark.parametrize("removed", [False, True])
def test_text_that_leads_to_a_person_is_told_and_blanked_also_in_what_was_removed(
    card: Hypothesis, *, removed: bool
) -> None:
    Hypothesis.objects.filter(pk=card.pk).update(why="Ask ann@example.org about it.")
    if removed:
        remove_hypothesis(card.pk, who=COMMAND_LINE)
    store = BY_NAME["Hypothesis"]
    assert list(store.export(ANN)) == [{"hypothesis": card.pk, "why": "Ask ann@example.org about it."}]
    assert store.erase(ANN) == 1
    card.refresh_from_db()
    assert (card.why, card.belief) == ("…", "Guests do not see the point.")
    assert list(store.export(ANN)) == []


def test_value_that_is_a_short_identifier_goes_with_the_texts_that_name_it(card: Hypothesis) -> None:
    Hypothesis.objects.filter(pk=card.pk).update(by="referrer", value="ann", belief="Fewer of “ann” go on.", why="So.")
    assert BY_NAME["Hypothesis"].erase(ANN) == 1
    card.refresh_from_db()
    assert (card.value, card.belief, card.why) == ("…", "…", "So.")


def test_note_and_texts_of_ones_own_lose_the_lines_that_name_somebody(card: Hypothesis) -> None:
    add_note(card.pk, "ann-4711 said so.", who=COMMAND_LINE)
    add_note(card.pk, "Nobody said so.", who=COMMAND_LINE)
    change_remedy(Place(stage="meeting"), who=COMMAND_LINE, questions=["Why?", "What says ann@example.org?"])
    assert [row["text"] for row in BY_NAME["Entry"].export(ANN)] == ["ann-4711 said so."]
    assert [row["lines"] for row in BY_NAME["Remedy"].export(ANN)] == [["What says ann@example.org?"]]
    assert BY_NAME["Entry"].erase(ANN) == BY_NAME["Remedy"].anonymise(ANN) == 1
    assert set(Entry.objects.exclude(text="").values_list("text", flat=True)) == {"…", "Nobody said so."}
    assert Remedy.objects.get().questions == ["Why?"]


def test_names_of_funnel_and_steps_that_lead_to_a_person_go_too_and_no_others(card: Hypothesis) -> None:
    Hypothesis.objects.filter(pk=card.pk).update(
        funnel_name="Way of ann@example.org", before="Planned", step="Paid, says ann@example.org", value="ann"
    )
    assert card.funnel is not None
    StageOfStep.objects.create(funnel=card.funnel, step="Paid, says ann@example.org", stage=StageKind.MEETING)
    (told,) = BY_NAME["Hypothesis"].export(ANN)
    assert {name for name in told if name != "hypothesis"} == {"funnel_name", "step", "value"}
    assert [row["step"] for row in BY_NAME["StageOfStep"].export(ANN)] == ["Paid, says ann@example.org"]
    assert BY_NAME["Hypothesis"].erase(ANN) == BY_NAME["StageOfStep"].erase(ANN) == 1
    card.refresh_from_db()
    assert (card.funnel_name, card.before, card.step) == ("…", "Planned", "…")
    assert not StageOfStep.objects.exists()
    Hypothesis.objects.filter(pk=card.pk).update(before="Asked ann@example.org")
    assert BY_NAME["Hypothesis"].erase(ANN) == 1
