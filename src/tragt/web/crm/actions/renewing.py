"""Renewals: the deal that opens when another is won, what it takes along, and what becomes of it when that changes."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.crm.actions.deals import NewDeal, changed, open_deal
from tragt.web.crm.actions.removing import take_out
from tragt.web.crm.models import Deal, DealLine, Member, Move, MoveKind, Status
from tragt.web.crm.queries.deals import primary_contact
from tragt.web.crm.queries.pipelines import stages_of
from tragt.web.files.queries import with_files
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.formats import zone

__all__ = ["GOES_FOR", "open_renewal", "renew", "unrenew"]

GOES_FOR = timedelta(days=30)
"""How old a renewal may be that goes with its win; an older one is somebody's plan, touched or not."""

_COPIED = ("product", "text", "quantity", "price", "discount", "position", "told")


def open_renewal(deal: Deal, *, who: Who) -> Deal:
    """Open the deal by which a won deal is renewed, in the first stage of the pipeline for renewals.

    It takes along the committee, the tags, and the lines whose product is still sold. Where lines stay behind, it is
    worth what the others come to.

    Args:
        deal: Won.
        who: Who opens it.

    Raises:
        InvalidDefinition: It is not won, is renewed already, or its pipeline has none for renewals.
    """
    if deal.status != Status.WON or not _leads_on(deal) or _renewal_of(deal) is not None:
        raise InvalidDefinition(
            "crm.renewal",
            f"'{deal.name}' cannot be renewed: it must be won, not be renewed yet, and its pipeline must name one for "
            "renewals that has a stage.",
            name=deal.name,
        )
    assert deal.closed is not None
    assert deal.pipeline.renewal is not None
    contact, lines = primary_contact(deal), list(deal.lines.select_related("product"))
    kept = [line for line in lines if line.product is None or line.product.archived is None]
    new = NewDeal(
        name=deal.name,
        stage=stages_of(deal.pipeline.renewal)[0].pk,
        currency=deal.currency,
        value=deal.value if len(kept) == len(lines) or not kept else sum(line.total for line in kept),
        company=deal.company_id,
        owner=deal.owner_id,
        expected=_due(deal, deal.closed),
        contact=contact.person_id if contact else None,
        custom=deal.custom,
    )
    renewal = open_deal(new, who=who, renewal_of=deal)
    _take_along(deal, renewal, kept, contact)
    return renewal


def renew(deal: Deal, *, who: Who) -> None:
    """Do what follows from a win: open the renewal, or bring the one that stands already up to date.

    What stands is left where somebody made something else of it: its value and its day are only those of this win where
    they are still those of the win before.

    Args:
        deal: Won just now.
        who: Who won it.
    """
    standing = _renewal_of(deal)
    if standing is None:
        if _leads_on(deal):
            open_renewal(deal, who=who)
    elif standing.status == Status.OPEN:
        _refresh(standing, deal, who)


def unrenew(deal: Deal, *, who: Who) -> None:
    """Do what follows where a win is no more: a renewal of late that nobody worked on goes, any other stands.

    Args:
        deal: Open again.
        who: Who opened it.
    """
    standing = _renewal_of(deal)
    if standing is not None and timezone.now() - standing.created <= GOES_FOR and _is_untouched(standing):
        with acting(who, "deals.edit", f"deal {standing.pk}", act="unrenew"):
            take_out(standing)


def _renewal_of(deal: Deal) -> Deal | None:
    return Deal.objects.select_for_update(of=("self",)).filter(renewal_of=deal).first()


def _leads_on(deal: Deal) -> bool:
    """Whether its pipeline names one for renewals that has a stage."""
    renewals = deal.pipeline.renewal
    return renewals is not None and renewals.archived is None and stages_of(renewals).exists()


def _is_untouched(renewal: Deal) -> bool:
    """Whether a renewal is as it was opened: each change of a deal is another version."""
    as_opened = renewal.version == 1 and renewal.status == Status.OPEN and renewal.moves.count() == 1
    filed = Deal.objects.filter(with_files("deal"), pk=renewal.pk)
    return as_opened and not renewal.activities.exists() and not filed.exists()


def _take_along(deal: Deal, renewal: Deal, lines: Iterable[DealLine], contact: Member | None) -> None:
    others = Member.objects.filter(deal=deal, until=None).exclude(pk=contact.pk if contact else 0)
    Member.objects.bulk_create(Member(deal=renewal, person_id=one.person_id, role=one.role) for one in others)
    if contact is not None:
        Member.objects.filter(deal=renewal, primary=True).update(role=contact.role)
    renewal.tags.set(deal.tags.all())
    DealLine.objects.bulk_create(
        DealLine(deal=renewal, **{name: getattr(line, name) for name in _COPIED}) for line in lines
    )


def _refresh(renewal: Deal, deal: Deal, who: Who) -> None:
    wins = Move.objects.filter(deal=deal, kind=MoveKind.WON).order_by("-at", "-pk")
    before = wins[1:2].first()
    assert deal.closed is not None
    if before is None:
        return
    given: dict[str, object] = {}
    if (renewal.value, renewal.currency) == (before.value, before.currency) and not renewal.lines.exists():
        given |= {"value": deal.value, "currency": deal.currency}
    if renewal.expected == _due(deal, before.at):
        given["expected"] = _due(deal, deal.closed)
    anew = {name: value for name, value in given.items() if getattr(renewal, name) != value}
    if anew:
        with acting(who, "deals.edit", f"deal {renewal.pk}", act="edit", fields=sorted(anew)):
            for name, value in anew.items():
                setattr(renewal, name, value)
            changed(renewal, *anew)


def _due(deal: Deal, closed: datetime) -> date:
    """When the renewal of a deal that was won at a moment may be closed."""
    return _months_later(closed, deal.pipeline.renewal_months)


def _months_later(moment: datetime, months: int) -> date:
    """The same day of a later month, or its last one."""
    began = moment.astimezone(zone()).date()
    year, month = divmod(began.month - 1 + months, 12)
    day = date(began.year + year, month + 1, 1)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(day=min(began.day, (following - day).days))
