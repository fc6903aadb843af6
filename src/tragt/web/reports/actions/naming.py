"""Naming who gets a funnel every week, changing, pausing and removing that."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import User
from tragt.web.funnels.blanking import names_somebody
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnel
from tragt.web.mail.actions import send
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports import tokens
from tragt.web.reports.models import ADDRESS_LENGTH, State, Subscription, Weekday
from tragt.web.reports.queries import removed_subscription, subscription_of
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.holding import hold, take_turn
from tragt.web.shell.language import LANGUAGES

__all__ = [
    "EDIT",
    "MOST",
    "OWN",
    "Named",
    "alter",
    "ask_again",
    "change",
    "name_reader",
    "pause",
    "remove",
    "resume",
    "undo",
]

EDIT, OWN = "reports.edit", "reports.own"

MOST = 200
"""How many reports there may be in all."""

MOST_MAILS = 3
"""How many mails an address gets in a week that asks it for a yes."""

_QUIET = timedelta(days=30)
"""For how long nobody is asked again who stopped a report."""

_CONFIRM = "reports/mail/confirm"
_EDITABLE = ("weekday", "language")


@dataclass(frozen=True, slots=True)
class Named:
    """Who is to get which funnel.

    Attributes:
        funnel: Key of the funnel.
        to: An address; that of a user means the user. Empty means whoever names.
        language: In which language to write; of a user the user's own is taken.
        weekday: On which day of the week, 0 for Monday to 6.
    """

    funnel: int
    to: str = ""
    language: str = ""
    weekday: int = Weekday.MONDAY


def name_reader(named: Named, *, who: Who) -> Subscription:
    """Let somebody have a funnel by mail every week.

    A user is sent it from then on, and can stop it. Whoever has no account is asked first, by a mail with a link.

    Args:
        named: Who, and what.
        who: Who names. To name oneself, ``reports.own`` is enough.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such funnel.
        InvalidDefinition: It is no address, no language, no day; they get it already; there are too many; or they have
            no account and the funnel names persons.
    """
    user = _user(named, who)
    with acting(who, _needed(who, user), f"funnel {named.funnel}", act="add") as act:
        funnel = saved_funnel(named.funnel)
        address = "" if user else _address(named.to)
        take_turn("reports.name")
        _check_room(funnel, user, address)
        row = Subscription(key=secrets.token_hex(16), funnel=funnel, user=user, address=address)
        row.weekday, row.language = _weekday(named.weekday), "" if user else _language(named.language)
        row.by_id, row.begins = who.user.pk if who.user else None, timezone.now()
        row.state = State.ACTIVE if user else State.ASKED
        row.save()
        if address:
            _ask(row, who)
        act.details["report"] = row.pk
        act.details["outside"] = bool(address)
    return row


def change(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Subscription:
    """Change on which day a report leaves, and in which language.

    Args:
        key: Of the report.
        changes: Any of ``weekday`` and ``language``.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such report, or it is another's.
        Conflict: Somebody changed it since.
        InvalidDefinition: A value that cannot be.
    """
    row = _theirs(key, who)
    with acting(who, _needed(who, row.user), f"funnel {row.funnel_id}", act="edit", fields=sorted(changes)):
        row = _locked(key, version)
        for name, value in changes.items():
            if name not in _EDITABLE:
                raise InvalidDefinition(
                    "reports.field", f"A report has no field '{name}'; known are {', '.join(_EDITABLE)}.", field=name
                )
            if name == "language":
                row.language = "" if row.user_id else _language(str(value))
            else:
                row.weekday = _weekday(value)
        return _saved(row, *_EDITABLE)


@transaction.atomic
def alter(
    key: int, changes: Mapping[str, object], *, paused: bool | None, who: Who, version: int | None = None
) -> Subscription:
    """Change a report, and pause or resume it: all of it or nothing.

    Args:
        key: Of the report.
        changes: As `change` takes them.
        paused: Whether nothing is to be sent for now; None leaves that as it is.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such report, or it is another's.
        Conflict: Somebody changed it since.
        InvalidDefinition: A value that cannot be, or it cannot be paused or resumed.
    """
    _theirs(key, who)
    row = _locked(key, version)
    if changes:
        row = change(key, changes, who=who)
    if paused is not None and paused != (row.state == State.PAUSED):
        row = (pause if paused else resume)(key, who=who)
    return row


def pause(key: int, *, who: Who, version: int | None = None) -> Subscription:
    """Send a reader nothing until the report is resumed.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such report, or it is another's.
        Conflict: Somebody changed it since the version that was seen.
        InvalidDefinition: Nothing is sent as it is.
    """
    row = _theirs(key, who)
    with acting(who, _needed(who, row.user), f"funnel {row.funnel_id}", act="pause"):
        row = _locked(key, version)
        if row.state not in (State.ACTIVE, State.PAUSED):
            raise InvalidDefinition("reports.not_sent", "This report is not being sent, so there is nothing to pause.")
        row.state = State.PAUSED
        return _saved(row, "state")


def resume(key: int, *, who: Who, version: int | None = None) -> Subscription:
    """Send a reader the report again. One that the reader stopped is only resumed by that reader, where they sign in.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such report, or it is another's.
        Conflict: Somebody changed it since the version that was seen.
        InvalidDefinition: The reader did not say yes, or stopped it.
    """
    row = _theirs(key, who)
    with acting(who, _needed(who, row.user), f"funnel {row.funnel_id}", act="resume"):
        row = _locked(key, version)
        own = who.user is not None and row.user_id == who.user.pk
        if row.state == State.STOPPED and not own:
            raise InvalidDefinition(
                "reports.stopped", "The reader stopped this report. Only the reader can have it sent again."
            )
        if row.state == State.ASKED:
            raise InvalidDefinition("reports.asked", "The reader has not confirmed yet. Ask once more.")
        row.state, row.stopped, row.begins = State.ACTIVE, None, timezone.now()
        return _saved(row, "state", "stopped", "begins")


def ask_again(key: int, *, who: Who) -> Subscription:
    """Send the mail once more that asks a reader for a yes.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such report.
        InvalidDefinition: The reader said yes or no already, or was asked often enough, or the funnel names persons.
    """
    row = subscription_of(key)
    with acting(who, EDIT, f"funnel {row.funnel_id}", act="ask"):
        row = _locked(key, None)
        if row.state != State.ASKED:
            raise InvalidDefinition("reports.answered", "The reader has answered already.")
        _check_persons(row.funnel, row.address)
        _ask(row, who)
        return row


def remove(key: int, *, who: Who, version: int | None = None) -> None:
    """Stop sending a report, and forget who read it after a while.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: There is no such report, or it is another's.
        Conflict: Somebody changed it since the version that was seen.
    """
    row = _theirs(key, who)
    with acting(who, _needed(who, row.user), f"funnel {row.funnel_id}", act="remove"):
        row = _locked(key, version)
        row.removed = timezone.now()
        _saved(row, "removed")


def undo(key: int, *, who: Who) -> Subscription:
    """Bring back a report that was removed lately.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: It was not removed, it is gone, or it is another's.
        InvalidDefinition: The reader was named again meanwhile, or has no account and the funnel names persons.
    """
    row = removed_subscription(key)
    if row is None or not _reaches(row, who):
        raise NotFound("reports.unknown", "There is no such report to bring back.", key=key)
    with acting(who, _needed(who, row.user), f"funnel {row.funnel_id}", act="undo"):
        take_turn("reports.name")
        _check_room(row.funnel, row.user, row.address)
        row.removed, row.begins = None, timezone.now()
        return _saved(row, "removed", "begins")


def _needed(who: Who, reader: User | None) -> str:
    """Which permission an act needs: of one's own report a lesser one."""
    return OWN if who.user is not None and reader is not None and reader.pk == who.user.pk else EDIT


