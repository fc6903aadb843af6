"""Changing what is known of persons and companies, who is who, and whether their data stay."""

from tragt.web.people.actions.learning import Kept, Learned, Undone, learn_claims, learn_people, undo_learning

__all__ = ["Kept", "Learned", "Undone", "learn_claims", "learn_people", "undo_learning"]
