"""Where a shop's money goes: its IBAN, asked for by one person and confirmed by another."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vouchers import ibans

# Between the confirmation of another IBAN and the first payout to it, so that whoever did not ask for it can object.
# The database keeps the same (migration 0011).
HOLD = timedelta(hours=72)


class BankAccountQuerySet(models.QuerySet):
    def effective(self, at: datetime):
        """Of each shop the one that counts at an instant: the newest that took effect. It may have bounced since."""
        return (
            self.filter(effective_at__lte=at, cancelled_at=None)
            .order_by("shop", "-effective_at", "-pk")
            .distinct("shop")
        )

    def waiting(self, at: datetime):
        """Asked for and not confirmed, or confirmed and not in effect yet."""
        return self.filter(Q(effective_at=None) | Q(effective_at__gt=at), cancelled_at=None)


class BankAccount(models.Model):
    """An IBAN of a shop. What was asked for does not change; another IBAN is another row.

    People are numbers here: what they agreed on stays known when an account is deleted.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("à confirmer")
        HELD = "held", _("confirmé, délai en cours")
        EFFECTIVE = "effective", _("en vigueur")
        BOUNCED = "bounced", _("refusé ou arrêté")
        CANCELLED = "cancelled", _("annulé")

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="bank_accounts"
    )
    holder = models.CharField(_("titulaire"), max_length=70)
    # All that is kept of the IBAN: see `vouchers.ibans`.
    iban_sealed = models.BinaryField()
    iban_digest = models.CharField(max_length=64, editable=False)
    key_id = models.CharField(_("clé"), max_length=20, editable=False)
    last4 = models.CharField(_("quatre derniers caractères"), max_length=4, editable=False)
    asked_by = models.BigIntegerField(_("demandé par"))
    asked_at = models.DateTimeField(_("demandé le"))
    # The people who were written to when it was asked for: they are written to again when another one is.
    told = ArrayField(models.BigIntegerField(), default=list, blank=True)
    confirmed_by = models.BigIntegerField(_("confirmé par"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmé le"), null=True, blank=True)
    effective_at = models.DateTimeField(_("en vigueur dès le"), null=True, blank=True)
    cancelled_by = models.BigIntegerField(_("annulé par"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("annulé le"), null=True, blank=True)
    # The bank sent money back, or somebody of finance has stopped it: nothing goes there until an IBAN is confirmed anew.
    bounced_at = models.DateTimeField(_("refusé le"), null=True, blank=True)
    # People were told that it is in effect.
    announced_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("compte bancaire")
        verbose_name_plural = _("comptes bancaires")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("asked_by")), name="bankaccount_two_people"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None, effective_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, effective_at__isnull=False,
                    confirmed_at__gte=F("asked_at"), effective_at__gte=F("confirmed_at")),
                name="bankaccount_confirmed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_by=None, cancelled_at=None)
                | Q(cancelled_by__isnull=False, cancelled_at__isnull=False, bounced_at=None),
                name="bankaccount_cancelled_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(bounced_at=None)
                | Q(effective_at__isnull=False, bounced_at__gte=F("effective_at")),
                name="bankaccount_bounced_once_used",
            ),
            models.UniqueConstraint(
                fields=["shop"],
                condition=Q(confirmed_at=None, cancelled_at=None),
                name="bankaccount_one_asked_for",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["shop", "-effective_at"], name="bankaccount_in_effect"),
            models.Index(fields=["iban_digest"], name="bankaccount_same_iban"),
        ]

    def __str__(self):
        return f"… {self.last4}"

    @property
    def owner(self) -> str:
        """Whose seal it bears."""
        return f"shop:{self.shop_id}"

    def iban(self) -> str:
        """In clear, for finance and for the bank's file.

        Raises:
            Unreadable
        """
        return ibans.unseal(self.iban_sealed, self.key_id, self.owner)

    def keep(self, iban: str):
        """Set what is kept of an IBAN; saves nothing."""
        sealed = ibans.seal(iban, self.owner)
        self.iban_sealed, self.iban_digest = sealed.copy, sealed.digest
        self.key_id, self.last4 = sealed.key_id, sealed.last4

    def renew_seal(self):
        """Keep it under the key of today.

        Raises:
            Unreadable
        """
        self.keep(self.iban())
        self.save(update_fields=["iban_sealed", "iban_digest", "key_id"])

    def state(self, at: datetime) -> str:
        if self.cancelled_at:
            return self.State.CANCELLED
        if self.confirmed_at is None:
            return self.State.ASKED
        if self.effective_at > at:
            return self.State.HELD
        return self.State.BOUNCED if self.bounced_at else self.State.EFFECTIVE
