"""Addresses that are read when the first of them is asked for. The unit of observation is the group of addresses."""

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern

__all__ = ["Later"]


class Later(URLResolver):
    """Addresses of a namespace of their own: two hundred operations take seconds to make, and few processes need them.

    Args:
        route: What they begin with.
        module: Name of the module with their ``urlpatterns``.
        namespace: What their names begin with.
    """

    def __init__(self, route: str, module: str, namespace: str) -> None:
        super().__init__(RoutePattern(route, is_endpoint=False), module, app_name=namespace, namespace=namespace)

    def _populate(self) -> None:
        """Nothing: whoever asks for a name gives the namespace, and is led to a resolver of its own."""
