"""What to ask about leaks and what to try: delivered, joined, overridden, put back."""

import pytest
from django.test import Client
from django.utils.translation import override

from tests.web.hypotheses.conftest import AsRole
from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import Role
from tragt.web.crm.models import Level, Pipeline, Stage
from tragt.web.funnels.models import SavedFunnel
from tragt.web.hypotheses.actions.remedies import MOST, change_remedy, choose_stage, put_aside, take_again
from tragt.web.hypotheses.delivered import OF_LEAK, OF_STAGE
from tragt.web.hypotheses.queries.remedies import LEAKS, Place, remedies, stage_of, texts_about, texts_at
from tragt.web.hypotheses.stages import StageKind
from tragt.web.leaks.models import Found
from tragt.web.leaks.queries import KINDS
from tragt.web.shell.acting import COMMAND_LINE

MEETING = Place(stage=StageKind.MEETING)


def test_every_kind_of_leak_at_every_kind_of_step_has_questions_and_proposals_in_four_languages() -> None:
    assert set(OF_STAGE) == set(StageKind)
    assert set(LEAKS) == set(KINDS)
    for one in [*OF_STAGE.values(), *OF_LEAK.values()]:
        assert one.questions
        assert one.proposals
    assert all(len(one.questions) == len(one.proposals) == 3 for one in OF_STAGE.values())


@pytest.mark.parametrize("language", ["da", "sv", "nb"])
def test_delivered_texts_are_said_in_each_language(language: str) -> None:
    with override("en"):
        english = {str(text) for one in [*OF_STAGE.values(), *OF_LEAK.values()] for text in one.proposals}
    with override(language):
        said = {str(text) for one in [*OF_STAGE.values(), *OF_LEAK.values()] for text in one.proposals}
    assert len(said) == len(english)
    assert not said & english


@pytest.mark.parametrize(
    ("stage", "word"),
    [("qualification", "target group"), ("meeting", "pitch"), ("proposal", "price"), ("proposal", "timeline")],
)
def test_remedy_is_about_what_usually_fails_there(stage: str, word: str) -> None:
    assert any(word in str(text) for text in OF_STAGE[StageKind(stage)].proposals)


@pytest.mark.django_db
def test_texts_about_a_leak_are_those_of_its_step_and_of_its_kinds() -> None:
    told = texts_about(("below_target", "drifted"), StageKind.MEETING)
    wanted = [*OF_STAGE[StageKind.MEETING].proposals, *OF_LEAK["below_target"].proposals, *OF_LEAK["drifted"].proposals]
    assert list(told.proposals) == [str(one) for one in wanted]


@pytest.mark.django_db
def test_own_words_stand_in_the_place_of_those_delivered_and_can_be_put_aside_and_taken_again() -> None:
    change_remedy(MEETING, who=COMMAND_LINE, proposals=["  Bring   a customer. ", "", "Bring a customer."])
    now = texts_at(MEETING)
    assert now.proposals == ("Bring a customer.",)
    assert now.questions == tuple(map(str, OF_STAGE[StageKind.MEETING].questions))
    assert now.own

    put_aside(MEETING, who=COMMAND_LINE)
    assert not texts_at(MEETING).own
    assert len(texts_at(MEETING).proposals) == 3

    take_again(MEETING, who=COMMAND_LINE)
    assert texts_at(MEETING).proposals == ("Bring a customer.",)


@pytest.mark.django_db
def test_own_words_for_a_kind_of_leak_at_a_kind_of_step_stand_there_alone() -> None:
    cell = Place("stuck", StageKind.MEETING)
    change_remedy(Place("stuck"), who=COMMAND_LINE, proposals=["Call them."])
    assert texts_at(cell).proposals == ("Call them.",)
    change_remedy(cell, who=COMMAND_LINE, proposals=["Meet again."])
    assert "Meet again." in texts_about(("stuck",), StageKind.MEETING).proposals
    assert "Call them." in texts_about(("stuck",), StageKind.PROPOSAL).proposals
    assert cell in [one.place for one in remedies()]


