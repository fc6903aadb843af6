"""Questions and proposals as they are delivered, by kind of step and by kind of leak. The unit is the text.

At qualification they are about whom one reaches, at a meeting about the pitch, at a proposal about offer, price and
timeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tragt.web.hypotheses.stages import StageKind

__all__ = ["OF_LEAK", "OF_STAGE", "Delivered"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What to ask at a place, and what to try there."""

    questions: tuple[Promise, ...]
    proposals: tuple[Promise, ...]


OF_STAGE: Mapping[StageKind, Delivered] = {
    StageKind.VISIT: Delivered(
        questions=(
            _("Does the first page say what the advertisement or the search promised?"),
            _("Who comes and leaves at once, and from where?"),
            _("Can one tell within five seconds what you sell, and to whom?"),
        ),
        proposals=(
            _("Give the largest source a page of its own that repeats its promise in the headline."),
            _("Ask for one next thing only, and put it where the eye lands first."),
            _("Stop paying for the search words and audiences that leave at once."),
        ),
    ),
    StageKind.INTEREST: Delivered(
        questions=(
            _("What did they come to learn, and did they learn it?"),
            _("Is the next step offered while they still pay attention, or a week later?"),
            _("Is the next step too big a leap for somebody who only wanted to listen?"),
        ),
        proposals=(
            _("Offer the next step at the end of the webinar or article, with two times to choose from."),
            _("Write to them within a day, by name, about what they saw, and ask one question."),
            _("Put a smaller step in between: a calculation, a checklist, or the story of a customer like them."),
        ),
    ),
    StageKind.SIGN_UP: Delivered(
        questions=(
            _("How long does a new lead wait for an answer?"),
            _("What does the form ask that nobody uses?"),
            _("Does it say what happens once they have sent it?"),
        ),
        proposals=(
            _("Call within an hour, and let the system remind whoever has the lead."),
            _("Ask for name and e-mail alone, and for the rest in the conversation."),
            _("Let them choose a time themselves on the page that thanks them."),
        ),
    ),
    StageKind.QUALIFICATION: Delivered(
        questions=(
            _("Whom do you reach: those who can buy, or those who are easy to reach?"),
            _("From which sources and campaigns do those come who are turned away?"),
            _("Do marketing and sales mean the same by a qualified lead?"),
        ),
        proposals=(
            _("Narrow the target group to firms like your ten best customers, and leave out the rest."),
            _("Say for whom it is, and what it costs from, in the advertisement and on the page."),
            _("Ask two questions before the first call: what is wrong today, and who decides."),
        ),
    ),
    StageKind.MEETING: Delivered(
        questions=(
            _("How much of the meeting is about them, and how much about you?"),
            _("Does the pitch name their problem and what it costs them, in their words?"),
            _("Does every meeting end with a next step that is in two calendars?"),
        ),
        proposals=(
            _("Turn the pitch around: their problem first, a customer like them second, the product last."),
            _("Show only the two things they asked about, on their own numbers."),
            _("Send a summary within a day: what is wrong, what it costs, what was agreed."),
        ),
    ),
    StageKind.PROPOSAL: Delivered(
        questions=(
            _("Does the first page hold their problem and what solving it is worth, or your price?"),
            _("How many days pass until the proposal is sent, and does anybody go through it with them?"),
            _("Is there a choice, or only yes and no?"),
        ),
        proposals=(
            _("Offer three sizes, the middle one being what you would choose for them."),
            _("Set the price against what the problem costs them a year, or let them start smaller."),
            _("Put a timeline with the day of signing and the first day of use into it, and agree on it by phone."),
        ),
    ),
    StageKind.OBJECTIONS: Delivered(
        questions=(
            _("Which objection comes last, once price has been talked about?"),
            _("Who says no whom you have never met?"),
            _("What would have to be true for them to say yes?"),
        ),
        proposals=(
            _("Collect the five objections that are heard most, and answer each with a customer who had it."),
            _("Take away the risk: a trial, a guarantee, or a way out after three months."),
            _("Meet those who decide and those who sign before the terms are negotiated."),
        ),
    ),
    StageKind.CLOSE: Delivered(
        questions=(
            _("What exactly is missing: the signature, the small print, or the courage?"),
            _("How many must sign, and who follows up with each of them?"),
            _("What happens to them if they wait another month?"),
        ),
        proposals=(
            _("Agree on a day for signing and on who starts when, and call the day before."),
            _("Let them sign electronically, on a contract of two pages."),
            _("Tie the offer to a date that has a reason: the start of the project, a price, a place."),
        ),
    ),
    StageKind.CART: Delivered(
        questions=(
            _("When do they see what it costs altogether, with delivery?"),
            _("Do they put things into the cart to buy them, or to remember them?"),
            _("Which goods stay behind in the cart most often?"),
        ),
        proposals=(
            _("Show delivery, its day and its price beside the goods, before the cart."),
            _("Remind them within a day, with a picture of what they left and one button."),
            _("Say beside the button what returns cost and how long they may be made."),
        ),
    ),
    StageKind.CHECKOUT: Delivered(
        questions=(
            _("At which field do they stop, and on which device?"),
            _("Is the way of paying offered that they use every day?"),
            _("What comes as a surprise here: a cost, an account, a delay?"),
        ),
        proposals=(
            _("Let them buy without an account, and offer one afterwards."),
            _("Put the ways of paying first that most use in that country and on a phone."),
            _("Take away each field that the parcel does not need, and say what is wrong beside the field."),
        ),
    ),
    StageKind.ACTIVATION: Delivered(
        questions=(
            _("How long does it take until they get something out of it for the first time?"),
            _("At which step of the set-up do they stop, and what are they waiting for?"),
            _("Do those who decided also use it?"),
        ),
        proposals=(
            _("Set it up with them in a first call, on their own data."),
            _("Lead them to one first result, and hide everything else until then."),
            _("Write on the third day to those who have not started, and offer help with exactly the next step."),
        ),
    ),
    StageKind.RENEWAL: Delivered(
        questions=(
            _("When did they last get something out of it that they would miss?"),
            _("Do you first hear from them when it is too late?"),
            _("What has changed with them since they bought?"),
        ),
        proposals=(
            _("Talk to them ninety days before the end about what it has brought them, with their own figures."),
            _("Call those who use it less than last month, before they call you."),
            _("Offer a plan that fits what they use now, smaller ones too."),
        ),
    ),
    StageKind.OTHER: Delivered(
        questions=(
            _("What do those who go on know or have that the others do not?"),
            _("What must they do here, and what do they get for it at once?"),
            _("Have you asked three of those who stopped why they did?"),
        ),
        proposals=(
            _("Call three people who stopped here this week, and write down what they say."),
            _("Take away one thing that must be done here, or do it for them."),
            _("Say before the step what comes next and how long it takes."),
        ),
    ),
}
"""What is asked and tried at each kind of step."""

