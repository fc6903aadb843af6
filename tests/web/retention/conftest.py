"""A home of its own for each test, and a hand to put events into its log."""

from tests.web.people.conftest import home, put

__all__ = ["home", "put"]
