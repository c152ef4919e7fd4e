"""Dated exceptions to the weekly rule, and the index of coming open spans."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class SpecialDay(models.Model):
    """Days on which the weekly rule does not hold: closed, or other hours. Both days included."""

    class Reason(models.TextChoices):
        HOLIDAY = "holiday", _("congés")
        WORKS = "works", _("travaux")
        EVENT = "event", _("événement")
        PUBLIC_HOLIDAY = "public_holiday", _("jour férié")
        OTHER = "other", _("autre")

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="special_days"
    )
    start_on = models.DateField(_("du"))
    end_on = models.DateField(_("au"))
    hours = models.CharField(
        _("horaires"), max_length=100, blank=True, help_text=_("Par exemple 10:00-16:00. Vide : fermé.")
    )
    reason = models.CharField(_("motif"), max_length=20, choices=Reason, default=Reason.HOLIDAY)
    note = models.CharField(_("précision"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("jour exceptionnel")
        verbose_name_plural = _("jours exceptionnels")
        ordering = ["start_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_on__gte=models.F("start_on")),
                name="special_day_ends_after_it_starts",
                violation_error_message=_("La fin est avant le début."),
            ),
        ]

    def __str__(self):
        return f"{self.start_on} – {self.end_on}"


class OpeningInterval(models.Model):
    """A span in which a shop is certainly open, [start, end), in UTC. Derived: `shops.catalogue` writes it."""

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="intervals", db_index=False)
    span = DateTimeRangeField()

    class Meta:
        indexes = [
            # "Open at t" over the city, and "is this shop open at t" beside another index.
            GistIndex(fields=["span"], name="interval_span"),
            GistIndex(fields=["shop", "span"], name="interval_shop_span"),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.span}"
