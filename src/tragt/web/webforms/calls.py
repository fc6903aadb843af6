"""What a submission tells, as calls of the tracking API. The unit of observation is the submission.

That a form was sent, and that its sender confirmed it, we know ourselves. Who the sender is, and what the sender agreed
to, is only claimed: it counts as what a public key tells, so it overwrites nothing and merges nobody.
"""

from collections.abc import Mapping
from datetime import datetime

from tragt.web.webforms.definition import ONCE, Field, FieldKind
from tragt.web.webforms.sent import Sent

__all__ = ["CONFIRMED", "SUBMITTED", "Call", "agreed", "confirmed", "submitted", "withdrew"]

SUBMITTED = "Form Submitted"
CONFIRMED = "Form Confirmed"
_LIBRARY = {"name": "tragt forms"}

Call = dict[str, object]


def submitted(sent: Sent) -> list[Call]:
    """That a form was sent: with what was chosen, and nothing else of what was answered."""
    page = {"url": sent.visit.page, "referrer": sent.visit.referrer}
    about = {name: value for name, value in page.items() if value}
    chosen = {field.key: sent.values[field.key] for field in _answered(sent) if field.kind == FieldKind.CHOICE}
    return [_track(sent, SUBMITTED, sent.at, {**sent.visit.campaign, **chosen, **about})]


def confirmed(sent: Sent) -> list[Call]:
    """That the sender confirmed the address."""
    return [_track(sent, CONFIRMED, sent.confirmed or sent.at, {})]


def agreed(sent: Sent) -> list[Call]:
    """Who the sender says to be, and what the sender agreed to."""
    at = sent.confirmed or sent.at
    told = [field for field in _answered(sent) if field.kind != FieldKind.CONSENT]
    traits = {str(field.kind) if field.kind in ONCE else field.key: sent.values[field.key] for field in told}
    identify = [_call(sent, "identify", "identify", at, {"traits": traits})] if traits else []
    return identify + [_consent(sent, "Consent Given", field, at, wording=field.label) for field in _ticked(sent)]


def withdrew(sent: Sent, at: datetime, actor: str = "") -> list[Call]:
    """That the sender withdrew what was agreed to.

    Args:
        sent: The submission.
        at: When, UTC.
        actor: Who the sender was when it was agreed to, as the log has them; empty means the visitor.
    """
    told = [_consent(sent, "Consent Withdrawn", field, at) for field in _ticked(sent)]
    if not actor.startswith("u:"):
        return told
    # Not both ids: that would claim the machine for this user from now on.
    for call in told:
        del call["anonymousId"]
        call["userId"] = actor[2:]
    return told


def _answered(sent: Sent) -> list[Field]:
    return [field for field in sent.form.definition.fields if sent.values.get(field.key)]


def _ticked(sent: Sent) -> list[Field]:
    return [field for field in _answered(sent) if field.kind == FieldKind.CONSENT]


def _consent(sent: Sent, event: str, field: Field, at: datetime, **more: str) -> Call:
    properties = {"purposes": [field.purpose], "source": sent.form.name, **more}
    return _track(sent, event, at, properties, f"{event} {field.key}")


def _track(sent: Sent, event: str, at: datetime, properties: Mapping[str, object], called: str = "") -> Call:
    named = {**properties, "form": sent.form.name, "form_id": sent.form.public}
    return _call(sent, "track", called or event, at, {"event": event, "properties": named})


def _call(sent: Sent, kind: str, called: str, at: datetime, fields: Mapping[str, object]) -> Call:
    shown: dict[str, object] = {"id": sent.form.public, "wording": sent.form.number, "submission": sent.key}
    shown["submitted"] = sent.at.isoformat()
    if sent.confirmed:
        shown["confirmed"] = sent.confirmed.isoformat()
    return {
        "type": kind,
        "messageId": f"{sent.key}-{called.lower().replace(' ', '-')}",
        "anonymousId": sent.anonymous,
        "timestamp": at.isoformat(),
        **fields,
        "context": {**sent.visit.context, "form": shown, "library": _LIBRARY},
    }
