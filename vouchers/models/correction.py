"""What two people put right in the books: money back on a voucher after the shop was paid, a difference written off."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.grant import IS_OF_TWO, Decision
from vouchers.models.journal import Account, Transaction
from vouchers.models.voucher import Voucher


class Correction(Decision):
    """Part of a sale that the shop was paid for goes back to the voucher, out of what is due to the shop next."""

    class Reason(models.TextChoices):
        AMOUNT = "amount", _("montant mal tapé")
        TWICE = "twice", _("encaissé deux fois")
        RETURNED = "returned", _("marchandise rendue")
        OTHER = "other", _("autre")

    sale = models.ForeignKey(
        Transaction, verbose_name=_("encaissement"), on_delete=models.PROTECT, related_name="corrections"
    )
    voucher = models.ForeignKey(
        Voucher, verbose_name=_("bon d’achat"), on_delete=models.PROTECT, related_name="corrections"
    )
    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="corrections"
    )
    cents = models.IntegerField(_("montant en cents"))
    # What the shop's takings have given back so far; the rest waits for the next ones.
    done_cents = models.IntegerField(_("rendu jusqu’ici, en cents"), default=0)
    reason = models.CharField(_("motif"), max_length=10, choices=Reason)
    words = models.TextField(_("explication"), max_length=1000, blank=True)

    class Meta(Decision.Meta):
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = [
            models.CheckConstraint(condition=IS_OF_TWO, name="correction_by_two"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="correction_of_something"),
            models.CheckConstraint(
                condition=Q(done_cents=0) | Q(state="agreed", done_cents__range=(0, F("cents"))),
                name="correction_done_once_agreed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state="agreed", done_cents__lt=F("cents")), name="correction_waits"
            )
        ]

    def __str__(self):
        return f"{self.pk} {self.cents}"

    @property
    def left_cents(self) -> int:
        return self.cents - self.done_cents


class WriteOff(Decision):
    """A difference between the books and the bank or the provider that nobody explains."""

    class Reason(models.TextChoices):
        BANK = "bank", _("écart avec le relevé bancaire")
        PROVIDER = "provider", _("écart avec le relevé du prestataire")
        OTHER = "other", _("autre")

    # Only what the outside world holds for us can differ from what the outside world says.
    KINDS = (Account.Kind.BANK, Account.Kind.PSP_CLEARING)

    account = models.ForeignKey(
        Account, verbose_name=_("compte"), on_delete=models.PROTECT, related_name="write_offs"
    )
    # Positive: into the account from the losses. Negative: out of it.
    cents = models.BigIntegerField(_("montant en cents"))
    reason = models.CharField(_("motif"), max_length=10, choices=Reason)
    words = models.TextField(_("explication"), max_length=1000, blank=True)

    class Meta(Decision.Meta):
        verbose_name = _("écart passé en perte")
        verbose_name_plural = _("écarts passés en perte")
        constraints = [
            models.CheckConstraint(condition=IS_OF_TWO, name="writeoff_by_two"),
            models.CheckConstraint(condition=~Q(cents=0), name="writeoff_of_something"),
        ]

    def __str__(self):
        return f"{self.pk} {self.cents}"
