"""What is read of users, keys, invitations, the organisation and the audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.acts import OLD_PARTS
from tragt.web.accounts.models import ApiKey, AuditRow, Invitation, Organisation, Role, SetupCode, User, WriteKey
from tragt.web.accounts.tokens import digest
from tragt.web.mail.models import OutgoingMail
from tragt.web.mail.queries import latest_to
from tragt.web.shell.organisation import OrganisationInfo

__all__ = [
    "Doors",
    "Letter",
    "address_of",
    "api_key_of",
    "api_keys",
    "audit_rows",
    "audit_verbs",
    "doors",
    "invitation_of",
    "is_set_up",
    "letters_of",
    "locked_until",
    "open_invitation_of",
    "open_invitations",
    "organisation",
    "organisation_info",
    "owners",
    "programs_of",
    "sleeping",
    "user",
    "users",
    "with_second_factor",
    "write_key_of",
    "write_keys",
]

ORGANISATION = 1
NOWHERE = ".invalid"
"""How addresses end that lead nowhere (RFC 2606)."""
INVITATION_LETTER = "accounts/mail/invitation"


@dataclass(frozen=True, slots=True)
class Doors:
    """By what a user comes in.

    Attributes:
        password: Whether there is a password.
        app: Whether an authenticator app is set up.
        passkeys: How many passkeys and security keys there are.
        codes: How many recovery codes were not used yet; None where none were made.
        sessions: In how many browsers the user is signed in.
    """

    password: bool
    app: bool
    passkeys: int
    codes: int | None
    sessions: int


@dataclass(frozen=True, slots=True)
class Letter:
    """An invitation and what became of its mail.

    Attributes:
        invitation: The invitation.
        mail: The mail that was written last; None where it is kept no more.
    """

    invitation: Invitation
    mail: OutgoingMail | None


def organisation() -> Organisation:
    """The organisation.

    Raises:
        NotFound: The first run has not been done.
    """
    found = Organisation.objects.filter(pk=ORGANISATION).first()
    if found is None:
        raise NotFound("accounts.no_organisation", "There is no organisation yet. Open the page and do the first run.")
    return found


def organisation_info() -> OrganisationInfo | None:
    """The organisation as the pages need it; None before the first run."""
    found = Organisation.objects.filter(pk=ORGANISATION).first()
    if found is None:
        return None
    return OrganisationInfo(
        name=found.name,
        time_zone=found.time_zone,
        week_start=found.week_start,
        fiscal_year_start=found.fiscal_year_start,
        currency=found.currency,
        language=found.language,
        demonstration=found.demonstration,
    )


def owners() -> QuerySet[User]:
    """The owners who can sign in."""
    return User.objects.filter(role=Role.OWNER, is_active=True)


def is_set_up() -> bool:
    """Whether an owner exists."""
    return owners().exists()


def locked_until() -> datetime | None:
    """Until when the code of the first run is refused, because it was guessed at; None when it is not."""
    return SetupCode.objects.filter(locked_until__gt=timezone.now()).values_list("locked_until", flat=True).first()


def users() -> QuerySet[User]:
    """All users, those who can sign in first."""
    return User.objects.order_by("-is_active", "name", "email")


def sleeping() -> QuerySet[User]:
    """Users whom a file named and whom nobody has let in so far, by their names."""
    never = User.objects.filter(is_active=False, last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return never.exclude(name="").order_by("name", "pk")


def address_of(sleeper: User) -> str:
    """The e-mail address that a file told of a user; empty where it told none."""
    return "" if sleeper.email.endswith(NOWHERE) else sleeper.email


def user(key: int) -> User:
    """A user.

    Raises:
        NotFound: There is none with this key.
    """
    found = User.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("accounts.no_user", f"There is no user {key}.", user=key)
    return found


def open_invitations() -> QuerySet[Invitation]:
    """Invitations that were neither accepted nor withdrawn, expired ones too."""
    return Invitation.objects.filter(accepted=None, withdrawn=None).select_related("invited_by").order_by("email")


def letters_of(invitations: Iterable[Invitation]) -> list[Letter]:
    """Invitations, each with its last mail."""
    some = list(invitations)
    mails = latest_to([one.email for one in some], INVITATION_LETTER)
    return [Letter(one, mails.get(one.email)) for one in some]


def invitation_of(link: str) -> Invitation | None:
    """The invitation that a link opens; None when it does not, or no longer."""
    return open_invitations().filter(digest=digest(link), expires__gt=timezone.now()).first()


def open_invitation_of(email: str) -> Invitation | None:
    """The invitation that an e-mail address may accept; None when there is none."""
    return open_invitations().filter(email__iexact=email, expires__gt=timezone.now()).first()


def doors(of: User) -> Doors:
    """By what a user comes in."""
    factors = list(Authenticator.objects.filter(user=of))
    types = [one.type for one in factors]
    codes = next((one for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return Doors(
        password=of.has_usable_password(),
        app=Authenticator.Type.TOTP in types,
        passkeys=types.count(Authenticator.Type.WEBAUTHN),
        codes=len(codes.wrap().get_unused_codes()) if codes else None,
        sessions=UserSession.objects.filter(user=of).count(),
    )


def with_second_factor() -> frozenset[int]:
    """Keys of the users who have a second factor."""
    factors = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return frozenset(factors.values_list("user_id", flat=True))


def write_keys() -> QuerySet[WriteKey]:
    """Write keys, those that work first."""
    return WriteKey.objects.order_by("revoked", "name", "pk")


def write_key_of(key: str) -> WriteKey | None:
    """The write key that was sent; None when it does not work."""
    return WriteKey.objects.filter(digest=digest(key), revoked=None).first()


def api_keys(of: User) -> QuerySet[ApiKey]:
    """The API keys that a user may see: their own, and everyone's for those who manage users."""
    keys = ApiKey.objects.select_related("user").order_by("revoked", "name", "pk")
    return keys if of.has_perm("users.edit") else keys.filter(user=of)


