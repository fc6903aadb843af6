"""What receivers can be told of: the types of messages, and of which events and acts they come."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = [
    "CHOICES",
    "OF_ACTS",
    "OF_CHANGES",
    "OF_EVENTS",
    "OF_FILES",
    "OF_REMOVALS",
    "TEST",
    "MessageType",
    "kind_of_type",
    "tells_of_removal",
]


class MessageType(models.TextChoices):
    """What a message tells."""

    DEAL_CREATED = "deal.created", _("A deal was created")
    DEAL_CHANGED = "deal.changed", _("A deal was changed")
    DEAL_STAGE_ENTERED = "deal.stage_entered", _("A deal came to a stage")
    DEAL_WON = "deal.won", _("A deal was won")
    DEAL_LOST = "deal.lost", _("A deal was lost")
    DEAL_REOPENED = "deal.reopened", _("A closed deal was opened again")
    DEAL_REMOVED = "deal.removed", _("A deal was removed")
    PERSON_CREATED = "person.created", _("A person was added")
    PERSON_CHANGED = "person.changed", _("A person was changed")
    PERSON_STAGE_ENTERED = "person.stage_entered", _("A person came to a stage of the lifecycle")
    PERSON_MARKED = "person.marked", _("A person was marked as MQL or SQL, or the mark was taken")
    PERSON_MERGED = "person.merged", _("Two persons were merged, or separated again")
    PERSON_ERASED = "person.erased", _("A person was erased or anonymised")
    COMPANY_CREATED = "company.created", _("A company was added")
    COMPANY_CHANGED = "company.changed", _("A company was changed")
    ACTIVITY_DONE = "activity.done", _("A call, meeting, mail, note or task was done")
    ACTIVITY_PLANNED = "activity.planned", _("A call, meeting or task was planned")
    ACTIVITY_CHANGED = "activity.changed", _("A call, meeting, mail, note or task was changed")
    ACTIVITY_REMOVED = "activity.removed", _("A call, meeting, mail, note or task was removed")
    TEST = "webhook.test", _("A test")


TEST = MessageType.TEST
"""What is sent when somebody tries a webhook out; nobody chooses it."""

CHOICES = tuple((one.value, one.label) for one in MessageType if one is not TEST)
"""The types that can be chosen."""

OF_EVENTS: Mapping[str, MessageType] = {
    "Deal Created": MessageType.DEAL_CREATED,
    "Deal Stage Entered": MessageType.DEAL_STAGE_ENTERED,
    "Deal Won": MessageType.DEAL_WON,
    "Deal Lost": MessageType.DEAL_LOST,
    "Deal Reopened": MessageType.DEAL_REOPENED,
    "Lifecycle Stage Entered": MessageType.PERSON_STAGE_ENTERED,
}
"""By the name of what the event log is told."""

OF_ACTS: Mapping[tuple[str, str], MessageType] = {
    ("deals.edit", "edit"): MessageType.DEAL_CHANGED,
    ("deals.edit", "lines"): MessageType.DEAL_CHANGED,
    ("deals.edit", "committee"): MessageType.DEAL_CHANGED,
    ("people.edit", "add"): MessageType.PERSON_CREATED,
    ("people.edit", "edit"): MessageType.PERSON_CHANGED,
    ("people.edit", "add company"): MessageType.COMPANY_CREATED,
    ("people.edit", "edit company"): MessageType.COMPANY_CHANGED,
    ("activities.edit", "add"): MessageType.ACTIVITY_DONE,
    ("activities.edit", "edit"): MessageType.ACTIVITY_CHANGED,
    ("activities.edit", "finish"): MessageType.ACTIVITY_DONE,
    ("activities.edit", "reopen"): MessageType.ACTIVITY_CHANGED,
    ("people.edit", "merge"): MessageType.PERSON_MERGED,
    ("people.edit", "unmerge"): MessageType.PERSON_MERGED,
}
"""By the verb of an act and which of its acts it was."""

OF_FILES = frozenset({"add file", "remove file", "rename file", "restore file"})
"""Acts on files, which change the record that the file is on."""

OF_CHANGES: Mapping[str, MessageType] = {
    "deal": MessageType.DEAL_CHANGED,
    "person": MessageType.PERSON_CHANGED,
    "company": MessageType.COMPANY_CHANGED,
    "activity": MessageType.ACTIVITY_CHANGED,
}
"""By the kind of the record that was changed."""

OF_REMOVALS: Mapping[str, MessageType] = {
    "deal": MessageType.DEAL_REMOVED,
    "person": MessageType.PERSON_ERASED,
    "activity": MessageType.ACTIVITY_REMOVED,
}
"""By the kind of the record that goes. Their messages name the record and tell nothing else of it."""


def kind_of_type(type_: str) -> str:
    """The kind of record that a message is about."""
    return type_.partition(".")[0]


def tells_of_removal(type_: str) -> bool:
    """Whether a message tells of a record that nobody can read any more."""
    return type_ in OF_REMOVALS.values()
