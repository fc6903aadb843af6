"""The blueprint of renewing what was sold. Its deals are opened when another one is won."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.crm.blueprints.shapes import Blueprint, StageBlueprint
from tragt.web.crm.models import Level

__all__ = ["RENEWAL"]

RENEWAL = Blueprint(
    code="renewal",
    name=pgettext_lazy("pipeline", "Renewal"),
    about=_("Customers whose agreement ends. A won deal of another pipeline can open its renewal here."),
    stages=(
        StageBlueprint(
            name=pgettext_lazy("stage", "Running"),
            level=Level.TOP,
            criteria=_("The agreement runs, and the day on which it ends is known."),
            expect=_("Those who do not use it are gone long before they say so."),
            do=_("Look at how much they use it, a quarter before it ends. Call those who use it little."),
            target=97,
            probability=85,
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Review"),
            level=Level.MIDDLE,
            criteria=_("The agreement ends within three months, and you have a day for a review."),
            expect=_("The one who bought may have left. Somebody new asks what it is good for."),
            do=_("Show what it brought them in their own figures. Ask what is missing."),
            rotting_days=21,
            target=95,
            probability=88,
            required=("contact",),
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "New terms"),
            level=Level.BOTTOM,
            criteria=_("They have told you what they want to keep and what to change."),
            expect=_("They ask for a lower price, and some for more."),
            do=_("Send the new terms six weeks before the end. Offer more before you offer less."),
            rotting_days=14,
            target=95,
            probability=92,
            required=("value", "expected", "contact"),
        ),
        StageBlueprint(
            name=pgettext_lazy("stage", "Signing"),
            level=Level.BOTTOM,
            criteria=_("They have agreed. Only the signature is missing."),
            expect=_("Holidays, signatures and small print take longer than anybody thought."),
            do=_("Agree on a day for signing, before the old agreement ends."),
            rotting_days=7,
            target=97,
            probability=97,
            required=("value", "expected", "contact"),
        ),
    ),
)
