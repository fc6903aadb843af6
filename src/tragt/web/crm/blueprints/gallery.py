"""All blueprints, in the order in which they are offered."""

from tragt.errors import NotFound
from tragt.web.crm.blueprints.lifecycles import AIDA, FIVE
from tragt.web.crm.blueprints.markets import ENTERPRISE, MID, SMALL
from tragt.web.crm.blueprints.renewals import RENEWAL
from tragt.web.crm.blueprints.sales import B2B
from tragt.web.crm.blueprints.shapes import Blueprint
from tragt.web.crm.models import PipelineKind

__all__ = ["BLUEPRINTS", "blueprint", "blueprints"]

BLUEPRINTS = (B2B, SMALL, MID, ENTERPRISE, RENEWAL, FIVE, AIDA)


def blueprints(kind: str = PipelineKind.DEALS) -> list[Blueprint]:
    """The blueprints of pipelines of deals, or of the lifecycle."""
    return [one for one in BLUEPRINTS if one.kind == kind]


def blueprint(code: str) -> Blueprint:
    """The blueprint of a code.

    Raises:
        NotFound: There is none.
    """
    for one in BLUEPRINTS:
        if one.code == code:
            return one
    known = ", ".join(one.code for one in BLUEPRINTS)
    raise NotFound("crm.no_blueprint", f"There is no blueprint '{code}'; there are {known}.", given=code)
