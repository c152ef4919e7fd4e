"""Dated exceptions to the weekly rule, and the index of coming open spans."""

import re
from datetime import time

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class SpecialDay(models.Model):
    """Days on which the weekly rule does not hold: closed, or other hours. Both days included."""

    class Reason(models.TextChoices):
        HOLIDAY = "holiday", _("congés")
        WORKS = "works", _("travaux")
        EVENT = "event", _("événement")
        PUBLIC_HOLIDAY = "public_holiday", _("jour férié")
        # The merchant does not know when she opens again: the run is long, and its end is told to nobody.
        TEMPORARY = "temporary", _("fermeture temporaire")
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

    def clean(self):
        try:
            self.spans()
        except ValueError:
            raise ValidationError(
                {"hours": _("Des heures comme 10:00-16:00, ou 10:00-12:00,14:00-18:00.")}
            ) from None

    def spans(self) -> tuple[tuple[time, time], ...]:
        """The hours as (opening, closing) pairs, none when closed. 24:00 is midnight. Raises ValueError."""
        pairs = []
        for span in self.hours.replace(" ", "").split(",") if self.hours.strip() else []:
            match = re.fullmatch(r"(\d\d?):(\d\d)[-–](\d\d?):(\d\d)", span)
            if not match:
                raise ValueError(f"{span!r} is no span of hours")
            opens, closes = (int(match[1]), int(match[2])), (int(match[3]), int(match[4]))
            pairs.append((time(*opens), time(0) if closes == (24, 0) else time(*closes)))
        return tuple(pairs)


class OpeningInterval(models.Model):
    """A span in which a shop is certainly open, [start, end), in UTC, within one day. Derived: `shops.catalogue` writes it."""

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="intervals", db_index=False)
    span = DateTimeRangeField()

    class Meta:
        indexes = [
            # "Open at t" over the city, answered by the index alone, and "is this shop open at t" beside another index.
            GistIndex(fields=["span"], include=["shop"], name="interval_span"),
            models.Index(fields=["shop"], name="interval_shop"),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.span}"
