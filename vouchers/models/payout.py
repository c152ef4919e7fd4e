"""What is paid to the shops: the bank's files, their lines, and what the bank answered."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vouchers import ibans
from vouchers.models.agreement import Issuer
from vouchers.models.bank_account import BankAccount
from vouchers.models.journal import Transaction


class PayoutTerms(models.Model):
    """When an issuer pays its shops, from how much on, and from which account of its own."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("lundi")
        TUESDAY = 1, _("mardi")
        WEDNESDAY = 2, _("mercredi")
        THURSDAY = 3, _("jeudi")
        FRIDAY = 4, _("vendredi")

    issuer = models.OneToOneField(
        Issuer, primary_key=True, on_delete=models.PROTECT, related_name="payout_terms"
    )
    weekday = models.IntegerField(_("jour des virements"), choices=Weekday, default=Weekday.MONDAY)
    least_cents = models.IntegerField(_("montant minimal en cents"), default=10_00)
    debtor = models.CharField(_("titulaire"), max_length=70)
    bic = models.CharField(_("BIC"), max_length=11)
    iban_sealed = models.BinaryField()
    key_id = models.CharField(_("clé"), max_length=20, editable=False)
    last4 = models.CharField(_("quatre derniers caractères"), max_length=4, editable=False)

    class Meta:
        verbose_name = _("réglages des virements")
        verbose_name_plural = _("réglages des virements")
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 4)), name="payoutterms_on_a_working_day"),
            models.CheckConstraint(condition=Q(least_cents__gt=0), name="payoutterms_least_of_something"),
        ]

    def __str__(self):
        return f"{self.issuer_id} … {self.last4}"

    @property
    def owner(self) -> str:
        return f"issuer:{self.issuer_id}"

    def iban(self) -> str:
        """The issuer's own, in clear.

        Raises:
            Unreadable
        """
        return ibans.unseal(self.iban_sealed, self.key_id, self.owner)

    def keep(self, iban: str):
        """Set what is kept of an IBAN; saves nothing."""
        sealed = ibans.seal(iban, self.owner)
        self.iban_sealed, self.key_id, self.last4 = sealed.copy, sealed.key_id, sealed.last4

    def renew_seal(self):
        self.keep(self.iban())
        self.save(update_fields=["iban_sealed", "key_id"])


class PayoutFile(models.Model):
    """One order to the bank: prepared by one person, released by another, and then as it is for good."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("préparé")
        RELEASED = "released", _("lancé")
        CLOSED = "closed", _("terminé")
        CANCELLED = "cancelled", _("abandonné")

    # The database keeps the same table.
    MOVES = {
        State.PREPARED: {State.RELEASED, State.CANCELLED},
        State.RELEASED: {State.CLOSED},
        State.CLOSED: set(),
        State.CANCELLED: set(),
    }

    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="payout_files"
    )
    # What the bank knows it by.
    msg_id = models.CharField(_("identifiant"), max_length=35, unique=True)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.PREPARED)
    created_at = models.DateTimeField(_("préparé le"))
    prepared_by = models.BigIntegerField(_("préparé par"))
    released_at = models.DateTimeField(_("lancé le"), null=True, blank=True)
    released_by = models.BigIntegerField(_("lancé par"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("abandonné le"), null=True, blank=True)
    cancelled_by = models.BigIntegerField(_("abandonné par"), null=True, blank=True)
    # Fixed at the release: what the file is made of, together with its lines and the journal.
    pay_on = models.DateField(_("à exécuter le"), null=True, blank=True)
    total_cents = models.BigIntegerField(_("total en cents"), null=True, blank=True)
    lines = models.IntegerField(_("virements"), null=True, blank=True)
    debtor = models.CharField(_("titulaire"), max_length=70, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    iban_sealed = models.BinaryField(default=bytes)
    key_id = models.CharField(_("clé"), max_length=20, blank=True, editable=False)
    # Of the file's bytes, which stand nowhere: they are made anew, and must be these.
    sha256 = models.CharField(_("empreinte"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("fichier de virements")
        verbose_name_plural = _("fichiers de virements")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("prepared_by")), name="payoutfile_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "cancelled"], released_by=None, released_at=None, pay_on=None,
                            total_cents=None, lines=None, sha256="")
                | Q(state__in=["released", "closed"], released_by__isnull=False, released_at__isnull=False,
                    released_at__gte=F("created_at"), pay_on__isnull=False, total_cents__isnull=False,
                    total_cents__gt=0, lines__isnull=False, lines__gt=0, sha256__regex=r"^[0-9a-f]{64}$"),
                name="payoutfile_released_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False)
                | (~Q(state="cancelled") & Q(cancelled_by=None, cancelled_at=None)),
                name="payoutfile_cancelled_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["issuer"], condition=Q(state="prepared"), name="payoutfile_one_prepared"
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.msg_id

    @property
    def owner(self) -> str:
        return f"issuer:{self.issuer_id}"

    def iban(self) -> str:
        """The account that paid, in clear.

        Raises:
            Unreadable
        """
        return ibans.unseal(self.iban_sealed, self.key_id, self.owner)

    def renew_seal(self):
        sealed = ibans.seal(self.iban(), self.owner)
        self.iban_sealed, self.key_id = sealed.copy, sealed.key_id
        self.save(update_fields=["iban_sealed", "key_id"])


class Payout(models.Model):
    """One line of a file: what one shop is paid. Its end-to-end id is this payout's for ever, on every statement."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("préparé")
        DROPPED = "dropped", _("abandonné")
        IN_TRANSIT = "in_transit", _("en route")
        PAID = "paid", _("payé")
        RETURNED = "returned", _("revenu")

    MOVES = {
        State.PREPARED: {State.IN_TRANSIT, State.DROPPED},
        State.IN_TRANSIT: {State.PAID, State.RETURNED},
        # Booked, and sent back by the shop's bank some days later.
        State.PAID: {State.RETURNED},
        State.RETURNED: set(),
        State.DROPPED: set(),
    }

    file = models.ForeignKey(PayoutFile, on_delete=models.PROTECT, related_name="payouts")
    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="payouts"
    )
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="payouts")
    end_to_end_id = models.CharField(_("référence"), max_length=35, unique=True)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.PREPARED)
    # What was due when the file was prepared, and what was when it was released: the journal's own sum.
    prepared_cents = models.BigIntegerField(_("préparé en cents"))
    cents = models.BigIntegerField(_("montant en cents"), null=True, blank=True)
    txn = models.OneToOneField(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="payout"
    )
    paid_at = models.DateTimeField(_("payé le"), null=True, blank=True)
    returned_at = models.DateTimeField(_("revenu le"), null=True, blank=True)
    # Why it came back: of the external code list of ISO 20022.
    reason = models.CharField(_("motif"), max_length=4, blank=True)

    class Meta:
        verbose_name = _("virement")
        verbose_name_plural = _("virements")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["file", "shop"], name="payout_once_a_file"),
            models.CheckConstraint(condition=Q(prepared_cents__gt=0), name="payout_of_something"),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "dropped"], txn=None, cents=None)
                | Q(
                    state__in=["in_transit", "paid", "returned"],
                    txn__isnull=False,
                    cents__isnull=False,
                    cents__gt=0,
                ),
                name="payout_released_with_its_line",
            ),
            models.CheckConstraint(
                condition=(Q(state="returned", returned_at__isnull=False) & ~Q(reason=""))
                | (~Q(state="returned") & Q(returned_at=None, reason="")),
                name="payout_returned_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False), name="payout_paid_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["shop", "-id"], name="payout_by_shop")]

    def __str__(self):
        return self.end_to_end_id

    @property
    def subject(self) -> str:
        """What the journal calls it."""
        return f"payout:{self.pk}"


