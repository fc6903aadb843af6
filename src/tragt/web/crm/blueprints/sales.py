"""The blueprint of selling to firms: from looking for customers to signing."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.crm.blueprints.shapes import Blueprint, StageBlueprint
from tragt.web.crm.models import Level

__all__ = ["B2B"]

_STAGES = (
    StageBlueprint(
        name=pgettext_lazy("stage", "Prospecting"),
        level=Level.TOP,
        criteria=_("The firm looks like those who buy from you."),
        expect=_("Most have never heard of you, and half of them never answer."),
        do=_("Find out who decides. Write one reason why it concerns them now, then call."),
        rotting_days=14,
        target=50,
        probability=10,
    ),
    StageBlueprint(
        name=pgettext_lazy("stage", "Contact"),
        level=Level.TOP,
        criteria=_("Somebody at the firm has answered and is willing to talk."),
        expect=_("They want to know in two minutes whether this is worth their time."),
        do=_("Ask more than you tell. Agree on the next meeting before you hang up."),
        rotting_days=10,
        target=60,
        probability=20,
        required=("company", "contact"),
    ),
    StageBlueprint(
        name=pgettext_lazy("stage", "Need"),
        level=Level.MIDDLE,
        criteria=_("They have said what is wrong today, and what it costs them."),
        expect=_("The need is bigger than the first one they name, and others share it."),
        do=_("Write the need down in their words and send it to them. Ask who else must agree."),
        rotting_days=14,
        target=60,
        probability=30,
        required=("company", "contact", "value"),
    ),
    StageBlueprint(
        name=pgettext_lazy("stage", "Offer"),
        level=Level.MIDDLE,
        criteria=_("They have asked for an offer, and you know who decides and when."),
        expect=_("The offer is read by people you have not met, and compared with another."),
        do=_("Go through the offer with them instead of sending it alone. Put their need on the first page."),
        rotting_days=10,
        target=70,
        probability=50,
        required=("value", "expected", "contact"),
    ),
    StageBlueprint(
        name=pgettext_lazy("stage", "Objections"),
        level=Level.BOTTOM,
        criteria=_("They have read the offer and said what holds them back."),
        expect=_("Price is named first. Often it is doubt whether it will work, or whether they dare to change."),
        do=_("Ask what would have to be true to say yes. Answer with a customer like them, not with a discount."),
        rotting_days=10,
        target=80,
        probability=70,
        required=("value", "expected", "decider"),
    ),
    StageBlueprint(
        name=pgettext_lazy("stage", "Close"),
        level=Level.BOTTOM,
        criteria=_("The one who decides has said yes. Only the signature is missing."),
        expect=_("Holidays, signatures and small print take longer than anybody thought."),
        do=_("Agree on a day for signing and on who starts when. Call the day before."),
        rotting_days=7,
        target=90,
        probability=90,
        required=("value", "expected", "decider"),
    ),
)

B2B = Blueprint(
    code="b2b",
    name=pgettext_lazy("pipeline", "B2B sales"),
    about=_("Selling to firms, from the first call to the signature. Fits most who are not sure which to take."),
    stages=_STAGES,
)
