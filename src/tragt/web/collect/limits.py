"""How much a public key may send from one address, where nobody said. The unit is the sender."""

from tragt.web.shell.limits import Limit

__all__ = ["PUBLIC"]

PUBLIC = Limit(rate=100, burst=3000)
"""A hundred calls a second over time, and three thousand at once."""