class BankMessage(models.Model):
    """A file that the bank sent, read once: what it says of our payouts, and nothing of anybody else's."""

    class Kind(models.TextChoices):
        STATEMENT = "camt.053", _("relevé de compte")
        REPORT = "pain.002", _("compte rendu de paiement")

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="bank_messages")
    kind = models.CharField(_("sorte"), max_length=10, choices=Kind)
    sha256 = models.CharField(_("empreinte"), max_length=64)
    msg_id = models.CharField(_("identifiant"), max_length=35)
    # Of our payouts: [{"id": end-to-end id, "says": "paid" or "returned", "cents": …, "reason": …}], and how many others.
    lines = models.JSONField(default=list)
    others = models.IntegerField(_("autres écritures"), default=0)
    read_by = models.BigIntegerField(_("lu par"))
    read_at = models.DateTimeField(_("lu le"))
    applied_by = models.BigIntegerField(_("appliqué par"), null=True, blank=True)
    applied_at = models.DateTimeField(_("appliqué le"), null=True, blank=True)

    class Meta:
        verbose_name = _("message de la banque")
        verbose_name_plural = _("messages de la banque")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "sha256"], name="bankmessage_once"),
            models.CheckConstraint(
                condition=Q(applied_by=None, applied_at=None)
                | Q(applied_by__isnull=False, applied_at__isnull=False, applied_at__gte=F("read_at")),
                name="bankmessage_applied_at_a_time",
            ),
        ]

    def __str__(self):
        return self.msg_id


class ProviderPayout(models.Model):
    """What the payment provider has paid to the issuer's bank, as the bank's statement shows it."""

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="provider_payouts")
    bank_ref = models.CharField(_("référence de la banque"), max_length=35)
    paid_on = models.DateField(_("crédité le"))
    cents = models.BigIntegerField(_("montant en cents"))
    fee_cents = models.BigIntegerField(_("frais en cents"), default=0)
    txn = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="provider_payout")
    noted_by = models.BigIntegerField(_("noté par"))
    noted_at = models.DateTimeField(_("noté le"))

    class Meta:
        verbose_name = _("versement du prestataire")
        verbose_name_plural = _("versements du prestataire")
        ordering = ["-paid_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "bank_ref"], name="providerpayout_once"),
            models.CheckConstraint(
                condition=Q(cents__gt=0, fee_cents__gte=0), name="providerpayout_of_something"
            ),
        ]

    def __str__(self):
        return self.bank_ref
