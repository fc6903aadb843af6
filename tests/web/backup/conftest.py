"""A home of its own for each test that needs the application."""

from tests.web.people.conftest import home, put

__all__ = ["home", "put"]
