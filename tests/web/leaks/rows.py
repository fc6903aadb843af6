"""A row of the ledger, where no funnel is gone through."""

from django.utils import timezone

from tragt.funnel.leaks import Against, Kind
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Alarm, Found, Rank

__all__ = ["alarm_of", "leaking"]


def leaking(funnel: SavedFunnel) -> Found:
    """The last step of a funnel leaks."""
    *_, before, step = (one.title for one in funnel.funnel.steps)
    now = timezone.now()
    cost = {"per_month": 900.0, "low": 400.0, "high": 1300.0, "level": 0.95, "in_money": True}
    figures = {
        "kind": str(Kind.DRIFTED),
        "against": str(Against.TARGET),
        "entered": 100,
        "kept": 10,
        "rate": 0.1,
        "reference": 0.2,
        "p_value": 0.001,
        "q_value": 0.01,
        "units_lost": 9.0,
        "reason": None,
        "cost": {**cost, "beyond_step": 900.0, "chance": 1.0, "value": 100.0},
        "days": ["2026-01-01", "2026-02-01"],
    }
    return Found.objects.create(
        funnel=funnel,
        step=step,
        before=before,
        fate=Kind.DRIFTED,
        against=Against.TARGET,
        rank=Rank.MONEY,
        least=400.0,
        currency="DKK",
        figures=figures,
        opened=now,
        computed=now,
    )


def alarm_of(funnel: SavedFunnel) -> Alarm:
    """The last step of a funnel has begun to leak."""
    *_, before, step = (one.title for one in funnel.funnel.steps)
    now = timezone.now()
    figures = {"entered": 100, "kept": 10, "rate": 0.1, "reference": 0.2, "days": 10, "lost": 30.4, "chance": 1.0}
    return Alarm.objects.create(
        funnel=funnel,
        step=step,
        before=before,
        fate=Kind.DRIFTED,
        began=now.date(),
        share=0.01,
        figures={**figures, "value": 100.0, "cost": 3040.0},
        currency="DKK",
        opened=now,
        computed=now,
    )
