"""What two people of the City decide together: money for a budget, a voucher for somebody."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.agreement import Issuer, Network
from vouchers.models.campaign import FEES, GOODWILL, Campaign


class Decision(models.Model):
    """One asks, another agrees or refuses. They are numbers: that they are two stays true whoever leaves."""

    class State(models.TextChoices):
        ASKED = "asked", _("à confirmer")
        AGREED = "agreed", _("confirmé")
        REFUSED = "refused", _("refusé")

    state = models.CharField(_("état"), max_length=10, choices=State, default=State.ASKED)
    # The form it came by: sent twice, it is asked once.
    form_key = models.CharField(max_length=40, unique=True, editable=False)
    asked_by = models.BigIntegerField(_("demandé par"))
    asked_at = models.DateTimeField(_("demandé le"))
    decided_by = models.BigIntegerField(_("décidé par"), null=True)
    decided_at = models.DateTimeField(_("décidé le"), null=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]


# Whoever asked may take it back; only somebody else agrees.
IS_OF_TWO = (
    Q(state="asked", decided_by=None, decided_at=None)
    | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False)
    | (Q(state="agreed", decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("asked_by")))
)


class BudgetLoad(Decision):
    """The City puts money on the issuer's bank account for a campaign, what is given as goodwill, or the provider's fees."""

    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="loads"
    )
    # Empty: for goodwill, or for fees.
    campaign = models.ForeignKey(
        Campaign,
        verbose_name=_("campagne"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="loads",
    )
    for_fees = models.BooleanField(_("pour les frais du prestataire"), default=False, db_default=False)
    cents = models.BigIntegerField(_("montant en cents"))
    # The decision or the bank's statement that shows it.
    reference = models.CharField(_("référence"), max_length=80)

    class Meta(Decision.Meta):
        verbose_name = _("dotation")
        verbose_name_plural = _("dotations")
        constraints = [
            models.CheckConstraint(condition=IS_OF_TWO, name="budgetload_by_two"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="budgetload_of_something"),
            models.CheckConstraint(condition=~Q(reference=""), name="budgetload_has_a_reference"),
            models.CheckConstraint(
                condition=Q(for_fees=False) | Q(campaign=None), name="budgetload_for_one_thing"
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.cents}"

    @property
    def budget_name(self) -> str:
        if self.campaign_id:
            return self.campaign.budget_name
        return FEES if self.for_fees else GOODWILL


class RestPayment(Decision):
    """What was left on vouchers that are over is paid to where they said it goes, by a transfer that the bank's statement shows."""

    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="rest_payments"
    )
    # The owner of the account that it leaves: `Network.rest_goes_to`.
    destination = models.SlugField(_("compte du reliquat"), max_length=30)
    cents = models.BigIntegerField(_("montant en cents"))
    # Of the transfer, as the bank's statement shows it.
    reference = models.CharField(_("référence"), max_length=80)

    class Meta(Decision.Meta):
        verbose_name = _("versement d’un reliquat")
        verbose_name_plural = _("versements de reliquats")
        constraints = [
            models.CheckConstraint(condition=IS_OF_TWO, name="restpayment_by_two"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="restpayment_of_something"),
            models.CheckConstraint(condition=~Q(reference=""), name="restpayment_has_a_reference"),
        ]

    def __str__(self):
        return f"{self.pk} {self.cents}"


class Grant(Decision):
    """A voucher for somebody, outside any batch: why is a code for the journal, and words beside it that are erased."""

    class Reason(models.TextChoices):
        GOODWILL = "goodwill", _("geste commercial")
        FAULT = "fault", _("erreur ou panne de notre part")
        PRIZE = "prize", _("prix, concours")
        WELFARE = "welfare", _("aide sociale")
        OTHER = "other", _("autre")

    class Way(models.TextChoices):
        MAIL = "mail", _("par e-mail, avec un lien")
        PAPER = "paper", _("sur papier, imprimé ici")

    network = models.ForeignKey(
        Network, verbose_name=_("réseau"), on_delete=models.PROTECT, related_name="grants"
    )
    # Whose budget pays it; empty, that for goodwill.
    campaign = models.ForeignKey(
        Campaign,
        verbose_name=_("campagne"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="grants",
    )
    cents = models.IntegerField(_("montant en cents"))
    reason = models.CharField(_("motif"), max_length=10, choices=Reason)
    way = models.CharField(_("remis"), max_length=10, choices=Way)
    language = models.CharField(_("langue"), max_length=5)
    # Gone a year after its voucher is over, or when it is erased before.
    words = models.TextField(_("explication"), max_length=1000, blank=True)
    recipient_name = models.CharField(_("pour"), max_length=60, blank=True)
    recipient_email = models.EmailField(_("e-mail"), blank=True)
    delivered_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)
    # No server takes mail for that address.
    undelivered_at = models.DateTimeField(_("revenu le"), null=True, blank=True)
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    PERSONAL = ("words", "recipient_name", "recipient_email")

    class Meta(Decision.Meta):
        verbose_name = _("don")
        verbose_name_plural = _("dons")
        constraints = [
            models.CheckConstraint(condition=IS_OF_TWO, name="grant_by_two"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="grant_of_something"),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(words="", recipient_name="", recipient_email=""),
                name="grant_erased_names_nobody",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.cents}"

    @property
    def budget_name(self) -> str:
        return self.campaign.budget_name if self.campaign_id else GOODWILL
