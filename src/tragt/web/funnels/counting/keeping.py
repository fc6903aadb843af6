"""Keeping what was worked out. A full disk costs the next reader a second, and nobody the page."""

import logging

from django.core.cache import cache

__all__ = ["keep_if_possible"]

log = logging.getLogger(__name__)

_failing = False


def keep_if_possible(key: str, held: bytes, seconds: int) -> None:
    """Keep something; where that fails it is worked out again. Said once in the log until it succeeds again.

    Args:
        key: Under what.
        held: What.
        seconds: For how long.
    """
    global _failing  # noqa: PLW0603 - what this process has said already
    try:
        cache.set(key, held, timeout=seconds)
    except OSError:
        if not _failing:
            log.exception("Figures cannot be kept; every page works them out again until they can.")
        _failing = True
    else:
        _failing = False
