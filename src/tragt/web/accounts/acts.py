"""What was done, in words: a row of the audit as a sentence that names what it was done to.

Most verbs are one act. Some say in their details which of several acts they were.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["OLD_PARTS", "meaning", "sentence"]


class _Words(NamedTuple):
    """An act where it is not known what it was done to, and where it is."""

    plain: Promise
    named: Promise | None = None


OLD_PARTS = {"done": "", "columns": "mapped", "trial": "checked", "discarded": "discarded", "upkeep": "tidied"}
"""What the steps of imports were once called, of those that are acts, and what they are called since."""
_DONE = {"imports.run": "imported", "imports.undo": "undone"}

_VERBS: dict[str, _Words] = {
    "activities.edit": _Words(_("Changed a note or task")),
    "deals.edit": _Words(_("Changed a deal"), _("Changed the deal %(target)s")),
    "deals.remove": _Words(_("Removed a deal"), _("Removed the deal %(target)s")),
    "backup.restore": _Words(_("Restored a backup")),
    "demonstration.load": _Words(_("Loaded the demonstration firm")),
    "demonstration.remove": _Words(_("Removed the demonstration firm")),
    "files.purge": _Words(_("Removed files for good that were deleted")),
    "forms.edit": _Words(_("Changed a form"), _("Changed the form %(target)s")),
    "funnels.edit": _Words(_("Changed a funnel"), _("Changed the funnel %(target)s")),
    "funnels.share": _Words(_("Shared a funnel by a link"), _("Shared the funnel %(target)s by a link")),
    "hypotheses.edit": _Words(_("Changed a hypothesis"), _("Changed the hypothesis “%(target)s”")),
    "imports.run": _Words(_("Ran an import"), _("Imported %(target)s")),
    "imports.undo": _Words(_("Undid an import"), _("Undid the import of %(target)s")),
    "leaks.edit": _Words(
        _("Changed how leaks are judged"), _("Changed how the leaks of the funnel %(target)s are judged")
    ),
    "leaks.watch": _Words(_("Watched for leaks that begin"), _("Watched the funnel %(target)s for leaks that begin")),
    "leaks.search": _Words(_("Looked for leaks"), _("Looked for leaks in the funnel %(target)s")),
    "jobs.cancel": _Words(_("Cancelled a job"), _("Cancelled the job %(target)s")),
    "keys.create": _Words(_("Made a key"), _("Made the key %(target)s")),
    "keys.edit": _Words(_("Changed a key"), _("Changed the key %(target)s")),
    "keys.revoke": _Words(_("Revoked a key"), _("Revoked the key %(target)s")),
    "keys.rotate": _Words(_("Renewed a key"), _("Renewed the key %(target)s")),
    "lexicon.edit": _Words(_("Changed what is said of events"), _("Changed what is said of %(target)s")),
    "log.upkeep": _Words(_("Tidied up the event log")),
    "mail.test": _Words(_("Sent a test mail"), _("Sent a test mail to %(target)s")),
    "money.edit": _Words(_("Changed rates of currencies")),
    "networks.edit": _Words(_("Changed a list of networks"), _("Changed the list of networks %(target)s")),
    "networks.remove": _Words(_("Removed a list of networks")),
    "organisation.edit": _Words(_("Changed the organisation")),
    "organisation.found": _Words(_("Set up the organisation")),
    "password.change": _Words(_("Changed the password")),
    "password.reset": _Words(_("Set a new password by mail")),
    "people.edit": _Words(_("Changed a person or company")),
    "people.erase": _Words(_("Erased a person")),
    "people.export": _Words(_("Exported personal data"), _("Exported people of %(target)s")),
    "pipelines.edit": _Words(_("Changed a pipeline"), _("Changed the pipeline %(target)s")),
    "profile.edit": _Words(_("Changed their own profile")),
    "records.edit": _Words(_("Changed a field of records"), _("Changed the field %(target)s")),
    "reports.answer": _Words(
        _("A reader answered about a weekly report"), _("A reader answered about the weekly report of %(target)s")
    ),
    "reports.edit": _Words(_("Changed a weekly report"), _("Changed who gets the weekly report of %(target)s")),
    "reports.forget": _Words(_("Forgot readers of weekly reports")),
    "reports.own": _Words(
        _("Changed their own weekly report"), _("Changed whether they get the weekly report of %(target)s")
    ),
    "reports.send": _Words(_("Sent a weekly report"), _("Sent the weekly report of %(target)s")),
    "retention.edit": _Words(
        _("Changed for how long data are kept"), _("Changed for how long data are kept: %(target)s")
    ),
    "retention.remove": _Words(_("Removed data past their time"), _("Removed data past their time: %(target)s")),
    "segments.edit": _Words(_("Changed a segment"), _("Changed the segment %(target)s")),
    "second_factor.add": _Words(_("Added a second factor")),
    "second_factor.remove": _Words(_("Removed a second factor")),
    "second_factor.renew": _Words(_("Made new recovery codes")),
    "sources.again": _Words(
        _("Sent calls again that were turned away"), _("Sent calls of %(target)s again that were turned away")
    ),
    "sources.forget": _Words(_("Removed calls turned away long ago")),
    "sources.mend": _Words(
        _("Sent a call again that was turned away"), _("Sent a call of %(target)s again that was turned away")
    ),
    "sources.throw_away": _Words(
        _("Threw away calls that were turned away"), _("Threw away calls of %(target)s that were turned away")
    ),
    "session.close": _Words(_("Signed out")),
    "session.open": _Words(_("Signed in")),
    "session.refuse": _Words(_("Refused a sign-in"), _("Refused a sign-in of %(target)s")),
    "teams.edit": _Words(_("Changed a team"), _("Changed the team %(target)s")),
    "teams.remove": _Words(_("Removed a team")),
    "users.accept": _Words(_("Accepted an invitation")),
    "users.deactivate": _Words(_("Deactivated a user"), _("Deactivated %(target)s")),
    "users.edit": _Words(_("Changed a user"), _("Changed %(target)s")),
    "users.invite": _Words(_("Invited a user"), _("Invited %(target)s")),
    "users.invite_again": _Words(_("Sent an invitation again"), _("Invited %(target)s again")),
    "users.reactivate": _Words(_("Activated a user"), _("Activated %(target)s")),
    "users.role": _Words(_("Changed a role"), _("Changed the role of %(target)s")),
    "users.second_factor": _Words(_("Removed a user's second factor"), _("Removed the second factor of %(target)s")),
    "visitors.edit": _Words(_("Changed what is kept of visitors, and who is one of your own")),
    "webhooks.edit": _Words(_("Changed a webhook"), _("Changed the webhook %(target)s")),
    "users.withdraw": _Words(_("Withdrew an invitation"), _("Withdrew the invitation of %(target)s")),
}

_ACTS: dict[tuple[str, str], _Words] = {
    ("activities.edit", "add"): _Words(_("Added a note or task")),
    ("activities.edit", "add file"): _Words(_("Added a file to a note or task")),
    ("activities.edit", "finish"): _Words(_("Finished a task")),
    ("activities.edit", "plan many"): _Words(_("Planned a task for many records")),
    ("activities.edit", "remove"): _Words(_("Removed a note or task")),
    ("activities.edit", "remove file"): _Words(_("Removed a file of a note or task")),
    ("activities.edit", "rename file"): _Words(_("Renamed a file of a note or task")),
    ("activities.edit", "reopen"): _Words(_("Opened a finished task again")),
    ("activities.edit", "restore file"): _Words(_("Put back a file of a note or task")),
    ("deals.edit", "assign many"): _Words(_("Handed deals to an owner")),
    ("deals.edit", "add file"): _Words(_("Added a file to a deal"), _("Added a file to the deal %(target)s")),
    ("deals.edit", "remove file"): _Words(_("Removed a file of a deal"), _("Removed a file of the deal %(target)s")),
    ("deals.edit", "rename file"): _Words(_("Renamed a file of a deal"), _("Renamed a file of the deal %(target)s")),
    ("deals.edit", "restore file"): _Words(_("Put back a file of a deal"), _("Put back a file of the deal %(target)s")),
    ("deals.edit", "committee"): _Words(_("Changed who is on a deal"), _("Changed who is on the deal %(target)s")),
    ("deals.edit", "edit"): _Words(_("Changed a deal"), _("Changed the deal %(target)s")),
    ("deals.edit", "lines"): _Words(_("Changed the lines of a deal"), _("Changed the lines of the deal %(target)s")),
    ("deals.edit", "lose"): _Words(_("Closed a deal as lost"), _("Closed the deal %(target)s as lost")),
    ("deals.edit", "move"): _Words(_("Moved a deal"), _("Moved the deal %(target)s")),
    ("deals.edit", "open"): _Words(_("Opened a deal"), _("Opened the deal %(target)s")),
    ("deals.edit", "remove"): _Words(_("Removed a deal"), _("Removed the deal %(target)s")),
    ("deals.edit", "reopen"): _Words(_("Opened a closed deal again"), _("Opened the closed deal %(target)s again")),
    ("deals.edit", "tag"): _Words(_("Tagged a deal"), _("Tagged the deal %(target)s")),
    ("deals.edit", "untag"): _Words(_("Took a tag away"), _("Took a tag away from the deal %(target)s")),
    ("deals.edit", "assign"): _Words(_("Handed a deal to an owner"), _("Handed the deal %(target)s to an owner")),
    ("deals.edit", "tag many"): _Words(_("Tagged deals"), _("Tagged deals with %(target)s")),
    ("deals.edit", "undo many"): _Words(_("Took back a change of many deals")),
    ("deals.edit", "untag many"): _Words(_("Took a tag away"), _("Took the tag %(target)s away")),
    ("deals.edit", "unrenew"): _Words(_("Took back a renewal"), _("Took back the renewal %(target)s")),
    ("deals.edit", "win"): _Words(_("Won a deal"), _("Won the deal %(target)s")),
    ("forms.edit", "closed"): _Words(_("Closed a form"), _("Closed the form %(target)s")),
    ("forms.edit", "created"): _Words(_("Made a form"), _("Made the form %(target)s")),
    ("forms.edit", "deleted"): _Words(_("Deleted a form")),
    ("forms.edit", "published"): _Words(_("Published a form"), _("Published the form %(target)s")),
    ("forms.edit", "reopened"): _Words(_("Opened a form again"), _("Opened the form %(target)s again")),
    ("forms.edit", "rescued"): _Words(
        _("Took what a form had turned away"), _("Took what the form %(target)s had turned away")
    ),
    ("forms.edit", "threw away"): _Words(
        _("Threw away what a form had turned away"), _("Threw away what the form %(target)s had turned away")
    ),
    ("funnels.edit", "annotated"): _Words(_("Noted what happened on a day")),
    ("funnels.edit", "annotation brought back"): _Words(_("Restored a note on a day")),
    ("funnels.edit", "annotation changed"): _Words(_("Changed a note on a day")),
    ("funnels.edit", "annotation removed"): _Words(_("Removed a note on a day")),
    ("funnels.edit", "annotations purged"): _Words(_("Removed notes on days deleted long ago")),
    ("funnels.edit", "targets"): _Words(_("Set targets of a funnel"), _("Set targets of the funnel %(target)s")),
    ("leaks.edit", "acted on"): _Words(_("Acted on a leak"), _("Acted on a leak of the funnel %(target)s")),
    ("leaks.edit", "snoozed"): _Words(_("Let an alarm rest"), _("Let an alarm about the funnel %(target)s rest")),
    ("leaks.edit", "alarms"): _Words(_("Changed what is worth an alarm")),
    ("funnels.edit", "brought back"): _Words(_("Restored a funnel"), _("Restored the funnel %(target)s")),
    ("funnels.edit", "created"): _Words(_("Saved a funnel"), _("Saved the funnel %(target)s")),
    ("funnels.edit", "deleted"): _Words(_("Deleted a funnel"), _("Deleted the funnel %(target)s")),
    ("funnels.edit", "proposed"): _Words(_("Proposed a funnel"), _("Proposed the funnel %(target)s")),
    ("funnels.edit", "purged"): _Words(_("Removed funnels deleted long ago")),
    ("funnels.edit", "renamed"): _Words(_("Renamed a funnel"), _("Renamed the funnel %(target)s")),
    ("funnels.edit", "restored"): _Words(
        _("Brought back an earlier version of a funnel"), _("Brought back an earlier version of the funnel %(target)s")
    ),
    ("funnels.share", "taken back"): _Words(
        _("Took back a shared link to a funnel"), _("Took back a shared link to the funnel %(target)s")
    ),
    ("hypotheses.edit", "attach"): _Words(
        _("Attached something to a hypothesis"), _("Attached something to the hypothesis “%(target)s”")
    ),
    ("hypotheses.edit", "bring back"): _Words(
        _("Brought back a hypothesis"), _("Brought back the hypothesis “%(target)s”")
    ),
    ("hypotheses.edit", "note"): _Words(
        _("Noted something about a hypothesis"), _("Noted something about the hypothesis “%(target)s”")
    ),
    ("hypotheses.edit", "purge"): _Words(_("Removed hypotheses deleted long ago")),
    ("hypotheses.edit", "remove"): _Words(_("Removed a hypothesis"), _("Removed the hypothesis “%(target)s”")),
    ("hypotheses.edit", "state"): _Words(
        _("Said how far a hypothesis has come"), _("Said how far the hypothesis “%(target)s” has come")
    ),
    ("hypotheses.edit", "write"): _Words(_("Wrote a hypothesis"), _("Wrote the hypothesis “%(target)s”")),
    ("imports.run", "checked"): _Words(_("Checked a file"), _("Checked %(target)s")),
    ("imports.run", "discarded"): _Words(_("Discarded a file"), _("Discarded %(target)s")),
    ("imports.run", "imported"): _Words(_("Imported a file"), _("Imported %(target)s")),
    ("imports.run", "mapped"): _Words(_("Chose the columns of a file"), _("Chose the columns of %(target)s")),
    ("deals.remove", "out of the log"): _Words(_("Took a removed deal out of the event log")),
    ("imports.run", "deals given"): _Words(_("Gave deals of a file their owners")),
    ("imports.run", "product read"): _Words(
        _("Said which product a name in files means"), _("Said that a name in files means the product %(target)s")
    ),
    ("imports.run", "product unread"): _Words(_("Took back which product a name in files means")),
    ("imports.run", "tidied"): _Words(_("Removed files that were never imported")),
    ("imports.run", "uploaded"): _Words(_("Uploaded a file"), _("Uploaded %(target)s")),
    ("leaks.edit", "remedy"): _Words(_("Wrote questions and proposals about leaks")),
    ("leaks.edit", "remedy aside"): _Words(_("Put questions and proposals about leaks back as delivered")),
    ("leaks.edit", "stage"): _Words(
        _("Said what kind of step a step is"), _("Said what kind of step a step of the funnel %(target)s is")
    ),
    ("lexicon.edit", "described"): _Words(_("Described an event"), _("Described the event %(target)s")),
    ("lexicon.edit", "hidden"): _Words(_("Hid an event"), _("Hid the event %(target)s")),
    ("lexicon.edit", "kept apart"): _Words(_("Said that two names of events are not one")),
    ("lexicon.edit", "merged"): _Words(_("Merged two spellings"), _("Merged the spellings %(target)s")),
    ("lexicon.edit", "shown"): _Words(_("Showed an event again"), _("Showed the event %(target)s again")),
    ("lexicon.edit", "unmerged"): _Words(_("Undid a merge"), _("Undid the merge %(target)s")),
    ("people.edit", "add"): _Words(_("Added a person")),
    ("people.edit", "add company"): _Words(_("Named a company")),
    ("people.edit", "add file"): _Words(_("Added a file to a person or company")),
    ("people.edit", "remove file"): _Words(_("Removed a file of a person or company")),
    ("people.edit", "rename file"): _Words(_("Renamed a file of a person or company")),
    ("people.edit", "restore file"): _Words(_("Put back a file of a person or company")),
    ("people.edit", "assign"): _Words(_("Handed persons or companies to an owner"), _("Handed %(target)s to an owner")),
    ("people.edit", "assign many"): _Words(_("Handed persons or companies to an owner")),
    ("people.edit", "claim"): _Words(_("Joined a visitor to a person")),
    ("people.edit", "consent"): _Words(_("Recorded a consent")),
    ("people.edit", "dismiss"): _Words(_("Said that two persons are not the same")),
    ("people.edit", "edit"): _Words(_("Changed a person")),
    ("people.edit", "lifecycle"): _Words(_("Led a person to a stage of the lifecycle")),
    ("people.edit", "mark"): _Words(_("Changed a mark of a person")),
    ("people.edit", "merge"): _Words(_("Merged two persons")),
    ("people.edit", "tag"): _Words(_("Tagged a record"), _("Tagged %(target)s")),
    ("people.edit", "untag"): _Words(_("Took a tag away"), _("Took a tag away from %(target)s")),
    ("people.edit", "tag many"): _Words(_("Tagged records"), _("Tagged records with %(target)s")),
    ("people.edit", "undo many"): _Words(_("Took back a change of many records")),
    ("people.edit", "untag many"): _Words(_("Took a tag away"), _("Took the tag %(target)s away")),
    ("people.edit", "recall"): _Words(_("Took back that two persons are not the same")),
    ("people.edit", "tell several"): _Words(_("Added or changed several persons or companies")),
    ("people.edit", "unclaim"): _Words(_("Separated a visitor from a person")),
    ("people.edit", "unmerge"): _Words(_("Separated two persons")),
    ("pipelines.edit", "add stage"): _Words(_("Added a stage"), _("Added a stage to the pipeline %(target)s")),
    ("pipelines.edit", "archive"): _Words(_("Archived a pipeline"), _("Archived the pipeline %(target)s")),
    ("pipelines.edit", "bring back"): _Words(_("Brought back a pipeline"), _("Brought back the pipeline %(target)s")),
    ("pipelines.edit", "bring back stage"): _Words(
        _("Brought back a stage"), _("Brought back a stage of the pipeline %(target)s")
    ),
    ("pipelines.edit", "change stage"): _Words(_("Changed a stage"), _("Changed a stage of the pipeline %(target)s")),
    ("pipelines.edit", "make"): _Words(_("Made a pipeline"), _("Made the pipeline %(target)s")),
    ("pipelines.edit", "order stages"): _Words(
        _("Put stages in another order"), _("Put the stages of the pipeline %(target)s in another order")
    ),
    ("pipelines.edit", "market"): _Words(_("Described a market")),
    ("pipelines.edit", "product"): _Words(_("Changed a product"), _("Changed the product %(target)s")),
    ("pipelines.edit", "reason"): _Words(
        _("Changed a reason for losing"), _("Changed the reason for losing %(target)s")
    ),
    ("pipelines.edit", "remove stage"): _Words(_("Removed a stage"), _("Removed a stage of the pipeline %(target)s")),
    ("pipelines.edit", "shift"): _Words(_("Put pipelines in another order")),
    ("people.erase", "anonymise finished"): _Words(_("Anonymised a person")),
    ("people.erase", "anonymise"): _Words(_("Asked for a person to be anonymised")),
    ("people.erase", "erase finished"): _Words(_("Erased a person")),
    ("people.erase", "erase"): _Words(_("Asked for a person to be erased")),
    ("profile.edit", "columns"): _Words(_("Chose the columns of a list")),
    ("records.edit", "field brought back"): _Words(_("Brought a field back"), _("Brought the field %(target)s back")),
    ("records.edit", "field changed"): _Words(_("Changed a field"), _("Changed the field %(target)s")),
    ("records.edit", "field created"): _Words(_("Made a field"), _("Made the field %(target)s")),
    ("records.edit", "field retired"): _Words(_("Retired a field"), _("Retired the field %(target)s")),
    ("segments.edit", "add members"): _Words(_("Added to a segment"), _("Added to the segment %(target)s")),
    ("segments.edit", "bring back"): _Words(_("Brought back a segment"), _("Brought back the segment %(target)s")),
    ("segments.edit", "copy"): _Words(_("Copied a segment"), _("Copied a segment as %(target)s")),
    ("segments.edit", "remove"): _Words(_("Removed a segment"), _("Removed the segment %(target)s")),
    ("segments.edit", "remove members"): _Words(
        _("Took members out of a segment"), _("Took members out of the segment %(target)s")
    ),
    ("segments.edit", "save"): _Words(_("Saved a segment"), _("Saved the segment %(target)s")),
    ("users.edit", "users from a file"): _Words(_("Made users of a file")),
    ("imports.undo", "users from a file"): _Words(_("Took back users of a file")),
    ("imports.undo", "product"): _Words(_("Took back products of a file")),
    ("second_factor.add", "recovery_codes"): _Words(_("Made new recovery codes")),
    ("webhooks.edit", "make"): _Words(_("Made a webhook"), _("Made the webhook %(target)s")),
    ("webhooks.edit", "pause"): _Words(_("Paused a webhook"), _("Paused the webhook %(target)s")),
    ("webhooks.edit", "remove"): _Words(_("Removed a webhook")),
    ("webhooks.edit", "replay"): _Words(
        _("Sent messages of a webhook again"), _("Sent messages of the webhook %(target)s again")
    ),
    ("webhooks.edit", "resume"): _Words(_("Started a webhook again"), _("Started the webhook %(target)s again")),
    ("webhooks.edit", "rotate"): _Words(
        _("Gave a webhook another secret"), _("Gave the webhook %(target)s another secret")
    ),
    ("webhooks.edit", "stop"): _Words(
        _("Stopped a webhook that took nothing"), _("Stopped the webhook %(target)s, which took nothing")
    ),
    ("webhooks.edit", "test"): _Words(_("Tried a webhook out"), _("Tried the webhook %(target)s out")),
}


def meaning(verb: str) -> str | Promise:
    """What a verb means, whatever it was done to; the verb itself where nobody said."""
    known = _VERBS.get(verb)
    return known.plain if known else verb


def sentence(verb: str, details: Mapping[str, object], target: str) -> str:
    """What was done, to what.

    Args:
        verb: Of the row.
        details: Of the row.
        target: What it was done to, as a reader knows it; empty where nobody can say.
    """
    words = _ACTS.get((verb, _act(verb, details))) or _VERBS.get(verb)
    if words is None:
        return f"{verb} {target}".strip()
    return str(words.named) % {"target": target} if words.named and target else str(words.plain)


def _act(verb: str, details: Mapping[str, object]) -> str:
    if verb in _DONE and "act" not in details:
        part = str(details.get("part", "uploaded" if "size" in details else "done"))
        return OLD_PARTS.get(part, part) or _DONE[verb]
    if "folders" in details:
        return "tidied"
    return str(details.get("act") or details.get("what") or details.get("kind") or "")
