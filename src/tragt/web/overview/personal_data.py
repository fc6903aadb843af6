"""What the overview holds of persons: nothing; it has no models, and what it keeps are counts."""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = ()
