"""Changing what is known of persons and companies, who is who, and whether their data stay."""

from tragt.web.people.actions.consent import learn_consents, record_consent
from tragt.web.people.actions.duplicates import (
    dismiss_duplicate,
    find_duplicates,
    join_duplicate,
    part_duplicate,
    recall_duplicate,
)
from tragt.web.people.actions.indexing import build_index, is_stale, refresh_index
from tragt.web.people.actions.learning import (
    Kept,
    Learned,
    Undone,
    learn_claims,
    learn_companies,
    learn_people,
    undo_learning,
)
from tragt.web.people.actions.rights import (
    anonymise_person,
    erase_now,
    erase_person,
    export_person,
    finish_erasures,
    nothing_arrives,
)
from tragt.web.people.actions.touches import learn_touches
from tragt.web.people.actions.who_is_who import claim, edit_person, merge, unclaim, unmerge

__all__ = [
    "Kept",
    "Learned",
    "Undone",
    "anonymise_person",
    "build_index",
    "claim",
    "dismiss_duplicate",
    "edit_person",
    "erase_now",
    "erase_person",
    "export_person",
    "find_duplicates",
    "finish_erasures",
    "is_stale",
    "join_duplicate",
    "learn_claims",
    "learn_companies",
    "learn_consents",
    "learn_people",
    "learn_touches",
    "merge",
    "nothing_arrives",
    "part_duplicate",
    "recall_duplicate",
    "record_consent",
    "refresh_index",
    "unclaim",
    "undo_learning",
    "unmerge",
]
