"""Deals as a kind of record: what their list shows, and what is searched."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models import Deal, Market, Status
from tragt.web.crm.queries.markets import deals_of_markets
from tragt.web.crm.queries.pipelines import every_pipeline, every_reason, every_stage
from tragt.web.crm.queries.planned import next_due, next_dues
from tragt.web.crm.queries.rotting import deal_rots, rotting_deals
from tragt.web.records.kinds import Column, ColumnType, Kind

__all__ = ["DEAL"]


def _pipelines() -> Sequence[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in every_pipeline()]


def _stages() -> Sequence[tuple[str, str]]:
    """The stages in use, then those in which only closed deals stand; of several pipelines, each with its own."""
    every = list(every_stage())
    several = len({stage.pipeline_id for stage in every}) > 1
    named = [
        (
            stage.removed is not None or (several and stage.pipeline.archived is not None),
            str(stage.pk),
            f"{stage.pipeline.name}: {stage.name}" if several else stage.name,
        )
        for stage in every
    ]
    return [(key, name) for gone, key, name in sorted(named, key=lambda one: one[0])]


def _reasons() -> Sequence[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in every_reason()]


def _company_of(deal: Deal) -> str:
    return reverse("company", args=[deal.company_id]) if deal.company_id else ""


DEAL = Kind(
    code="deal",
    title=_("Deals"),
    one=_("Deal"),
    icon="handshake",
    model=Deal,
    columns=(
        Column("name", _("Name"), sorts=True, folded=True, searched=True, always=True),
        Column("value", _("Value"), ColumnType.MONEY, sorts=True, currency="currency"),
        Column("stage", _("Stage"), ColumnType.CHOICE, source="stage_id", choices=_stages, always=True),
        Column("status", _("Status"), ColumnType.CHOICE, choices=lambda: Status.choices, always=True),
        Column("company", _("Company"), ColumnType.RECORD, kind="company", url=_company_of),
        Column("owner", _("Owner"), ColumnType.USER),
        Column("expected", _("Expected to close"), ColumnType.DATE, sorts=True),
        Column("next", _("Next task due"), ColumnType.MOMENT, attached=next_dues, condition=next_due),
        Column("tags", _("Tags"), ColumnType.TAGS),
        Column("entered", _("In this stage since"), ColumnType.MOMENT, sorts=True, always=True, shown=False, aged=True),
        Column(
            "rotting",
            _("Rotting"),
            ColumnType.BOOLEAN,
            always=True,
            shown=False,
            value=deal_rots,
            warns=True,
            condition=rotting_deals,
        ),
        Column(
            "market",
            _("Market"),
            ColumnType.CHOICE,
            choices=lambda: Market.choices,
            always=True,
            shown=False,
            bare=True,
            value=lambda _deal: None,
            condition=deals_of_markets,
        ),
        Column("reason", _("Reason for losing"), ColumnType.CHOICE, "reason_id", choices=_reasons, shown=False),
        Column(
            "pipeline", _("Pipeline"), ColumnType.CHOICE, "pipeline_id", choices=_pipelines, always=True, shown=False
        ),
        Column("closed", _("Closed"), ColumnType.MOMENT, sorts=True, shown=False),
        Column("created", _("Created"), ColumnType.MOMENT, sorts=True, always=True),
    ),
    list_url="deals",
    url=lambda key: reverse("deal", args=[key]),
    hint=lambda deal: deal.company.name if deal.company else "",
    values="custom",
    version="version",
    touched="touched",
    related=("owner", "company", "stage", "pipeline"),
    see="deals.see",
    edit="deals.edit",
    empty=(_("No deals yet"), _("Deals stand here once somebody opens one, or a file of deals is imported.")),
    make=("new_deal", _("New deal")),
)
