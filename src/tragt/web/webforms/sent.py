"""What somebody sent by a form. The unit of observation is the submission."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tragt.web.webforms.models import Submission
from tragt.web.webforms.published import Published, of_wording
from tragt.web.webforms.visit import Visit

__all__ = ["Sent", "sent_of"]

_VISITOR = "a:"


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent.

    Attributes:
        form: The form, with the wording that was shown.
        key: Its key, the same where the same is sent again.
        values: What was answered, by key of the field.
        visit: Where the sender came from.
        at: When it came, UTC.
        confirmed: When the sender confirmed it, UTC; None where that is not so.
    """

    form: Published
    key: str
    values: Mapping[str, object]
    visit: Visit
    at: datetime
    confirmed: datetime | None = None

    @property
    def anonymous(self) -> str:
        """Anonymous id of the sender: the one that came along, else a new one."""
        return self.visit.anonymous or f"form-{self.key[:32]}"

    @property
    def actor(self) -> str:
        """The sender, as the log calls visitors."""
        return _VISITOR + self.anonymous

    @property
    def email(self) -> str:
        """The address that was typed; empty where none was."""
        asked = self.form.definition.email
        return str(self.values.get(asked.key, "")) if asked else ""

    @property
    def waits(self) -> bool:
        """Whether its sender is to confirm it before it counts as the sender's."""
        return self.form.definition.double_opt_in and bool(self.email)


def sent_of(row: Submission, confirmed: datetime | None = None) -> Sent:
    """What was sent, of which a row is kept.

    Args:
        row: The row; with its form and wording at hand.
        confirmed: When the sender confirmed it, UTC; None where that is not so.
    """
    visit = msgspec.convert({**row.visit, "anonymous": row.actor.removeprefix(_VISITOR)}, Visit)
    return Sent(of_wording(row.wording), row.key, row.answers, visit, row.at, confirmed)
