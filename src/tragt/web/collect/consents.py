"""What visitors said to the uses of their data, as their browsers tell it. The unit of observation is the call."""

from collections.abc import Iterator

import msgspec
import polars as pl

from tragt.web.people.actions.consent import Said
from tragt.web.people.models import Basis, Channel, ConsentState, Purpose
from tragt.web.people.queries.consents import Consent

__all__ = ["consents"]

_STATES = {"Consent Given": ConsentState.GIVEN, "Consent Withdrawn": ConsentState.WITHDRAWN}
_CHANNELS = {Purpose.EMAIL_MARKETING: Channel.EMAIL, Purpose.SALES_CONTACT: Channel.ANY}


class _Told(msgspec.Struct, frozen=True):
    """The properties of such a call."""

    purposes: list[str] = []
    wording: str = ""
    source: str = ""


def consents(rows: pl.DataFrame) -> list[Said]:
    """What events say to the uses of data; a purpose that is none of ours is left out.

    Args:
        rows: Columns of the log.
    """
    wanted = rows.filter(pl.col("name").is_in(list(_STATES)), pl.col("actor").is_not_null())
    return [said for row in wanted.iter_rows(named=True) for said in _said(row)]


def _said(row: dict[str, object]) -> Iterator[Said]:
    try:
        told = msgspec.json.decode(str(row["properties"]), type=_Told)
    except (msgspec.DecodeError, RecursionError):
        return
    at = row["time"]
    # PostgreSQL holds no NUL: one that anybody sent would stop the settler. A purpose named a thousand times is one.
    given, wording = told.source.replace("\0", ""), told.wording.replace("\0", "")
    for purpose in dict.fromkeys(name.replace("_", " ").lower() for name in told.purposes):
        if purpose in Purpose.values:
            channel = _CHANNELS.get(Purpose(purpose), Channel.WEBSITE)
            state, source = _STATES[str(row["name"])], given or str(row["source"])
            consent = Consent(Purpose(purpose), channel, state, Basis.CONSENT, at, source, wording)  # type: ignore[arg-type]
            yield Said(str(row["actor"]), consent, {"event": row["id"], "context": row["context"]})
