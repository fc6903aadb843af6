"""Reading webhooks. The unit of observation is the webhook."""

from collections.abc import Iterable

from django.db.models import Count, Max, Q, QuerySet

from tragt.errors import NotFound
from tragt.web.accounts.roles import Role, permissions
from tragt.web.webhooks.models import PERMISSION, Endpoint, State, Stopped

__all__ = ["anybody_listens", "endpoint_names", "endpoint_of", "endpoints", "listening", "numbered"]


def listening() -> QuerySet[Endpoint]:
    """The webhooks that what happens now is noted for, with who made them.

    They are of users who can sign in and may manage webhooks, of no revoked key and no key of a lesser role. Of those
    that were stopped only they count that failed: what they miss can be sent once they are mended.
    """
    may = [role for role in Role.values if PERMISSION in permissions(role)]
    theirs = Q(program=None) | Q(program__revoked=None, program__role__in=may)
    told = endpoints().filter(stopped__in=("", Stopped.FAILING))
    return told.filter(theirs, maker__is_active=True, maker__role__in=may)


def anybody_listens() -> bool:
    """Whether there is one of them."""
    return listening().exists()


def endpoints() -> QuerySet[Endpoint]:
    """All webhooks, with who made them."""
    return Endpoint.objects.select_related("maker", "program")


def numbered() -> QuerySet[Endpoint]:
    """All webhooks, each with how many of its messages wait and were not taken, and when it was last sent one."""
    return endpoints().annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=State.WAITING)),
        failed=Count("deliveries", filter=Q(deliveries__state=State.FAILED)),
        latest=Max("deliveries__tried"),
    )


def endpoint_of(key: int) -> Endpoint:
    """The webhook of a key.

    Raises:
        NotFound: There is none.
    """
    found = endpoints().filter(pk=key).first()
    if found is None:
        raise NotFound("webhooks.none", f"There is no webhook {key}. Perhaps somebody removed it.")
    return found


def endpoint_names(keys: Iterable[int]) -> dict[int, str]:
    """What the webhooks of some keys are called, for the audit."""
    return dict(Endpoint.objects.filter(pk__in=keys).values_list("pk", "name"))