OF_LEAK: Mapping[str, Delivered] = {
    "below_target": Delivered(
        questions=(_("Is the target what others reach, or what somebody wished for?"),),
        proposals=(
            _("Look at the best month or the best seller of the last year, and do at this step what was done there."),
        ),
    ),
    "worse_than_before": Delivered(
        questions=(_("What was changed in the weeks before it fell: prices, pages, people, campaigns?"),),
        proposals=(_("Put the last change back for half of them, and see whether the rate comes back too."),),
    ),
    "breakdown_value": Delivered(
        questions=(_("Do these people want something else than the others, or are they only treated differently?"),),
        proposals=(
            _(
                "Give them what works for the others, or a way of their own; and if neither helps, spend "
                "less on bringing them."
            ),
        ),
    ),
    "stuck": Delivered(
        questions=(_("Whose turn is it: yours or theirs, and do both know?"),),
        proposals=(
            _(
                "Go through everybody who has stood here too long this week: agree on a next step with a "
                "date, or close it."
            ),
        ),
    ),
    "drifted": Delivered(
        questions=(_("Do they say no, or do they simply fall silent?"),),
        proposals=(_("Write to those who fell silent within two weeks, with one new reason and one easy question."),),
    ),
}
"""What is asked and tried about each kind of leaks, wherever it is; the kinds are `tragt.web.leaks.queries.KINDS`."""
