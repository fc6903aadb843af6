"""What segments are used for by apps above: a segment that is used is not removed. The unit is the segment."""

from collections.abc import Callable, Sequence

__all__ = ["add_segment_use", "uses_of"]

Uses = Callable[[int], Sequence[str]]

_uses: dict[str, Uses] = {}


def add_segment_use(app: str, uses: Uses) -> None:
    """Let an app say what it uses segments for.

    Args:
        app: The app.
        uses: Gives what uses the segment of a key, by name.
    """
    _uses[app] = uses


def uses_of(segment: int) -> list[str]:
    """What uses a segment, by name.

    Args:
        segment: Its key.
    """
    return [name for uses in _uses.values() for name in uses(segment)]
