"""Routers gathered into one: several may bring methods of one path, which Django asks the first of alone."""

from collections.abc import Iterator, Sequence

from ninja import Router
from ninja.operation import PathView

__all__ = ["gathered", "together"]


def gathered(router: Router) -> Router:
    """A router with its operations and those of the routers below it, each path once."""
    whole = Router()
    for path, view, tags in _views(router, "", router.tags):
        there = whole.path_operations.setdefault(path, PathView())
        for operation in view.clone().operations:
            operation.tags = operation.tags or list(tags or ())
            there.operations.append(operation)
    return whole


def together(*routers: Router) -> Router:
    """Routers under one address: what is named stands before what a key may be."""
    whole = Router()
    for router in routers:
        whole.add_router("", router)
    return whole


def _views(
    router: Router, prefix: str, tags: Sequence[str] | None
) -> Iterator[tuple[str, PathView, Sequence[str] | None]]:
    for path, view in router.path_operations.items():
        whole = "/".join(part for part in (prefix + path).split("/") if part)
        yield f"/{whole}" if whole else "", view, tags
    for below, child, _tags in router._routers:  # noqa: SLF001 - ninja has no other way to see them
        yield from _views(child, f"{prefix}{below}/", child.tags or tags)
