"""The domain of a company, which one at a time is given. The unit of observation is the domain."""

from collections.abc import Iterable

from tragt.web.people.normal import domain_spellings
from tragt.web.shell.holding import take_turn

__all__ = ["take_turns_at"]


def take_turns_at(domains: Iterable[str]) -> None:
    """Wait until nobody else gives a company one of some domains, and let nobody begin it before the transaction ends.

    Taken before rows are locked, by whoever gives a domain from a page or a program: two who look at the same moment
    would both find that it is nobody's.

    Args:
        domains: As they were written; empty ones are no domains.
    """
    take_turn(*sorted({f"domain {min(domain_spellings(one.lower()))}" for one in domains if one}))
