"""A home of its own for each test, and a hand that brings events into its log."""

from tests.web.funnels.conftest import Bring, Happened, bring, happened, home

__all__ = ["Bring", "Happened", "bring", "happened", "home"]