def api_key_of(key: str) -> ApiKey | None:
    """The API key that was sent; None when it does not work."""
    return ApiKey.objects.select_related("user").filter(digest=digest(key), revoked=None, user__is_active=True).first()


def audit_rows(
    *, who: int | None = None, verb: str = "", first: date | None = None, last: date | None = None
) -> QuerySet[AuditRow]:
    """Rows of the audit, the newest first.

    Args:
        who: Key of the user who did it.
        verb: What was done.
        first: First day, in the organisation's zone.
        last: Last day, in the organisation's zone.
    """
    rows = _acts().select_related("user")
    if who is not None:
        rows = rows.filter(user=who)
    if verb:
        rows = rows.filter(verb=verb)
    if first is not None:
        rows = rows.filter(at__gte=_midnight(first))
    if last is not None:
        rows = rows.filter(at__lt=_midnight(last + timedelta(days=1)))
    return rows


def programs_of(rows: Iterable[AuditRow]) -> dict[object, str]:
    """What the keys are called that did what rows tell of."""
    keys = {row.details.get("api_key") for row in rows} - {None}
    return dict(ApiKey.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def audit_verbs() -> list[str]:
    """What has been done so far, by its names."""
    return list(_acts().order_by("verb").values_list("verb", flat=True).distinct())


def _acts() -> QuerySet[AuditRow]:
    """Rows that tell of an act, and not of a step inside another one, which its own row tells of."""
    part = Q(details__part__isnull=False) & ~Q(details__part__in=list(OLD_PARTS))
    told = ["persons_created", "claims", "persons_removed", "deals_created", "deals_removed"]
    learned = Q(details__act__isnull=True, details__has_any_keys=told)
    marked = Q(verb__startswith="demonstration.", target__startswith="organisation")
    return AuditRow.objects.exclude(marked).filter(~part, ~learned)


def _midnight(day: date) -> datetime:
    info = organisation_info()
    return datetime.combine(day, time.min, ZoneInfo(info.time_zone if info else "UTC"))
