"""Changing what is known of persons and companies, who is who, and whether their data stay."""

from tragt.web.people.actions.indexing import build_index, is_stale, refresh_index
from tragt.web.people.actions.learning import Kept, Learned, Undone, learn_claims, learn_people, undo_learning
from tragt.web.people.actions.rights import (
    anonymise_person,
    erase_now,
    erase_person,
    export_person,
    finish_erasures,
    nothing_arrives,
)
from tragt.web.people.actions.who_is_who import edit_person, merge, unmerge

__all__ = [
    "Kept",
    "Learned",
    "Undone",
    "anonymise_person",
    "build_index",
    "edit_person",
    "erase_now",
    "erase_person",
    "export_person",
    "finish_erasures",
    "is_stale",
    "learn_claims",
    "learn_people",
    "merge",
    "nothing_arrives",
    "refresh_index",
    "undo_learning",
    "unmerge",
]
