"""Functions that only compiled ones call: their code is handed up as it is, and optimised once, where it is kept.

Numba gives each function machine code of its own, and optimises it again in each of its callers, and again in each of
theirs: for the walk that is most of the time that compiling takes. This reaches into Numba, so `compiling` names the
versions it was tried with.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

__all__ = ["PartCompiler"]


class _Part(JITCodeLibrary):
    """The code of a function as it is, for the functions that call it."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout  # noqa: SLF001 - all that remains of what this replaces

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)  # type: ignore[no-untyped-call]
class _PartLowering(NativeLowering):
    """Writes the code of a part, and makes it known to its callers under a handle that nothing else has."""

    _name = "lowering_of_a_part"

    def run_pass(self, state: Any) -> bool:
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)  # type: ignore[no-untyped-call]
        state.library.enable_object_caching()
        state.flags = state.flags.copy()
        state.flags.no_compile = True
        super().run_pass(state)  # type: ignore[no-untyped-call]
        handle = _handle()
        state.targetctx.insert_user_function(handle, state["cr"].fndesc, [state.library])
        state["cr"] = state["cr"]._replace(cfunc=handle)
        return True


def _handle() -> Any:
    """A built-in function, as Numba asks for, that is equal to no other."""
    own: list[None] = []
    return own.append


class PartCompiler(CompilerBase):
    """What Numba does with a function that is a part of others."""

    def define_pipelines(self) -> list[Any]:
        """The usual passes, but for the one that makes machine code."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        passes.passes = [(_PartLowering if one is NativeLowering else one, what) for one, what in passes.passes]
        passes.finalize()
        return [passes]
