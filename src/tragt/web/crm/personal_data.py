"""What deals, activities and the lifecycle hold of persons.

A deal is the firm's and a company's; it stays when a person on it goes, without the person. What was written about the
person in activities goes with them; where an activity is about a deal too, its line stays without its words.
"""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from tragt.web.crm.models import Activity, Deal, Member, Passage, Standing
from tragt.web.crm.segments_held import SEGMENT_STORES
from tragt.web.files.actions import drop
from tragt.web.files.queries import files_on
from tragt.web.people.queries import rows_of, telling_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

Rows = Iterable[dict[str, object]]


def _members(subject: Subject) -> QuerySet[Member]:
    return Member.objects.filter(person__in=rows_of(subject))


def _export_members(subject: Subject) -> Rows:
    for row in _members(subject).order_by("pk").values("deal__name", "role", "primary", "since", "until"):
        yield dict(row)


def _standings(subject: Subject) -> QuerySet[Standing]:
    return Standing.objects.filter(person__in=rows_of(subject))


def _export_standings(subject: Subject) -> Rows:
    for row in _standings(subject).values("stage__name", "since", "mql", "sql"):
        yield dict(row)


def _passages(subject: Subject) -> QuerySet[Passage]:
    return Passage.objects.filter(person__in=rows_of(subject))


def _export_passages(subject: Subject) -> Rows:
    for row in _passages(subject).order_by("pk").values("stage_name", "origin_name", "mark", "taken", "how", "at"):
        yield dict(row)


_WRITTEN = ("kind", "title", "text", "at", "due", "minutes", "outcome", "incoming")


def _about(subject: Subject) -> list[Activity]:
    """What is about the person, or tells of them in its words."""
    persons, tells = rows_of(subject), telling_of(subject)
    others = Activity.objects.exclude(person__in=persons).exclude(title="", text="").order_by("pk").iterator()
    naming = [row for row in others if tells(f"{row.title}\n{row.text}")]
    return [*Activity.objects.filter(person__in=persons).order_by("pk"), *naming]


def _export_activities(subject: Subject) -> Rows:
    for row in _about(subject):
        yield {name: getattr(row, name) for name in _WRITTEN}


def _erase_activities(subject: Subject) -> int:
    """Remove what is about the person and no deal, and empty the rest."""
    rows, persons = _about(subject), rows_of(subject)
    _drop_files(rows, persons)
    alone = [one.pk for one in rows if one.person_id in persons and one.deal_id is None]
    Activity.objects.filter(pk__in=alone).delete()
    rest = [row for row in rows if row.pk not in set(alone)]
    for row in rest:
        row.person_id = None if row.person_id in persons else row.person_id
    return len(alone) + _empty(rest)


def _anonymise_activities(subject: Subject) -> int:
    rows = _about(subject)
    _drop_files(rows, rows_of(subject))
    return _empty(rows)


def _drop_files(rows: list[Activity], persons: set[int]) -> None:
    """Remove the files on what is about the person: they are a part of what was written."""
    drop(files_on("activity", [row.pk for row in rows if row.person_id in persons]))


def _empty(rows: list[Activity]) -> int:
    for row in rows:
        row.title, row.text = "", ""
    return Activity.objects.bulk_update(rows, ["title", "text", "person"], batch_size=500)


def _deals(subject: Subject) -> list[Deal]:
    """The deals whose name or notes tell of the person: the name of a deal is often that of its contact."""
    tells = telling_of(subject)
    return [
        deal
        for deal in Deal.objects.order_by("pk").iterator()
        if tells(f"{deal.name}\n{deal.reason_text}") or any(tells(str(one)) for one in deal.custom.values())
    ]


def _export_deals(subject: Subject) -> Rows:
    on = Deal.objects.filter(members__person__in=rows_of(subject))
    for deal in {deal.pk: deal for deal in (*on, *_deals(subject))}.values():
        yield {name: getattr(deal, name) for name in ("name", "status", "created", "closed", "reason_text", "custom")}


def _nameless(subject: Subject) -> int:
    deals, tells = _deals(subject), telling_of(subject)
    for deal in deals:
        deal.name = f"{deal.pk}" if tells(deal.name) else deal.name
        deal.reason_text = "" if tells(deal.reason_text) else deal.reason_text
        deal.custom = {code: one for code, one in deal.custom.items() if not tells(str(one))}
    return Deal.objects.bulk_update(deals, ["name", "reason_text", "custom"], batch_size=500)


