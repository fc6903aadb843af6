"""Passing a deal on with all that its next stage asks for, as one change; and taking such a move back.

What a form gives may name a company or a person who is not known yet; they are made known in the same transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition
from tragt.web.crm.actions.activities import About, Entry, add_activity
from tragt.web.crm.actions.committee import add_member, add_new_member
from tragt.web.crm.actions.deals import NewDeal, edit_deal, locked, open_deal
from tragt.web.crm.actions.moving import back_to, lose_deal, move_deal, reopen_deal, win_deal
from tragt.web.crm.actions.renewing import open_renewal
from tragt.web.crm.models import Deal, MemberRole, Move, MoveKind, Status
from tragt.web.people.actions.adding import add_company, add_person
from tragt.web.shell.acting import Who

__all__ = [
    "TAKEN_BACK_FOR",
    "Answers",
    "Someone",
    "change_deal",
    "lose_after_all",
    "make_deal",
    "open_again",
    "pass_on",
    "renew_deal",
    "take_back",
    "win_after_all",
]

TAKEN_BACK_FOR = timedelta(days=30)
"""For how long a move can be taken back, which asks nothing of the deal."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as a form names one.

    Attributes:
        person: Key of somebody known; None means somebody new.
        name: What somebody new is called.
        email: E-mail address of somebody new; may be empty.
    """

    person: int | None = None
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was filled in because a stage asked for it.

    Attributes:
        fields: Fields of the deal, as `edit_deal` takes them; a company may be given by a name instead of a key.
        people: Who joins the deal, by the role.
        task: What is to be done next; None where nothing was asked.
        confirmed: The criteria of the stage, as they were read and said to be true; empty where nobody said so.
    """

    fields: Mapping[str, object] = field(default_factory=dict)
    people: Mapping[MemberRole, Someone] = field(default_factory=dict)
    task: Entry | None = None
    confirmed: str = ""


def make_deal(new: NewDeal, *, who: Who, company: str = "", contact: Someone | None = None) -> Deal:
    """Open a deal, with a company and a contact who may be new.

    Args:
        new: What is known of it; its company and contact count where these are not given by name.
        who: Who opens it.
        company: Name of the company, known or not; empty where it is given by its key or not at all.
        contact: The primary contact.

    Raises:
        InvalidDefinition: It has no name, the stage asks for more, or a value that cannot be.
        NotFound: There is no such stage, company, user or person.
    """
    with transaction.atomic():
        if company:
            new = replace(new, company=add_company(company, who).pk)
        if contact is not None:
            new = replace(new, contact=contact.person or _added(contact, company, who))
        return open_deal(new, who=who)