def _reaches(row: Subscription, who: Who) -> bool:
    return who.may(EDIT) or (who.user is not None and row.user_id == who.user.pk)


def _theirs(key: int, who: Who) -> Subscription:
    """A report that somebody may know of; another's does not exist for those who may not name readers."""
    row = subscription_of(key)
    if not _reaches(row, who):
        if who.may(OWN):
            raise NotFound("reports.unknown", "There is no such report; somebody may have removed it.", key=key)
        raise NotAllowed("accounts.not_allowed", f"Your role does not include '{EDIT}'.", permission=EDIT)
    return row


def _locked(key: int, version: int | None) -> Subscription:
    hold(Subscription, key)
    row = subscription_of(key)
    if version is not None and version != row.version:
        raise Conflict("reports.changed", "Somebody changed this report meanwhile. Look at it, then change it again.")
    return row


def _saved(row: Subscription, *names: str) -> Subscription:
    row.version += 1
    row.save(update_fields=[*names, "version"])
    return row


def _user(named: Named, who: Who) -> User | None:
    """The user that is meant; None where it is somebody without an account."""
    given = named.to.strip()
    if not given:
        if not isinstance(who.user, User):
            raise InvalidDefinition("reports.nobody", "Say who is to get the report, by an address.", field="to")
        return who.user
    return User.objects.filter(email__iexact=given, is_active=True).first()


