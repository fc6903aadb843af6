"""``tragt settle``: brings what is collected into the event log."""

from tragt.cli.application import Home, configured, enter

__all__ = ["settle"]


def settle(home: Home = None) -> None:
    """Bring what is collected into the event log, until told to stop; [b]tragt up[/b] starts it."""
    configured(home)
    from tragt.web.project import hands

    stop = hands.told_to_stop()
    enter(home)
    hands.settle(stop)
