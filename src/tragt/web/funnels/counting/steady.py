"""When what is offered of a log is read anew: not with each batch of events that clients send.

Names, properties and their usual values hardly change with what is collected, and a large log takes long to look
through. What people do to the log, such as an import, is seen at once.
"""

import hashlib

from django.utils import timezone

from tragt.web.funnels.counting.sources import log_names, log_version
from tragt.web.log.queries import acts_of, revision
from tragt.web.shell import organisation

__all__ = ["steady_version"]

_FEW = 200_000
"""Events that are looked through in no time."""

_SECONDS = 600


def steady_version() -> str:
    """A text that changes with what people do to the log, with the names that it holds, and every ten minutes.

    That of a log of few events changes with every event.
    """
    names = log_names()
    if sum(one.count for one in names) <= _FEW:
        return log_version()
    held = hashlib.sha256("\n".join(sorted(one.name for one in names)).encode()).hexdigest()
    stretch = int(timezone.now().timestamp() // _SECONDS)
    return f"{acts_of(revision())}.{held[:16]}.{organisation.current().time_zone}.{stretch}"
