"""Who is on a deal: adding people to its buying committee, their roles, who is its primary contact, and when they left.

Nothing of it rewrites history: events told before keep the contact they were told with.
"""

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.actions.deals import changed, locked
from tragt.web.crm.models import Deal, Member, MemberRole
from tragt.web.people.actions.adding import add_person
from tragt.web.people.models import Person
from tragt.web.shell.acting import Who, acting

__all__ = ["add_member", "add_new_member", "change_role", "end_membership", "make_primary"]


def add_member(
    deal: int, person: int, role: str, *, who: Who, primary: bool = False, version: int | None = None
) -> Member:
    """Put a person on a deal. The first one is its primary contact.

    Args:
        deal: Key of the deal.
        person: Key of the person.
        role: A `MemberRole`.
        who: Who does it.
        primary: Whether the person becomes the primary contact in place of whoever is.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or person, or it is not theirs to see.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
        InvalidDefinition: There is no such role, or the person is on the deal in it already.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee", role=role):
        row = locked(deal, who, version)
        found = _person(person, who)
        _check_role(role)
        standing = Member.objects.filter(deal=row, until=None)
        if standing.filter(person=found, role=role).exists():
            raise InvalidDefinition("crm.on_it", f"{found} is on this deal in this role already.", name=str(found))
        primary = primary or not standing.filter(primary=True).exists()
        if primary:
            standing.filter(primary=True).update(primary=False)
        member = Member.objects.create(deal=row, person=found, role=role, primary=primary)
        changed(row)
    return member


def add_new_member(deal: int, name: str, email: str, role: str, *, who: Who, primary: bool = False) -> Member:
    """Make a person known and put them on a deal, both or neither.

    Args:
        deal: Key of the deal.
        name: What the person is called; may be empty where there is an e-mail address.
        email: E-mail address; may be empty where there is a name.
        role: A `MemberRole`.
        who: Who does it.
        primary: Whether the person becomes the primary contact.

    Raises:
        NotFound: There is no such deal, or it is not theirs to see.
        NotAllowed: The deal is not theirs to change.
        InvalidDefinition: The person cannot be made known, or there is no such role.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee", role=role):
        row = locked(deal, who)
        told: dict[str, object] = {"name": name.strip(), "email": email.strip()}
        if row.company is not None:
            told["company"] = row.company.key
        return add_member(deal, add_person(told, who).pk, role, who=who, primary=primary)


def change_role(deal: int, member: int, role: str, *, who: Who, version: int | None = None) -> Member:
    """Say that somebody on a deal has another role. The old one ends, so that both keep their days.

    Args:
        deal: Key of the deal.
        member: Key of the membership.
        role: A `MemberRole`.
        who: Who says so.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or membership.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
        InvalidDefinition: There is no such role, or the person has it already.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee", role=role):
        row = locked(deal, who, version)
        old = _member(row, member)
        _check_role(role)
        if Member.objects.filter(deal=row, person=old.person_id, role=role, until=None).exists():
            raise InvalidDefinition(
                "crm.on_it", f"{old.person} is on this deal in this role already.", name=str(old.person)
            )
        primary = old.primary
        _end(old)
        member_now = Member.objects.create(deal=row, person=old.person, role=role, primary=primary)
        changed(row)
    return member_now


def make_primary(deal: int, member: int, *, who: Who, version: int | None = None) -> Member:
    """Let somebody on a deal stand for it from now on: later events of the deal are this person's.

    Args:
        deal: Key of the deal.
        member: Key of the membership.
        who: Who says so.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or membership.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee"):
        row = locked(deal, who, version)
        one = _member(row, member)
        Member.objects.filter(deal=row, until=None, primary=True).update(primary=False)
        one.primary = True
        one.save(update_fields=["primary"])
        changed(row)
    return one


def end_membership(deal: int, member: int, *, who: Who, version: int | None = None) -> None:
    """Say that somebody is on a deal no longer. If it was the primary contact, who is on it longest is that now.

    Args:
        deal: Key of the deal.
        member: Key of the membership.
        who: Who says so.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or membership.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee"):
        row = locked(deal, who, version)
        one = _member(row, member)
        was_primary = one.primary
        _end(one)
        following = Member.objects.filter(deal=row, until=None, person__struck=None).first() if was_primary else None
        if following is not None:
            following.primary = True
            following.save(update_fields=["primary"])
        changed(row)


def _end(member: Member) -> None:
    member.until, member.primary = timezone.now(), False
    member.save(update_fields=["until", "primary"])


def _member(deal: Deal, key: int) -> Member:
    found = Member.objects.select_related("person").filter(pk=key, deal=deal, until=None).first()
    if found is None:
        raise NotFound("crm.no_member", "This person is not on the deal any more. Load the page again.")
    found.deal = deal
    return found


def _person(key: int, who: Who) -> Person:
    user = who.user if isinstance(who.user, User) else None
    found = Person.objects.filter(seen_by(user), pk=key, struck=None).first()
    if found is None:
        raise NotFound("people.no_person", "There is no such person. Perhaps the person was erased.")
    return found


def _check_role(role: str) -> None:
    if role not in MemberRole.values:
        raise InvalidDefinition(
            "crm.role", f"'{role}' is not one of the roles {', '.join(MemberRole.values)}.", field="role"
        )
