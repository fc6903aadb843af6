"""The blueprints of the lead lifecycle, which persons pass from the first contact on.

References:
    E. St. Elmo Lewis (1898), as told by E. K. Strong, *The Psychology of Selling and Advertising* (1925): attention,
    interest, desire, action.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.crm.blueprints.shapes import Blueprint, StageBlueprint
from tragt.web.crm.models import Level, Mark, PipelineKind

__all__ = ["AIDA", "FIVE"]

_AWARENESS = StageBlueprint(
    name=pgettext_lazy("stage", "Awareness"),
    level=Level.TOP,
    criteria=_("They know that you exist: they read, listened or followed."),
    expect=_("They have a problem, but no plan to buy anything."),
    do=_("Give something useful and ask for nothing but the permission to write again."),
    target=25,
    enters_on=("Email Clicked",),
)

FIVE = Blueprint(
    code="five",
    name=pgettext_lazy("pipeline", "Lifecycle in five stages"),
    about=_("From the first contact to the loyal customer. Marketing marks an MQL, sales an SQL on the way."),
    kind=PipelineKind.LIFECYCLE,
    stages=(
        _AWARENESS,
        StageBlueprint(
            name=pgettext_lazy("stage", "Interest"),
            level=Level.TOP,
            criteria=_("They have told you who they are, because they want more."),
            expect=_("They compare ways to solve their problem, not sellers."),
            do=_("Send what fits their trade. Note what they open, and do not call yet."),
            rotting_days=60,
            target=30,
            enters_on=("Form Submitted", "Signed Up"),
            mark=Mark.MQL,
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Decision"),
            level=Level.MIDDLE,
            criteria=_("They have asked for a meeting, a price or an offer."),
            expect=_("They talk with two or three sellers at the same time."),
            do=_("Answer within the hour. Hand over to a seller with everything you know."),
            rotting_days=30,
            target=40,
            enters_on=("Meeting Booked", "Deal Created"),
            mark=Mark.SQL,
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Action"),
            level=Level.BOTTOM,
            criteria=_("They have bought."),
            expect=_("They wonder for a while whether it was right."),
            do=_("Thank them, say what happens next, and call after the first week."),
            target=40,
            enters_on=("Deal Won", "Order Completed"),
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Loyalty"),
            level=Level.BOTTOM,
            criteria=_("They have bought again, or recommended you."),
            expect=_("They sell for you, if you make it easy."),
            do=_("Ask for a reference, and for somebody else who has the same problem."),
            enters_on=("Referral Made",),
        ),
    ),
)

AIDA = Blueprint(
    code="aida",
    name=pgettext_lazy("pipeline", "AIDA"),
    about=_("The four classical stages: attention, interest, desire, action."),
    kind=PipelineKind.LIFECYCLE,
    stages=(
        _AWARENESS,
        StageBlueprint(
            name=pgettext_lazy("stage", "Interest"),
            level=Level.MIDDLE,
            criteria=_("They have told you who they are, because they want more."),
            expect=_("They compare ways to solve their problem, not sellers."),
            do=_("Send what fits their trade. Note what they open, and do not call yet."),
            rotting_days=60,
            target=30,
            enters_on=("Form Submitted", "Signed Up"),
            mark=Mark.MQL,
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Desire"),
            level=Level.MIDDLE,
            criteria=_("They want it: they have asked for a meeting, a trial or a price."),
            expect=_("They look for reasons to trust you."),
            do=_("Show a customer like them. Hand over to a seller with everything you know."),
            rotting_days=30,
            target=40,
            enters_on=("Meeting Booked", "Deal Created"),
            mark=Mark.SQL,
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Action"),
            level=Level.BOTTOM,
            criteria=_("They have bought."),
            expect=_("They wonder for a while whether it was right."),
            do=_("Thank them, say what happens next, and call after the first week."),
            enters_on=("Deal Won", "Order Completed"),
        ),
    ),
)
