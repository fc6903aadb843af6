"""Exports of known programs, recognised by their headers. The unit of observation is the header of a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.events.headers import plain

__all__ = ["KNOWN", "KnownExport", "recognise_export"]


@dataclass(frozen=True, slots=True)
class KnownExport:
    """An export that a program makes.

    Attributes:
        key: Its name for ever.
        title: What it is called.
        all_of: Headers that it always has, in plain form.
        prefix: How one of its headers begins, in plain form; empty where that says nothing.
    """

    key: str
    title: Promise
    all_of: frozenset[str]
    prefix: str = ""


def _export(key: str, title: Promise, *headers: str, prefix: str = "") -> KnownExport:
    return KnownExport(key, title, frozenset(map(plain, headers)), plain(prefix))


KNOWN = (
    _export("hubspot-deals", _("HubSpot deals"), "Record ID", "Deal Name", "Deal Stage"),
    _export("hubspot-contacts", _("HubSpot contacts"), "Record ID", "First Name", "Last Name", "Email"),
    _export("hubspot-companies", _("HubSpot companies"), "Record ID", "Company name", "Company Domain Name"),
    _export("hubspot-calls", _("HubSpot calls"), "Record ID", "Call outcome", "Activity date"),
    _export("hubspot-tables", _("HubSpot deals"), "deal_id", "deal_pipeline_stage_id", "property_dealname"),
    _export("salesforce-report", _("Salesforce opportunities"), "Opportunity Name", "Stage", "Account Name"),
    _export("salesforce-loader", _("Salesforce opportunities"), "StageName", "CloseDate", "AccountId", "IsWon"),
    _export("salesforce-history", _("Salesforce stage history"), "OpportunityId", "StageName", "CreatedDate"),
    _export("pipedrive-deals", _("Pipedrive deals"), "Deal - Title", prefix="Deal - "),
    _export("pipedrive-people", _("Pipedrive people"), "Person - Name", prefix="Person - "),
    _export("tracking-calls", _("calls of the tracking API (Segment, RudderStack)"), "messageId", "event", "timestamp"),
)


def recognise_export(columns: Sequence[str]) -> KnownExport | None:
    """The program's export that a header belongs to; None where none is known.

    Args:
        columns: Names of the columns.
    """
    there = frozenset(map(plain, columns))
    return next((known for known in KNOWN if known.all_of <= there), None)


def titled(key: str) -> Promise | str:
    """What an export is called; empty for an unknown key."""
    return next((known.title for known in KNOWN if known.key == key), "")
