"""The first run: a code from the terminal makes its reader the owner."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tragt.errors import NotAllowed
from tragt.web.accounts import queries, tokens
from tragt.web.accounts.actions.users import make_user
from tragt.web.accounts.models import Organisation, Role, SetupCode, User
from tragt.web.shell import organisation
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["Founding", "check_code", "found", "found_with_code", "setup_code"]

TRIES = 5
PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Founding:
    """What the first run asks.

    Attributes:
        organisation: Name of the organisation.
        email: Address of its first owner, who signs in with it.
        password: Password of the owner.
        name: Name of the owner.
        language: Language of both.
        time_zone: Zone in which the organisation's days begin.
        currency: Its money.
        demonstration: Whether it is the demonstration firm.
    """

    organisation: str
    email: str
    password: str
    name: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    currency: str = "EUR"
    demonstration: bool = False


def setup_code() -> str:
    """Make a new code for the first run, in place of the one before; empty once an owner exists.

    Only its digest is kept: it can be shown now or never.
    """
    if queries.is_set_up():
        return ""
    code = tokens.new_code()
    SetupCode.objects.update_or_create(
        pk=1,
        defaults={
            "digest": tokens.code_digest(code),
            "created": timezone.now(),
            "tries": 0,
            "locked_until": None,
            "used": None,
        },
    )
    return code


def found_with_code(code: str, founding: Founding) -> User:
    """Create organisation and owner for one who read the code in the terminal.

    Raises:
        NotAllowed: The code is wrong, used or locked, or an owner exists already.
    """
    check_code(code)
    return _found(founding, SYSTEM, tokens.code_digest(code))


def found(founding: Founding, who: Who) -> User:
    """Create organisation and owner without a code; for the command line.

    Raises:
        NotAllowed: An owner exists already.
    """
    return _found(founding, who)


def check_code(code: str) -> None:
    """Go on only with the code that the terminal shows; a wrong one counts as a try.

    Raises:
        NotAllowed: The code is wrong or locked.
    """
    # A transaction of its own, so that a wrong try stays counted whatever is refused next.
    with transaction.atomic():
        refusal = _try(code)
    if refusal is not None:
        raise refusal


def _try(code: str) -> NotAllowed | None:
    row = SetupCode.objects.select_for_update().filter(pk=1).first()
    if row is None:
        return _wrong()
    now = timezone.now()
    if row.locked_until is not None and row.locked_until > now:
        return _locked()
    if tokens.same(row.digest, tokens.code_digest(code)):
        return None
    row.tries += 1
    locked = row.tries >= TRIES
    if locked:
        row.tries, row.locked_until = 0, now + PAUSE
    row.save(update_fields=["tries", "locked_until"])
    return _locked() if locked else _wrong()


def _found(founding: Founding, who: Who, digest: str = "") -> User:
    with acting(who, "organisation.found") as act:
        _spend(digest)
        firm, _ = Organisation.objects.update_or_create(
            pk=queries.ORGANISATION,
            defaults={
                "name": founding.organisation,
                "time_zone": founding.time_zone,
                "currency": founding.currency,
                "language": founding.language,
                "demonstration": founding.demonstration,
            },
        )
        owner = make_user(founding.email, Role.OWNER, name=founding.name, language=founding.language)
        owner.set_password(founding.password)
        owner.save(update_fields=["password"])
        act.who = Who.of(owner)
        act.target = f"organisation {firm.pk}"
    organisation.forget()
    return owner


def _spend(digest: str) -> None:
    # Of two who come at once, the database lets one spend the code.
    now = timezone.now()
    row, _ = SetupCode.objects.get_or_create(pk=1, defaults={"digest": digest})
    rows = SetupCode.objects.filter(pk=1, used=None, digest=digest or row.digest)
    if rows.update(used=now) != 1 or queries.is_set_up():
        raise NotAllowed("accounts.already_set_up", "An owner exists already. Sign in, or ask the owner to invite you.")


def _wrong() -> NotAllowed:
    return NotAllowed(
        "accounts.wrong_code", "This is not the code that the terminal shows. Copy the one that was printed last."
    )


def _locked() -> NotAllowed:
    minutes = int(PAUSE.total_seconds() // 60)
    return NotAllowed(
        "accounts.code_locked",
        f"Too many wrong codes. Wait {minutes} minutes, or start Tragt again: it prints a new code.",
        minutes=minutes,
    )
