"""What the finance desk looks at each week, and the sales whose money waits with us meanwhile."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.agreement import Issuer
from vouchers.models.journal import Transaction


class Sign(models.TextChoices):
    """What may be looked at twice about a sale. Nothing follows from it by itself."""

    OWN = "own", _("acheté par le commerce lui-même")
    ONE_BUYER = "one_buyer", _("presque tout d’un seul acheteur")
    BURST = "burst", _("beaucoup en peu de temps")
    NIGHT = "night", _("de nuit, le commerce fermé")
    ROUND = "round", _("presque que des montants ronds")
    PAPER = "paper", _("noté sur papier, tapé après")


class WeekReview(models.Model):
    """Somebody has looked through the sales of a week that stood out."""

    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="week_reviews"
    )
    # Its Monday, in the city.
    week = models.DateField(_("semaine du"))
    reviewed_by = models.BigIntegerField(_("revue par"))
    reviewed_at = models.DateTimeField(_("revue le"))

    class Meta:
        verbose_name = _("revue de la semaine")
        verbose_name_plural = _("revues de la semaine")
        ordering = ["-week"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "week"], name="weekreview_once"),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="weekreview_of_a_monday"),
        ]

    def __str__(self):
        return f"{self.issuer_id} {self.week}"


class PayoutHold(models.Model):
    """A sale whose money is not paid to the shop while somebody looks into it. All else that is due to the shop is."""

    sale = models.ForeignKey(
        Transaction, verbose_name=_("encaissement"), on_delete=models.PROTECT, related_name="payout_holds"
    )
    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="payout_holds"
    )
    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="payout_holds"
    )
    # What the sale brought the shop of this issuer, with what the City added.
    cents = models.BigIntegerField(_("montant en cents"))
    reason = models.CharField(_("motif"), max_length=10, choices=[*Sign.choices, ("other", _("autre"))])
    placed_by = models.BigIntegerField(_("retenu par"))
    placed_at = models.DateTimeField(_("retenu le"))
    lifted_by = models.BigIntegerField(_("libéré par"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("libéré le"), null=True, blank=True)

    class Meta:
        verbose_name = _("encaissement retenu")
        verbose_name_plural = _("encaissements retenus")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cents__gt=0), name="payouthold_of_something"),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False, lifted_at__gte=F("placed_at")),
                name="payouthold_lifted_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["sale", "issuer"], condition=Q(lifted_at=None), name="payouthold_one_open"
            ),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.cents}"
