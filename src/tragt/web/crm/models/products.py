"""What is sold, and what of it stands on a deal."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models.deals import Deal

__all__ = ["DealLine", "Product", "ProductReading"]

_PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class Product(models.Model):
    """Something that is sold, at a list price in minor units of a currency, and in others by ``prices``."""

    code = models.CharField(_("Code"), max_length=64, blank=True)
    name = models.CharField(_("Name"), max_length=200, unique=True)
    family = models.CharField(_("Family"), max_length=100, blank=True)
    price = models.BigIntegerField(_("List price"), null=True, blank=True, validators=[MinValueValidator(0)])
    currency = models.CharField(_("Currency"), max_length=3)
    prices = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(default=timezone.now)
    archived = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = _("Product")
        verbose_name_plural = _("Products")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ProductReading(models.Model):
    """That a name by which sources call a product means one of the list, as somebody decided; kept for files to come.

    ``made`` says that the product was made for the name.
    """

    spelling = models.CharField(max_length=200, unique=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="readings")
    made = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("What names of products mean")
        ordering = ("spelling",)

    def __str__(self) -> str:
        return self.spelling


class DealLine(models.Model):
    """A line of a deal, in the deal's currency; the value of a deal with lines is their sum.

    A line that a file told of is at the list price of its product, and the value of its deal is what the file says.
    ``told`` is what the file calls the product; ``cause`` is the import, until somebody changes the line.
    """

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="lines")
    text = models.CharField(_("Text"), max_length=200, blank=True)
    quantity = models.DecimalField(
        _("Quantity"), max_digits=14, decimal_places=3, default=Decimal(1), validators=[MinValueValidator(Decimal(0))]
    )
    price = models.BigIntegerField(_("Price each"), validators=[MinValueValidator(0)])
    discount = models.DecimalField(
        _("Discount in per cent"), max_digits=5, decimal_places=2, default=Decimal(0), validators=_PERCENT
    )
    position = models.PositiveSmallIntegerField(default=0)
    told = models.CharField(max_length=200, blank=True)
    cause = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = _("Lines of deals")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.text or str(self.product or "")

    @property
    def total(self) -> int:
        """What the line comes to, in minor units, rounded half up."""
        exact = Decimal(self.price) * self.quantity * (Decimal(100) - self.discount) / Decimal(100)
        return int((exact + Decimal("0.5")) // 1)