STORES: tuple[Store, ...] = (
    *SEGMENT_STORES,
    Store(
        "tragt_crm.Pipeline",
        other=frozenset(
            {"id", "kind", "name", "market", "position", "version", "renewal", "renewal_months", "cause", "created"}
            | {"archived"}
        ),
    ),
    Store(
        "tragt_crm.Stage",
        other=frozenset(
            {"id", "pipeline", "name", "position", "probability", "level", "team", "criteria", "required", "playbook"}
            | {"rotting_days", "target", "enters_on", "rule", "mark", "removed", "stirred"}
        ),
    ),
    Store("tragt_crm.PipelineVersion", other=frozenset({"id", "pipeline", "number", "name", "stages", "at", "by"})),
    Store("tragt_crm.LostReason", other=frozenset({"id", "name", "position", "cause", "archived"})),
    Store(
        "tragt_crm.Deal",
        personal={
            "name": gettext_noop("the name of a deal, where it names a person"),
            "reason_text": gettext_noop("what was written about the loss of a deal"),
            "custom": gettext_noop("what the firm notes of a deal besides"),
        },
        other=frozenset(
            {
                "id",
                "key",
                "pipeline",
                "stage",
                "status",
                "value",
                "currency",
                "company",
                "owner",
                "expected",
                "reason",
                "tags",
            }
            | {"renewal_of", "cause", "version", "created", "entered", "touched", "closed"}
        ),
        export=_export_deals,
        erase=_nameless,
        anonymise=_nameless,
    ),
    Store(
        "tragt_crm.Move",
        other=frozenset(
            {"id", "deal", "kind", "pipeline", "origin", "stage", "origin_name", "stage_name", "at", "left", "value"}
            | {"currency", "confirmed", "by", "cause"}
        ),
    ),
    Store(
        "tragt_crm.Member",
        personal={"person": gettext_noop("who is on a deal"), "role": gettext_noop("what somebody is in a deal")},
        other=frozenset({"id", "deal", "primary", "since", "until"}),
        export=_export_members,
        erase=lambda subject: _members(subject).delete()[0],
    ),
    Store(
        "tragt_crm.Product",
        other=frozenset(
            {"id", "code", "name", "family", "price", "currency", "prices", "created", "archived", "cause"}
        ),
    ),
    Store(
        "tragt_crm.DealLine",
        other=frozenset(
            {"id", "deal", "product", "text", "quantity", "price", "discount", "position", "told", "cause"}
        ),
    ),
    Store(
        "tragt_crm.MarketProfile",
        other=frozenset(
            {"id", "market", "organisation", "deciders", "procurement", "cycle_days", "deal_size", "sensitivity"}
            | {"approach", "touch"}
        ),
    ),
    Store("tragt_crm.ProductReading", other=frozenset({"id", "spelling", "product", "made", "by", "at"})),
    Store(
        "tragt_crm.Standing",
        personal={
            "person": gettext_noop("who is in a stage of the lifecycle"),
            "stage": gettext_noop("the stage of the lifecycle that a person is in"),
        },
        other=frozenset({"since", "mql", "sql"}),
        export=_export_standings,
        erase=lambda subject: _standings(subject).delete()[0],
    ),
    Store(
        "tragt_crm.Passage",
        personal={
            "person": gettext_noop("who came to a stage of the lifecycle"),
            "stage": gettext_noop("a stage of the lifecycle that a person came to"),
        },
        other=frozenset({"id", "stage_name", "origin_name", "mark", "taken", "how", "at", "by", "cause"}),
        export=_export_passages,
        erase=lambda subject: _passages(subject).delete()[0],
    ),
    Store(
        "tragt_crm.Activity",
        personal={
            "title": gettext_noop("the heading of a note, call, meeting, mail or task"),
            "text": gettext_noop("what was written of a call, a meeting, a mail or a task"),
            "person": gettext_noop("whom an activity was about"),
        },
        other=frozenset(
            {"id", "kind", "at", "due", "whole_day", "minutes", "outcome", "incoming", "repeat", "owner", "author"}
            | {"company", "deal", "cause", "created", "version", "told"}
        ),
        export=_export_activities,
        erase=_erase_activities,
        anonymise=_anonymise_activities,
    ),
)
