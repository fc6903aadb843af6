"""What saved funnels hold of persons: nothing but who saved them, and the words of whoever wrote a condition."""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = (
    Store(
        name="tragt_funnels.SavedFunnel",
        other=frozenset(
            {
                "id",
                "name",
                "definition",
                "period",
                "start",
                "end",
                "proposed",
                "owner",
                "created",
                "updated",
                "deleted",
            }
        ),
    ),
    Store(
        name="file:cache",
        other=frozenset(
            {"counts, rates and times of funnels, names of steps, and attempts under numbers that name nobody"}
        ),
    ),
)
