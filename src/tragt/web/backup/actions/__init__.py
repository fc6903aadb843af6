"""Noting erasures, and doing them again in what was restored."""

from tragt.web.backup.actions.noting import note
from tragt.web.backup.actions.replaying import Replayed, replay, tell

__all__ = ["Replayed", "note", "replay", "tell"]
