"""Records that a body refers to by key: as far as the one who asks sees them. The unit is the reference.

What is not seen is not told apart from what does not exist.
"""

from collections.abc import Mapping

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.crm.models import LostReason
from tragt.web.crm.queries.committee import company_named
from tragt.web.crm.queries.pipelines import lost_reasons
from tragt.web.people.models import Company, Person
from tragt.web.records.api.custom import fields_told, users_named
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.fields import fields_of

__all__ = ["check_company", "check_owner", "check_person", "check_reason", "named_company", "told_fields"]

_FIELDS = "fields."


def check_company(key: int | None, user: User, standing: int | None = None) -> None:
    """Make sure that somebody may name a company.

    Args:
        key: Key of the company; None for none.
        user: Who names it.
        standing: The company that stands there already, which may stay.

    Raises:
        NotFound: There is none, or it is not theirs to see.
    """
    if key in (None, standing) or Company.objects.filter(seen_by(user), pk=key).exists():
        return
    raise NotFound("crm.no_company", f"There is no company {key}.", company=key)


def named_company(name: str, user: User) -> int | str:
    """The key of the company of a name, as far as one sees it; else the name, for a new one."""
    found = company_named(name, user)
    return found.pk if found else name


def check_person(key: int | None, user: User) -> None:
    """Make sure that somebody may name a person.

    Raises:
        NotFound: There is none, or it is not theirs to see.
    """
    if key is not None and not Person.objects.filter(seen_by(user), pk=key, struck=None).exists():
        raise NotFound("people.no_person", "There is no such person. Perhaps the person was erased.")


def check_owner(key: int | None, standing: int | None = None) -> None:
    """Make sure that a user can own a deal: one who can sign in, or whose it is already.

    Raises:
        NotFound: There is no such user.
    """
    if key not in (None, standing) and not User.objects.filter(pk=key, is_active=True).exists():
        raise NotFound("crm.no_owner", f"There is no owner {key}.", owner=key)


def check_reason(key: int) -> LostReason:
    """The reason of a key, if it may be chosen.

    Raises:
        NotFound: There is none that may.
    """
    found = lost_reasons().filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_reason", f"There is no reason {key} that may be chosen.", reason=key)
    return found


def told_fields(told: Mapping[str, object], *, new: bool = False) -> dict[str, object]:
    """What is told of the custom fields of deals, as it is kept.

    Args:
        told: Values by code.
        new: Whether a deal is opened: then each field that must be filled in is asked for.

    Raises:
        InvalidDefinition: Deals have no such field, it does not take the value, or it must be filled in and is not.
    """
    if not told and not new:
        return {}
    fields = fields_of(kind_of("deal"))
    required = {field.code: None for field in fields if field.required and new}
    try:
        return fields_told(fields, {**required, **told}, users_named(fields))
    except InvalidDefinition as refusal:
        named = str(refusal.fields.get("field", ""))
        at = named if named.startswith(_FIELDS) else f"{_FIELDS}{named}"
        raise InvalidDefinition(refusal.code, refusal.message, field=at) from refusal
