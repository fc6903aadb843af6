"""Compiling: what is compiled once is kept on disk until any function it was made of changes."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
from numba.core import types
from numba.core.caching import FunctionCache

__all__ = ["compiled", "kept", "part"]

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def compiled(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Compile a function into those that call it."""
    dispatcher: Callable[_Given, _Found] = numba.njit(nogil=True, error_model="numpy")(function)
    return dispatcher


def part(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Compile a function into those that call it, quicker than `compiled`; it can take arrays, but not make any.

    Numba would compile it anew for each number that a call names; one form for all whole numbers is enough.
    """
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    if dispatcher is not function:
        template_of = dispatcher.get_call_template
        dispatcher.get_call_template = lambda given, named: template_of(tuple(map(types.unliteral, given)), named)
    found: Callable[_Given, _Found] = dispatcher
    return found


def kept(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Compile a function and keep it on disk.

    Numba looks at the age of the file the function stands in; what it calls stands in others, so their code is part of
    the key.
    """
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
    dispatcher._cache = _Cache(function)  # noqa: SLF001 - as its own `enable_caching` does
    found: Callable[_Given, _Found] = dispatcher
    return found


def _code(function: Any, known: set[Any]) -> Iterator[tuple[object, ...]]:
    """The code of a function and of all that it calls, and the numbers that they name."""
    known.add(function)
    named = [(name, function.__globals__.get(name)) for name in function.__code__.co_names]
    numbers = [(name, repr(value)) for name, value in named if isinstance(value, int | np.integer)]
    yield function.__code__.co_code, repr(function.__code__.co_consts), *numbers
    for _, value in named:
        called = getattr(value, "py_func", None)
        if called is not None and called not in known:
            yield (repr(value.targetoptions),)
            yield from _code(called, known)


class _Cache(FunctionCache):
    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._parts = zlib.crc32(repr(list(_code(function, set()))).encode())

    def _index_key(self, sig: object, codegen: object) -> tuple[object, ...]:
        return (*super()._index_key(sig, codegen), self._parts)  # type: ignore[no-untyped-call]

    def load_overload(self, sig: object, target_context: object) -> object:
        """What is on disk; None where there is nothing, or where its types are no longer there."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except (AttributeError, ImportError):
            self.flush()  # type: ignore[no-untyped-call]
            return None
