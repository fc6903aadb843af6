"""Opening what an installation holds, where the extra that reads it is installed.

It stands above the lake, and loads it only when it is called: the library alone needs no lake.
"""

import os
from typing import TYPE_CHECKING

from tragt.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from tragt.lake.opening import Home

__all__ = ["open"]


def open(home: str | os.PathLike[str]) -> "Home":  # noqa: A001 - tragt.open says what it does
    """Open the home of an installation for reading, without the application.

    A funnel may be asked of it: ``funnel.run(tragt.open(home))``. Who is who is known to the application alone, so that
    every identifier counts as a person of its own, and the report says so.

    Args:
        home: The folder of the installation, as in the setting ``TRAGT_HOME``.

    Raises:
        NotFound: There is no event log in this folder.
        NotAllowed: The installation keeps its database elsewhere; or the extra that reads event logs is missing.
    """
    if not isinstance(home, str | os.PathLike):
        raise NotFound("lake.no_home", f"{home!r} is no folder; name the one that TRAGT_HOME names.", home=home)
    try:
        from tragt.lake.opening import Home  # noqa: PLC0415 - only the extra brings what it reads with
    except ModuleNotFoundError as error:
        if error.name != "deltalake":
            raise
        raise NotAllowed(
            "lake.needs_extra", "The log of an installation needs the extra: pip install 'tragt[app]'."
        ) from None
    return Home(home)
