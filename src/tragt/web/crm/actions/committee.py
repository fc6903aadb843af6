"""Who is on a deal, in which role, from when to when, and who of them is its primary contact.

Nothing of it rewrites history: events told before keep the contact they were told with.
"""

from datetime import date, datetime, time

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.actions.deals import changed, locked
from tragt.web.crm.models import Deal, Member, MemberRole
from tragt.web.people.actions.adding import add_person
from tragt.web.people.models import Person
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.formats import zone

__all__ = ["add_member", "add_new_member", "change_days", "change_role", "end_membership", "local_day", "make_primary"]

_FIRST_YEAR = 1990


def add_member(
    deal: int,
    person: int,
    role: str,
    *,
    who: Who,
    primary: bool = False,
    since: date | None = None,
) -> Member:
    """Put a person on a deal. The first one is its primary contact.

    Args:
        deal: Key of the deal.
        person: Key of the person.
        role: A `MemberRole`.
        who: Who does it.
        primary: Whether the person becomes the primary contact in place of whoever is.
        since: The day since which the person is on it; None means from now on.

    Raises:
        NotFound: There is no such deal or person, or it is not theirs to see.
        NotAllowed: The deal is not theirs to change.
        InvalidDefinition: There is no such role, the person is on the deal in it already, or the day cannot be.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee", role=role):
        row = locked(deal, who)
        found = _person(person, who)
        _check_role(role)
        begun = timezone.now() if since is None else _moment(since, time.min, "since")
        standing = Member.objects.filter(deal=row, until=None)
        if standing.filter(person=found, role=role).exists():
            raise InvalidDefinition("crm.on_it", f"{found} is on this deal in this role already.", name=str(found))
        primary = primary or not standing.filter(primary=True).exists()
        if primary:
            standing.filter(primary=True).update(primary=False)
        member = Member.objects.create(deal=row, person=found, role=role, primary=primary, since=begun)
        changed(row)
    return member


def add_new_member(  # noqa: PLR0913 - what is known of somebody new, and as what they join
    deal: int, name: str, email: str, role: str, *, who: Who, primary: bool = False, since: date | None = None
) -> Member:
    """Make a person known and put them on a deal, both or neither.

    Args:
        deal: Key of the deal.
        name: What the person is called; may be empty where there is an e-mail address.
        email: E-mail address; may be empty where there is a name.
        role: A `MemberRole`.
        who: Who does it.
        primary: Whether the person becomes the primary contact.
        since: The day since which the person is on it; None means from now on.

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
        return add_member(deal, add_person(told, who).pk, role, who=who, primary=primary, since=since)


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
        _end(old, timezone.now())
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
        _leave(_member(row, member), timezone.now())
        changed(row)


def change_days(
    deal: int, member: int, since: date, until: date | None, *, who: Who, version: int | None = None
) -> Member:
    """Say from which day to which somebody was on a deal. Who left may be on it again, and who is on it may have left.

    Args:
        deal: Key of the deal.
        member: Key of the membership, also of one that has ended.
        since: The first day, in the organisation's zone.
        until: The last day; None means that the person is on the deal.
        who: Who says so.
        version: The version of the deal that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such deal or membership.
        NotAllowed: The deal is not theirs to change.
        Conflict: Somebody changed the deal since.
        InvalidDefinition: A day that is still to come or long gone, the last before the first, or the person is on the
            deal in this role by another membership.
    """
    with acting(who, "deals.edit", f"deal {deal}", act="committee"):
        row = locked(deal, who, version)
        one = _member(row, member, ended=True)
        if since != local_day(one.since):
            one.since = _moment(since, time.min, "since")
        _check_order(since, until)
        one.save(update_fields=["since"])
        if until is None:
            _return(row, one)
        elif one.until is None or until != local_day(one.until):
            _leave(one, _moment(until, time.max, "until"))
        changed(row)
    return one


def _leave(member: Member, moment: datetime) -> None:
    """End a membership. If it was the primary contact, who is on the deal longest is that now."""
    was_primary = member.primary
    _end(member, moment)
    there = Member.objects.filter(deal=member.deal, until=None, person__struck=None)
    following = there.first() if was_primary else None
    if following is not None:
        following.primary = True
        following.save(update_fields=["primary"])


def _return(deal: Deal, member: Member) -> None:
    """Let somebody who left be on a deal again; the first one there is its primary contact."""
    if member.until is None:
        return
    standing = Member.objects.filter(deal=deal, until=None)
    if standing.filter(person=member.person_id, role=member.role).exists():
        raise InvalidDefinition("crm.on_it", f"{member.person} is on this deal already.", name=str(member.person))
    member.until, member.primary = None, not standing.filter(primary=True).exists()
    member.save(update_fields=["until", "primary"])


def _end(member: Member, moment: datetime) -> None:
    member.until, member.primary = max(moment, member.since), False
    member.save(update_fields=["until", "primary"])


def _moment(day: date, hour: time, field: str) -> datetime:
    """A moment of a day in the organisation's zone, at most now.

    Raises:
        InvalidDefinition: The day is still to come, or so long ago that it is a slip of the pen.
    """
    if day.year < _FIRST_YEAR or day > local_day(timezone.now()):
        raise InvalidDefinition(
            "crm.member_day", f"{day} cannot be: give a day from {_FIRST_YEAR} on that has come.", field=field
        )
    return min(datetime.combine(day, hour, zone()), timezone.now())


def local_day(moment: datetime) -> date:
    """The day of a moment, in the organisation's zone."""
    return moment.astimezone(zone()).date()


def _check_order(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise InvalidDefinition(
            "crm.member_days", f"The last day, {until}, is before the first, {since}.", field="until"
        )


def _member(deal: Deal, key: int, *, ended: bool = False) -> Member:
    there = Member.objects.filter(pk=key, deal=deal, person__struck=None)
    found = (there if ended else there.filter(until=None)).select_related("person").first()
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
