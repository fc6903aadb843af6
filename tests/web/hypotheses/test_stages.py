"""Kinds of steps, told from names."""

import pytest

from tragt.web.hypotheses.stages import StageKind, stage_between, stage_called


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Webinar Joined", StageKind.INTEREST),
        ("Demo Requested", StageKind.MEETING),
        ("Proposal Sent", StageKind.PROPOSAL),
        ("Deal Won", StageKind.CLOSE),
        ("Signed Up", StageKind.SIGN_UP),
        ("checkoutStarted", StageKind.CHECKOUT),
        ("Order Completed", StageKind.CHECKOUT),
        ("Product Added", StageKind.CART),
        ("Product Viewed", StageKind.INTEREST),
        ("Page Viewed", StageKind.VISIT),
        ("MQL", StageKind.QUALIFICATION),
        ("Tilbud sendt", StageKind.PROPOSAL),
        ("Lagt i kurven", StageKind.CART),
        ("Møde afholdt", StageKind.MEETING),
        ("Möte bokat", StageKind.MEETING),
        ("Anmäld", StageKind.SIGN_UP),
        ("Kontrakt underskrevet", StageKind.CLOSE),
        ("Fornyelse", StageKind.RENEWAL),
        ("Kvalifisert", StageKind.QUALIFICATION),
        ("Objections", StageKind.OBJECTIONS),
        ("Set-up", StageKind.ACTIVATION),
        ("Xyzzy", StageKind.OTHER),
    ],
)
def test_name_of_a_step_in_four_languages_tells_its_kind(name: str, kind: StageKind) -> None:
    assert stage_called(name) == kind


def test_passage_is_of_the_step_at_which_they_stand() -> None:
    assert stage_between("Meeting Held", "Proposal Sent") == StageKind.MEETING
    assert stage_between("Xyzzy", "Proposal Sent") == StageKind.PROPOSAL


def test_who_comes_in_and_does_not_qualify_was_not_the_one_to_reach() -> None:
    assert stage_between("Lead Created", "Qualified") == StageKind.QUALIFICATION
    assert stage_between("Demo Held", "Qualified") == StageKind.MEETING