def change_deal(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Deal:
    """Change what is known of a deal; its company may be given by a name, known or not.

    Args:
        key: Key of the deal.
        changes: As `edit_deal` takes them.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: A field that deals do not have, or a value it cannot have.
    """
    with transaction.atomic():
        if isinstance(changes.get("company"), str):
            locked(key, who, version)
        return edit_deal(key, _with_keys(changes, who), who=who, version=version)


def pass_on(key: int, stage: int | None, answers: Answers, *, who: Who, version: int | None = None) -> Deal:
    """Move a deal to a stage, or win it, with what was asked filled in: all of it or nothing.

    Args:
        key: Key of the deal.
        stage: Key of the stage; None wins the deal.
        answers: What was filled in.
        who: Who moves it.
        version: The version they saw; None moves it whatever happened since.

    Raises:
        NotFound: There is no such deal or stage.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is closed, or the stage asks for fields that are still empty or for criteria that nobody
            confirmed (``required`` names them).
    """
    with transaction.atomic():
        filled = _answered(locked(key, who, version), answers, who)
        if stage is None:
            return win_deal(key, who=who, filled=filled, confirmed=answers.confirmed)
        return move_deal(key, stage, who=who, filled=filled, confirmed=answers.confirmed)


def open_again(key: int, stage: int | None, answers: Answers, *, who: Who, version: int | None = None) -> Deal:
    """Open a closed deal again, with what was asked filled in: all of it or nothing.

    Args:
        key: Key of the deal.
        stage: Key of the stage it goes on in; None means the one it was closed in, or where that is removed the first.
        answers: What was filled in.
        who: Who opens it.
        version: The version they saw; None opens it whatever happened since.

    Raises:
        NotFound: There is no such deal or stage.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is open, or the stage asks for fields that are still empty or for criteria that nobody
            confirmed (``required`` names them).
    """
    with transaction.atomic():
        filled = _answered(locked(key, who, version), answers, who)
        return reopen_deal(key, who=who, stage=stage, filled=filled, confirmed=answers.confirmed)


def win_after_all(key: int, answers: Answers, *, who: Who, version: int | None = None) -> Deal:
    """Open a closed deal again and close it as won, with what was asked filled in: all of it or nothing.

    Args:
        key: Key of the deal.
        answers: What was filled in. Only the win asks for something.
        who: Who wins it.
        version: The version they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal, or its pipeline has no stage any more.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is open, is won already, or the last stage asks for fields that are still empty or for
            criteria that nobody confirmed (``required`` names them).
    """
    with transaction.atomic():
        deal = locked(key, who, version)
        if deal.status == Status.WON:
            raise InvalidDefinition("crm.won", f"'{deal.name}' is won already; it stays so.", deal=deal.name)
        reopen_deal(key, who=who, version=version, confirmed=None)
        return pass_on(key, None, answers, who=who)


def lose_after_all(key: int, reason: int, *, who: Who, text: str = "", version: int | None = None) -> Deal:
    """Open a closed deal again and close it as lost: both or neither.

    Args:
        key: Key of the deal.
        reason: Key of the reason.
        who: Who lost it.
        text: What happened, in their words.
        version: The version they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or reason, or the deal's pipeline has no stage any more.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is open, or is lost already for this reason in these words.
    """
    with transaction.atomic():
        deal = locked(key, who, version)
        if deal.status == Status.LOST and (deal.reason_id, deal.reason_text) == (reason, text.strip()[:500]):
            raise InvalidDefinition("crm.lost", f"'{deal.name}' is lost already for this reason.", deal=deal.name)
        reopen_deal(key, who=who, version=version, confirmed=None)
        return lose_deal(key, reason, who=who, text=text)


def take_back(key: int, move: int, *, who: Who, version: int | None = None) -> Deal:
    """Bring a deal back to where it was before a move, as a move of its own: history keeps both.

    Nothing is asked of the deal again, so it is for slips: it can be done for `TAKEN_BACK_FOR`. A renewal that came of
    the move goes, unless somebody worked on it.

    Args:
        key: Key of the deal.
        move: Key of the move, which must be the deal's last.
        who: Who takes it back.
        version: The version they saw; None takes it back whatever else happened since.

    Raises:
        NotFound: There is no such deal, or the stage it came from is gone.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody moved or changed it since.
        InvalidDefinition: The move cannot be taken back, or not any more.
    """
    with transaction.atomic():
        deal = locked(key, who, version)
        last = Move.objects.filter(deal=deal).last()
        if last is None or last.pk != move:
            raise Conflict(
                "crm.moved_since", f"'{deal.name}' was moved again meanwhile; it stays where it is.", name=deal.name
            )
        if timezone.now() - last.at > TAKEN_BACK_FOR:
            raise InvalidDefinition(
                "crm.too_late",
                f"A move can be taken back for {TAKEN_BACK_FOR.days} days. Move the deal by hand, or open it again.",
                days=TAKEN_BACK_FOR.days,
            )
        if last.kind == MoveKind.ENTERED and last.origin_id is not None:
            return back_to(key, last.origin_id, who=who)
        if deal.status != Status.OPEN:
            return reopen_deal(key, who=who, confirmed=None)
        raise InvalidDefinition("crm.not_undone", "This cannot be taken back. Move the deal by hand.")


def renew_deal(key: int, *, who: Who, version: int | None = None) -> Deal:
    """Open the deal by which a won deal is renewed.

    Args:
        key: Key of the won deal.
        who: Who opens it.
        version: The version of the won deal that they saw; None opens it whatever happened since.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: It is not theirs to change.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is not won, is renewed already, or its pipeline has none for renewals.
    """
    with transaction.atomic():
        return open_renewal(locked(key, who, version), who=who)


def _answered(deal: Deal, answers: Answers, who: Who) -> dict[str, object]:
    """Put the people and the task of what was filled in on a deal; its fields, with keys in place of names."""
    for role, someone in answers.people.items():
        if someone.person is not None:
            add_member(deal.pk, someone.person, role, who=who)
        else:
            add_new_member(deal.pk, someone.name, someone.email, role, who=who)
    if answers.task is not None:
        add_activity(answers.task, About(deal=deal.pk), who=who)
    return _with_keys(answers.fields, who)


def _added(contact: Someone, company: str, who: Who) -> int:
    told = {"name": contact.name, "email": contact.email, "company": company or None}
    return add_person({name: value for name, value in told.items() if value}, who).pk


def _with_keys(changes: Mapping[str, object], who: Who) -> dict[str, object]:
    """The changes with a company's key in place of its name."""
    company = changes.get("company")
    if not isinstance(company, str):
        return dict(changes)
    return {**changes, "company": add_company(company, who).pk if company.strip() else None}
