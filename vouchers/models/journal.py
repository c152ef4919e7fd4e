"""The books: accounts, transactions of transfers between them, and the chain that seals them.

Nothing here is written but through `vouchers.ledger`, and nothing written is ever changed: the database refuses it, by
right and by trigger (migration 0002), to everybody who speaks to it as the application.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """Where money stands. `balance_cents` is the database's own sum: only an insert into `Transfer` moves it.

    A transfer lowers the account that it comes from, so what the outside world holds for us is negative there.
    """

    class Kind(models.TextChoices):
        VOUCHER = "voucher", _("bon d’achat")
        MERCHANT_PAYABLE = "merchant_payable", _("dû au commerce")
        CAMPAIGN_BUDGET = "campaign_budget", _("budgets : campagnes, gestes, frais")
        REFUND_DUE = "refund_due", _("remboursement dû")
        PAYOUT_IN_TRANSIT = "payout_in_transit", _("virement en route")
        BREAKAGE = "breakage", _("reliquat des bons échus")
        PSP_CLEARING = "psp_clearing", _("chez le prestataire de paiement")
        BANK = "bank", _("banque")
        LOSS = "loss", _("pertes")

    # Of these the outside world is the other side, and they may go below zero.
    OUTSIDE = (Kind.PSP_CLEARING, Kind.BANK, Kind.LOSS)

    # Whose books: money never goes from one issuer's to another's.
    issuer = models.ForeignKey(
        "vouchers.Issuer", verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="accounts"
    )
    kind = models.CharField(_("sorte"), max_length=20, choices=Kind)
    # Whose it is, as « shop:12 »: a row may go, what its account proves stays. Empty for the issuer's own.
    owner = models.CharField(_("de"), max_length=40, blank=True)
    balance_cents = models.BigIntegerField(_("solde en cents"), default=0)
    has_floor = models.BooleanField(_("jamais sous zéro"))

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "kind", "owner"], name="account_once"),
            models.CheckConstraint(
                condition=Q(has_floor=False) | Q(balance_cents__gte=0), name="account_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(has_floor=True, kind__in=["voucher", "merchant_payable", "campaign_budget", "refund_due",
                                                      "payout_in_transit", "breakage"])
                | Q(has_floor=False, kind__in=["psp_clearing", "bank", "loss"]),
                name="account_floor_by_kind",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.kind} {self.owner}"


class Transaction(models.Model):
    """One thing that happened, whole or not at all: its transfers are made with it.

    Some kinds move nothing and change what a voucher may do (`MOVE_NOTHING`): they stand here to be sealed like the rest.
    It names nobody: who did it is a number, why is a code. What people write stands beside it and can be erased.
    """

    class Kind(models.TextChoices):
        ORDER_PAID = "order_paid", _("commande payée")
        BUDGET_LOADED = "budget_loaded", _("budget chargé")
        GRANTED = "granted", _("bon remis")
        REDEEMED = "redeemed", _("encaissement")
        REVERSED = "reversed", _("annulation")
        CORRECTED = "corrected", _("correction après virement")
        WITHDRAWN = "withdrawn", _("rétractation")
        REFUNDED = "refunded", _("remboursement")
        PSP_PAID_OUT = "psp_paid_out", _("versement du prestataire")
        PAYOUT_RELEASED = "payout_released", _("virement lancé")
        PAYOUT_CONFIRMED = "payout_confirmed", _("virement confirmé")
        PAYOUT_RETURNED = "payout_returned", _("virement revenu")
        CHARGED_BACK = "charged_back", _("contestation bancaire")
        REISSUED = "reissued", _("bon remplacé")
        EXPIRED = "expired", _("bon échu")
        DONATED = "donated", _("reste donné")
        BREAKAGE_PAID = "breakage_paid", _("reliquat versé")
        WRITTEN_OFF = "written_off", _("écart passé en perte")
        FROZEN = "frozen", _("blocage")
        RELEASED = "released", _("déblocage")
        EXTENDED = "extended", _("prolongation")
        CANCELLED = "cancelled", _("bon préparé, jamais remis")

    MOVE_NOTHING = (Kind.FROZEN, Kind.RELEASED, Kind.EXTENDED, Kind.CANCELLED)
    # Those by which a voucher comes to hold something.
    ISSUE = (Kind.ORDER_PAID, Kind.GRANTED, Kind.REISSUED)

    kind = models.CharField(_("fait"), max_length=24, choices=Kind)
    # A request is known by its key within its scope: the same again is answered, and moves nothing.
    scope = models.CharField(_("domaine"), max_length=40)
    idem_key = models.CharField(_("clé"), max_length=80)
    request_sha256 = models.CharField(_("empreinte de la demande"), max_length=64)
    actor = models.BigIntegerField(_("par"), null=True, blank=True)
    device = models.BigIntegerField(_("à la caisse"), null=True, blank=True)
    reason = models.SlugField(_("motif"), max_length=30, blank=True)
    # What it is about, as « voucher:12 ».
    subject = models.CharField(_("objet"), max_length=40, blank=True)
    # Dates, ids and codes that were decided with it, such as the terms of a voucher. Never a person's words.
    details = models.JSONField(_("précisions"), default=dict, blank=True)
    reverses = models.OneToOneField(
        "self",
        verbose_name=_("annule"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversed_by",
    )
    created_at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("opération")
        verbose_name_plural = _("opérations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "idem_key"], name="transaction_once"),
            models.UniqueConstraint(fields=["subject"], condition=Q(kind="granted"), name="transaction_hands_over_once"),
            models.CheckConstraint(
                condition=Q(kind="reversed", reverses__isnull=False) | (~Q(kind="reversed") & Q(reverses=None)),
                name="transaction_reverses_one",
            ),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="transaction_not_itself"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["created_at"], name="transaction_by_time"),
            models.Index(fields=["subject", "id"], condition=~Q(subject=""), name="transaction_by_subject"),
        ]

    def __str__(self):
        return f"{self.pk} {self.kind}"


class Transfer(models.Model):
    """Cents from one account to another, and what each held afterwards (filled by the database)."""

    txn = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="transfers")
    position = models.PositiveSmallIntegerField()
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="out")
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="into")
    amount_cents = models.BigIntegerField(_("montant en cents"))
    source_after = models.BigIntegerField(editable=False)
    target_after = models.BigIntegerField(editable=False)

    class Meta:
        verbose_name = _("transfert")
        verbose_name_plural = _("transferts")
        ordering = ["txn", "position"]
        constraints = [
            models.UniqueConstraint(fields=["txn", "position"], name="transfer_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="transfer_of_something"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two"),
        ]

    def __str__(self):
        return f"{self.txn_id}/{self.position} {self.amount_cents}"


class ChainLink(models.Model):
    """A seal: the place of a transaction in the chain, and a hash of it and of all before it (`vouchers.sealing`)."""

    seq = models.BigIntegerField(primary_key=True)
    txn = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="link")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sceau")
        verbose_name_plural = _("sceaux")
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["prev_hash"], name="chain_does_not_fork")]

    def __str__(self):
        return f"{self.seq} {self.hash[:12]}"
