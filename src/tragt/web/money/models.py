"""Rates of currencies, a row a day."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["BASE", "DayRates"]

BASE = "EUR"


class DayRates(models.Model):
    """What one euro was worth on a day: units of each currency, as exact decimals in texts.

    The euro is the base whatever the organisation's currency is: central banks publish so, and an organisation that
    changes its currency keeps its rates. The twenty-five years of a bank's file are seven thousand rows.
    """

    day = models.DateField(primary_key=True)
    per_euro = models.JSONField(default=dict)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Rates of currencies")

    def __str__(self) -> str:
        return f"rates of {self.day}"
