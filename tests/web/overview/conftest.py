"""The same home and the same hand as the tests of funnels have."""

from tests.web.funnels.conftest import _empty_memory, bring, happened, home, visitors

__all__ = ["_empty_memory", "bring", "happened", "home", "visitors"]
