"""What the shell keeps of people: nothing. Language and theme are kept in the reader's own browser."""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = ()