@pytest.mark.django_db
def test_second_of_two_who_write_the_same_texts_is_told() -> None:
    seen = texts_at(MEETING).version
    change_remedy(MEETING, who=COMMAND_LINE, proposals=["One."], version=seen)
    with pytest.raises(Conflict):
        change_remedy(MEETING, who=COMMAND_LINE, proposals=["Two."], version=seen)


@pytest.mark.django_db
def test_texts_beyond_the_bounds_or_of_no_place_are_refused() -> None:
    with pytest.raises(InvalidDefinition, match="at most"):
        change_remedy(MEETING, who=COMMAND_LINE, questions=[f"{number}?" for number in range(MOST + 1)])
    with pytest.raises(NotFound):
        Place.named("any", "any")
    with pytest.raises(NotFound):
        Place.named("stuck", "nowhere")


def test_stage_that_somebody_named_stands_before_the_guess(leak: Found) -> None:
    where = leak.funnel_id, leak.before, leak.step
    assert (stage_of(*where).kind, stage_of(*where).told) == (StageKind.MEETING, False)
    choose_stage(leak.funnel, leak.before, "close", who=COMMAND_LINE)
    assert (stage_of(*where).kind, stage_of(*where).told) == (StageKind.CLOSE, True)
    choose_stage(leak.funnel, leak.before, "", who=COMMAND_LINE)
    assert not stage_of(*where).told


def test_step_whose_name_tells_nothing_is_what_its_pipeline_has_it_as(saved: SavedFunnel) -> None:
    pipeline = Pipeline.objects.create(name="Sales")
    Stage.objects.create(pipeline=pipeline, name="Xyzzy", position=0, level=Level.BOTTOM)
    assert stage_of(saved.pk, "Xyzzy", "Plugh").kind == StageKind.OTHER
    SavedFunnel.objects.filter(pk=saved.pk).update(pipeline=pipeline)
    assert stage_of(saved.pk, "Xyzzy", "Plugh").kind == StageKind.CLOSE


def test_page_of_a_leak_shows_what_to_ask_and_starts_a_hypothesis_from_a_proposal(
    leak: Found, owner_client: Client
) -> None:
    page = owner_client.get(f"/leaks/{leak.pk}/").content.decode()
    proposal = str(OF_STAGE[StageKind.MEETING].proposals[1])
    assert proposal in page
    assert str(OF_LEAK["below_target"].questions[0]) in page
    form = owner_client.get(f"/hypotheses/new/?leak={leak.pk}&proposal=1").content.decode()
    assert f">\n{proposal}</textarea>" in form


def test_marketing_writes_own_words_and_a_viewer_reads_them(leak: Found, as_role: AsRole) -> None:
    marketing, viewer = as_role(Role.MARKETING), as_role(Role.VIEWER)
    assert viewer.get("/hypotheses/texts/any/meeting/").status_code == 403
    sent = {"questions": "Who?\r\nWhy?", "proposals": "Bring a customer.", "version": 0}
    assert marketing.post("/hypotheses/texts/any/meeting/", sent).status_code == 302
    assert "Bring a customer." in viewer.get(f"/leaks/{leak.pk}/").content.decode()
    clash = marketing.post("/hypotheses/texts/any/meeting/", {**sent, "proposals": "Mine"})
    assert clash.status_code == 409
    assert "Bring a customer." in clash.content.decode()
    assert "Mine</textarea>" in clash.content.decode()
    again = marketing.post("/hypotheses/texts/any/meeting/", {**sent, "proposals": "Mine", "version": 1})
    assert again.status_code == 302
    marketing.post("/hypotheses/texts/any/meeting/aside/")
    assert "Mine" not in viewer.get(f"/leaks/{leak.pk}/").content.decode()


def test_kind_of_step_is_changed_on_the_page_of_the_leak(leak: Found, as_role: AsRole) -> None:
    marketing = as_role(Role.MARKETING)
    page = marketing.post(f"/hypotheses/leaks/{leak.pk}/stage/", {"stage": "close"}, follow=True).content.decode()
    assert str(OF_STAGE[StageKind.CLOSE].proposals[0]) in page
    assert as_role(Role.SELLER).post(f"/hypotheses/leaks/{leak.pk}/stage/", {"stage": "cart"}).status_code == 403