def _address(given: str) -> str:
    address = given.strip()
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if not address or len(address) > ADDRESS_LENGTH:
        raise InvalidDefinition(
            "reports.address", f"{given[:100]!r} is no e-mail address. Write name@example.org.", field="to"
        )
    return address


def _weekday(given: object) -> int:
    if isinstance(given, int) and given in Weekday.values:
        return int(given)
    raise InvalidDefinition("reports.weekday", "A day is a number from 0, Monday, to 6, Sunday.", field="weekday")


def _language(given: str) -> str:
    known = [one.code for one in LANGUAGES]
    if given and given not in known:
        raise InvalidDefinition(
            "reports.language", f"'{given[:20]}' is no language; known are {', '.join(known)}.", field="language"
        )
    return given or organisation.current().language or known[0]


def _check_persons(funnel: SavedFunnel, address: str) -> None:
    """Make sure that nobody outside is sent whom a funnel names.

    Raises:
        InvalidDefinition: It names somebody, or cannot be read by this version.
    """
    if address and names_somebody(funnel.funnel):
        raise InvalidDefinition(
            "reports.persons",
            f"'{funnel.name}' names persons in its conditions, so only who has an account can get it. Choose a "
            "colleague, or a funnel that names nobody.",
            field="to",
        )


def _check_room(funnel: SavedFunnel, user: User | None, address: str) -> None:
    _check_persons(funnel, address)
    there = Subscription.objects.filter(removed=None)
    theirs = there.filter(user=user) if user else there.filter(address__iexact=address)
    if theirs.filter(funnel=funnel).exists():
        raise InvalidDefinition("reports.twice", "They get this funnel already.", field="to")
    if there.count() >= MOST:
        raise InvalidDefinition("reports.many", f"There are {MOST} reports, and no more can be. Remove one first.")
    lately = Q(state=State.STOPPED, stopped__gte=timezone.now() - _QUIET)
    if address and Subscription.objects.filter(lately, funnel=funnel, address__iexact=address).exists():
        raise InvalidDefinition(
            "reports.stopped_lately",
            f"This reader stopped the report less than {_QUIET.days} days ago, and is not asked again so soon.",
            field="to",
        )


def _ask(row: Subscription, who: Who) -> None:
    """Send the mail that asks a reader for a yes, unless the address got too many of them."""
    since = timezone.now() - tokens.CONFIRMED_WITHIN
    asked = OutgoingMail.objects.filter(template=_CONFIRM, to__iexact=row.address, created__gte=since).count()
    if asked >= MOST_MAILS:
        raise InvalidDefinition(
            "reports.asked_often",
            f"This address was asked {asked} times within a week. Wait for an answer before you ask again.",
            field="to",
        )
    address = settings.TRAGT.public_address
    context = {
        "funnel": row.funnel.name,
        "by": str(who.user) if who.user else "",
        "weekday": row.weekday,
        "link": address + reverse("reports:confirm", args=[tokens.confirmation(row.key)]),
        "stop": address + reverse("reports:stop", args=[tokens.stop(row.key)]),
        "days": tokens.CONFIRMED_WITHIN.days,
    }
    row.mail = send(_CONFIRM, [row.address], row.language, context, who=who)[0]
    row.save(update_fields=["mail"])
