"""What is told of changes of saved funnels: who made them, and when."""

from django.utils.translation import gettext

from tragt.web.funnels.models import SavedFunnel, SavedFunnelVersion
from tragt.web.shell import formats

__all__ = ["changed_since"]


def changed_since(saved: SavedFunnel, *, typed: bool = True) -> str:
    """To somebody whose change was made from an older version: who changed the funnel last, and when.

    Args:
        saved: The funnel as it is now.
        typed: Whether what they entered still stands before them; else they pressed a button.
    """
    last = SavedFunnelVersion.objects.filter(funnel=saved, number=saved.version).select_related("by").first()
    told = {
        "who": str(last.by) if last and last.by else gettext("Somebody"),
        "when": formats.moment(last.at if last else saved.updated),
        "name": saved.name,
    }
    if not typed:
        text = gettext("%(who)s changed “%(name)s” on %(when)s, after you opened it. Look at it, then try again.")
        return text % told
    text = gettext(
        "%(who)s changed “%(name)s” on %(when)s, after you opened it. What you entered still stands here: save again "
        "to put it in the place of theirs, which stays among its versions."
    )
    return text % told
