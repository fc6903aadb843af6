"""What is done to the organisation."""

from typing import Any

from tragt.web.accounts import queries
from tragt.web.accounts.models import Organisation
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who, acting

__all__ = ["change_organisation", "mark_demonstration"]

FIELDS = (
    *("name", "time_zone", "week_start", "fiscal_year_start", "currency", "language"),
    *("sellers_see", "sellers_change"),
)


def change_organisation(who: Who, **values: Any) -> Organisation:
    """Change fields of the organisation; those not named stay."""
    with acting(who, "organisation.edit", f"organisation {queries.ORGANISATION}") as act:
        firm = Organisation.objects.select_for_update().get(pk=queries.ORGANISATION)
        changed = [field for field in FIELDS if field in values and getattr(firm, field) != values[field]]
        for field in changed:
            setattr(firm, field, values[field])
        if changed:
            firm.save(update_fields=changed)
        act.details["fields"] = changed
    organisation.forget()
    return firm


def mark_demonstration(who: Who, demonstration: bool) -> None:
    """Say that this is the demonstration firm, or is so no longer."""
    verb = "demonstration.load" if demonstration else "demonstration.remove"
    with acting(who, verb, f"organisation {queries.ORGANISATION}", fields=["demonstration"]):
        Organisation.objects.filter(pk=queries.ORGANISATION).update(demonstration=demonstration)
    organisation.forget()
