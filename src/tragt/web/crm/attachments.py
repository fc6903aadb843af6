"""Files on activities: who sees and changes them follows the activity."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.accounts.models import User
from tragt.web.crm.models import Activity
from tragt.web.crm.queries.activities import about_persons, decides, visible_activities
from tragt.web.files.holders import Holder

__all__ = ["ACTIVITY_FILES"]


def _visible(user: User | None) -> QuerySet[Any, Any]:
    """What a user sees who may see activities; what is about somebody on the way out is nobody's to see."""
    rows = visible_activities(user).filter(person__struck=None).select_related("person", "company", "deal")
    return rows if user is None or user.has_perm("deals.see") else rows.none()


ACTIVITY_FILES = Holder(
    code="activity",
    one=_("Activity"),
    model=Activity,
    url=lambda key: reverse("activity", args=[key]),
    edit="activities.edit",
    visible=_visible,
    decides=decides,
    about=about_persons,
)
