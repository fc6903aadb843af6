"""Why something was refused, as a reader says it: the codes of the errors of deals and activities as sentences."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.errors import TragtError
from tragt.web.crm.actions.requirements import CRITERIA, CUSTOM
from tragt.web.people.sentences import say as say_of_people

__all__ = ["REQUIRED", "say"]

REQUIRED: Mapping[str, Promise] = {
    "value": pgettext_lazy("asked for by a stage", "value"),
    "expected": pgettext_lazy("asked for by a stage", "expected day"),
    "company": pgettext_lazy("asked for by a stage", "company"),
    "owner": pgettext_lazy("asked for by a stage", "owner"),
    "contact": pgettext_lazy("asked for by a stage", "contact"),
    "decider": pgettext_lazy("asked for by a stage", "decider"),
    "next_task": pgettext_lazy("asked for by a stage", "next task"),
    CRITERIA: pgettext_lazy("asked for by a stage", "your word that what it lets in is true"),
}
"""What a stage may ask for, in words; custom fields have their own names."""

_SENTENCES: dict[str, Promise] = {
    "crm.read_already": _("What “%(name)s” means is known already. Take that back first."),
    "accounts.not_yours": _(
        "This belongs to somebody else. Ask its owner or a manager to change it or to hand it over."
    ),
    "crm.about_nothing": _("Say whom or what this is about: a person, a company or a deal."),
    "crm.changed": _("Somebody changed “%(name)s” meanwhile. Look at it, then try again."),
    "crm.closed": _("“%(name)s” is closed. Open it again before you move it."),
    "crm.discount": _("The discount is from 0 to 100 per cent, with at most two decimals."),
    "crm.done": _("This is done already."),
    "crm.events": _("At most %(most)s events lead to a stage."),
    "crm.last_stage": _("This is the only stage. Add another one first."),
    "crm.line_changed": _("Somebody changed this line meanwhile. Look at it again, then save."),
    "crm.line_empty": _("Choose a product, or write what is sold."),
    "crm.lost": _("%(deal)s is lost."),
    "crm.member_day": _("Choose a day that has come, and not one long before the deal."),
    "crm.member_days": _("The last day is before the first. Choose a later one."),
    "crm.moved_since": _("“%(name)s” was moved again meanwhile. It stays where it is."),
    "crm.no_activity": _("There is no such note or task. Perhaps somebody removed it."),
    "crm.no_blueprint": _("There is no such template."),
    "crm.no_company": _("There is no such company."),
    "crm.no_deal": _("There is no such deal. Perhaps it was deleted, or it is not yours to see."),
    "crm.no_lifecycle": _("There is no lifecycle with a stage yet. A manager makes one in the settings."),
    "crm.no_lifecycle_stage": _("Choose a stage of the lifecycle."),
    "crm.no_line": _("This line is gone. Load the page again."),
    "crm.no_member": _("This person is not on the deal any more. Load the page again."),
    "crm.no_name": _("A deal needs a name. Write whom you sell what to."),
    "crm.no_outcome_yet": _("This is still to come, so nothing has come of it yet."),
    "crm.no_owner": _("There is no such user."),
    "crm.no_pipeline": _("There is no such pipeline."),
    "crm.no_price": _("Write the price in %(currency)s. The product has no list price in that currency."),
    "crm.no_product": _("There is no such product. Perhaps it was archived; choose another."),
    "crm.no_reading": _("Nobody has said what “%(name)s” means. Load the page again."),
    "crm.no_reason": _("Choose why the deal was lost."),
    "crm.no_removed_stage": _("This stage is in use already."),
    "crm.no_stage": _("There is no such stage. Perhaps it was removed; load the page again."),
    "crm.no_team": _("There is no such team."),
    "crm.no_time": _("This is done. Say when it happened."),
    "crm.not_done": _("Only a task that is done can be opened again."),
    "crm.not_done_yet": _("This is still to be done. Finish it, and say when."),
    "crm.not_undone": _("This cannot be taken back. Move the deal by hand."),
    "crm.of_lines": _("The value of this deal is the sum of its lines. Change these instead."),
    "crm.on_it": _("%(name)s is on this deal in this role already."),
    "crm.one_lifecycle": _("There is a lifecycle already, and there is only one. Archive it first."),
    "crm.open": _("“%(name)s” is open already."),
    "crm.other_stage": _("Choose another stage of the same kind that is in use."),
    "crm.outcome": _("This cannot come of it. Choose another outcome."),
    "crm.pipeline_changed": _("Somebody changed “%(name)s” meanwhile. Look at it as it is now, then change it."),
    "crm.pipeline_in_use": _(
        "“%(name)s” has open deals: %(number)s. Close them or move them to another pipeline first."
    ),
    "crm.pipeline_name": _("A pipeline needs a name of at most 100 characters."),
    "crm.pipeline_name_taken": _(
        "There is a pipeline of this name already, perhaps an archived one. Choose another name."
    ),
    "crm.price": _("A price is zero or more."),
    "crm.product_price": _("A list price is zero or more, in a currency that exists."),
    "crm.product_taken": _("There is a product of this name already, perhaps an archived one."),
    "crm.product_text": _("Give the product a name. This has at most %(longest)s characters."),
    "crm.quantity": _("The quantity is above zero and has at most three decimals."),
    "crm.reason": _("A reason is a text of at most 100 characters."),
    "crm.reason_taken": _("This reason is there already, perhaps among the archived."),
    "crm.renewal": _(
        "“%(name)s” cannot be renewed. It must be won and not renewed yet, and its pipeline must name one for renewals."
    ),
    "crm.renewal_pipeline": _("Choose a pipeline of deals that is in use."),
    "crm.repeat": _("What repeats needs a day on which it is due."),
    "crm.requirable": _("A stage cannot ask for “%(given)s”."),
    "crm.required": _("The stage “%(stage)s” asks for: %(asked)s. Fill that in first."),
    "crm.says_nothing": _("Write a word about it first."),
    "crm.title_long": _("Say what is to be done in 200 letters at most."),
    "crm.no_day": _("This is no day. Choose one, or leave it out."),
    "crm.too_many_tasks": _("A task is planned for %(most)s at once at most. Choose a list that is shorter."),
    "crm.stage_in_use": _("Something is in “%(name)s”: %(number)s. Say to which stage it moves."),
    "crm.stage_name": _("A stage needs a name of at most 100 characters."),
    "crm.stage_name_taken": _("There is a stage “%(name)s” already. Choose another name."),
    "crm.stage_value": _("A stage cannot have this value."),
    "segments.changed": _("Somebody changed this segment meanwhile. Look at it again, then save."),
    "segments.counted": _("Funnels count those of this segment: %(names)s. Change them first."),
    "segments.deep": _("The filter names a segment that itself rests on others. Take it away, then save."),
    "segments.empty": _("There is nobody to save. Choose some, or take a filter away."),
    "segments.filter": _("A filter of the list means nothing any more. Take it away, then save."),
    "segments.fixed": _("A fixed segment has members and no filter."),
    "segments.live": _("The members of a live segment are whom its filter leaves. Change the filter."),
    "segments.name": _("Give the segment a name of at most 100 letters."),
    "segments.no_filter": _("A live segment needs a filter. Filter the list first, or save those that it shows now."),
    "segments.not_yours": _("This segment is somebody else's. Copy it, or ask them or a manager to change it."),
    "segments.other_kind": _("“%(name)s” is a segment of another kind. Choose one of what is counted."),
    "segments.rests": _(
        "The filter names a segment that this one cannot rest on: a newer one, or for a shared one, one that is not."
    ),
    "segments.too_many": _("A fixed segment has at most %(most)s members. Save a live one, or add a filter."),
    "segments.unknown": _("There is no such segment. Perhaps somebody removed it."),
    "segments.used": _("Another segment rests on this one. Change that one first."),
    "crm.to_come": _("This is still to come: plan it, with the day it is due."),
    "crm.too_late": _("A move can be taken back for %(days)s days. Move the deal by hand, or open it again."),
    "crm.unplanned": _("A note and an e-mail are of what has happened. To plan one, add a task."),
    "crm.value": _("The value of a deal is zero or more, or left empty."),
    "crm.won": _("%(deal)s is won."),
}


def say(error: TragtError) -> str:
    """The sentence for an error, in the reader's language where there is one."""
    sentence = _SENTENCES.get(error.code)
    return say_of_people(error) if sentence is None else str(sentence) % {**error.fields, "asked": _asked(error)}


def _asked(error: TragtError) -> str:
    """What a stage asks for, in words."""
    codes = error.fields.get("required")
    names = codes if isinstance(codes, list) else []
    return ", ".join(str(REQUIRED.get(code, code.removeprefix(CUSTOM))) for code in names)
