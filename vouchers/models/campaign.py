"""What the City gives: a campaign with its budget, its vouchers in batches, and what it adds when one is spent.

People are numbers here, as in the journal: a row goes on saying that two decided, whoever leaves.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField

from vouchers.models.agreement import Network
from vouchers.models.voucher import TwoYearsAfter

GOODWILL = "goodwill"
# What the payment provider keeps.
FEES = "fees"


class CampaignQuerySet(models.QuerySet):
    def public(self):
        """Those of which everybody may read the figures."""
        return self.exclude(state=Campaign.State.DRAFT)


class Campaign(models.Model):
    """So many vouchers of one amount, decided by the City. Once it is open its terms stay (migration 0007)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        OPEN = "open", _("ouverte")
        CLOSED = "closed", _("close")

    network = models.ForeignKey(
        Network, verbose_name=_("réseau"), on_delete=models.PROTECT, related_name="campaigns"
    )
    name = models.CharField(_("nom"), max_length=120)
    i18n = TranslationField(fields=("name",))
    slug = models.SlugField(_("adresse"), max_length=60, unique=True)
    # Of the City's council or college: without it there is no campaign.
    decision_ref = models.CharField(_("référence de la décision"), max_length=80)
    decided_on = models.DateField(_("décidée le"))
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.DRAFT)
    amount_cents = models.IntegerField(_("montant d’un bon en cents"))
    # The days on which vouchers are handed over, and the one last day of all of them, which stands on the paper.
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("dernier jour"))
    expires_on = models.DateField(_("bons valables jusqu’au"))
    may_print = models.BooleanField(_("imprimés"), default=True)
    may_hand_over = models.BooleanField(_("remis au guichet ou sur liste"), default=True)
    # By post, to households: a whole batch becomes good at once.
    may_mail = models.BooleanField(_("envoyés par lettre"), default=False)
    # What the public is told, counted each week by `vouchers.campaign_figures`.
    figures = models.JSONField(default=dict, editable=False)
    figures_on = models.DateField(null=True, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campagne")
        verbose_name_plural = _("campagnes")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="campaign_of_something"),
            models.CheckConstraint(condition=~Q(decision_ref=""), name="campaign_decided"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="campaign_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(expires_on__gte=TwoYearsAfter("ends_on")), name="campaign_good_for_two_years"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def budget_name(self) -> str:
        """Whose the account of its money is, among the issuer's budgets."""
        return f"campaign:{self.pk}"


class Bonus(models.Model):
    """What the City adds to the takings of a shop when a voucher is spent. Computed by `vouchers.bonus`.

    Lists hold ids; an empty list of districts or categories means all of them. A cap that is empty is none.
    """

    campaign = models.OneToOneField(
        Campaign, verbose_name=_("campagne"), on_delete=models.PROTECT, related_name="bonus"
    )
    # One of the two.
    percent = models.SmallIntegerField(_("pour cent de l’achat"), null=True, blank=True)
    fixed_cents = models.IntegerField(_("montant fixe en cents"), null=True, blank=True)
    # Below this, nothing is added.
    from_cents = models.IntegerField(_("à partir de, en cents"), default=0)
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("dernier jour"))
    networks = ArrayField(models.BigIntegerField(), verbose_name=_("réseaux"))
    districts = ArrayField(models.BigIntegerField(), verbose_name=_("quartiers"), default=list, blank=True)
    categories = ArrayField(models.BigIntegerField(), verbose_name=_("catégories"), default=list, blank=True)
    voucher_most_cents = models.IntegerField(_("plafond par bon en cents"), null=True, blank=True)
    week_most_cents = models.IntegerField(
        _("plafond par commerce et semaine en cents"), null=True, blank=True
    )
    # Of all vouchers that were bought with one address.
    buyer_most_cents = models.IntegerField(_("plafond par acheteur en cents"), null=True, blank=True)
    campaign_most_cents = models.IntegerField(_("plafond de la campagne en cents"), null=True, blank=True)

    class Meta:
        verbose_name = _("bonus")
        verbose_name_plural = _("bonus")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__range=(1, 100), fixed_cents=None)
                | Q(percent=None, fixed_cents__isnull=False, fixed_cents__gt=0),
                name="bonus_percent_or_fixed",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="bonus_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(from_cents__gte=0), name="bonus_from_nothing_at_least"),
            models.CheckConstraint(
                condition=(Q(voucher_most_cents=None) | Q(voucher_most_cents__gt=0))
                & (Q(week_most_cents=None) | Q(week_most_cents__gt=0))
                & (Q(buyer_most_cents=None) | Q(buyer_most_cents__gt=0))
                & (Q(campaign_most_cents=None) | Q(campaign_most_cents__gt=0)),
                name="bonus_caps_leave_something",
            ),
        ]

    def __str__(self):
        return str(self.campaign)


class BonusUse(models.Model):
    """How much of a cap is used: « voucher:12 », « shop:3:2026-11-23 » (the Monday), or, empty, the campaign's own."""

    bonus = models.ForeignKey(Bonus, on_delete=models.PROTECT, related_name="uses")
    owner = models.CharField(max_length=40, blank=True)
    used_cents = models.BigIntegerField()
    most_cents = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("plafond entamé")
        verbose_name_plural = _("plafonds entamés")
        constraints = [
            models.UniqueConstraint(fields=["bonus", "owner"], name="bonususe_once"),
            # The last wall behind the locks: a cap is never exceeded, not by a cent.
            models.CheckConstraint(
                condition=Q(used_cents__gte=0) & (Q(most_cents=None) | Q(used_cents__lte=F("most_cents"))),
                name="bonususe_within_its_cap",
            ),
        ]

    def __str__(self):
        return f"{self.owner} {self.used_cents}"


class Batch(models.Model):
    """Vouchers of a campaign that were asked for together. They hold nothing until they are handed over."""

    class Task(models.TextChoices):
        PREPARE = "prepare", _("préparation")
        HAND_OVER = "hand_over", _("remise")
        CANCEL = "cancel", _("annulation")

    class Halt(models.TextChoices):
        BUDGET = "budget", _("le budget ne suffit plus")
        CLOSED = "closed", _("la campagne n’est pas ouverte ce jour-là")

    campaign = models.ForeignKey(
        Campaign, verbose_name=_("campagne"), on_delete=models.PROTECT, related_name="batches"
    )
    quantity = models.IntegerField(_("nombre de bons"))
    # What the worker does with it, for whom; empty when nothing. Why it stopped before the end, if it did.
    task = models.CharField(_("en cours"), max_length=10, choices=Task, blank=True)
    task_by = models.BigIntegerField(null=True)
    halted = models.CharField(_("arrêtée"), max_length=10, choices=Halt, blank=True)
    # The form it came by: sent twice, it is one batch.
    form_key = models.CharField(max_length=40, unique=True, editable=False)
    made_by = models.BigIntegerField(_("par"))
    made_at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__range=(1, 50_000)), name="batch_of_something")
        ]
        indexes = [models.Index(fields=["id"], condition=~Q(task=""), name="batch_at_work")]

    def __str__(self):
        return f"{self.campaign_id}/{self.pk}"


class CodePrint(models.Model):
    """That codes left the house in clear: who took which ones, when, how. Never changed, never taken out."""

    class Form(models.TextChoices):
        CARDS = "cards", _("cartes (PDF)")
        LETTERS = "letters", _("lettres (PDF)")
        TABLE = "table", _("tableau (CSV)")

    # Those of a batch, or of one grant.
    batch = models.ForeignKey(
        Batch, verbose_name=_("lot"), null=True, on_delete=models.PROTECT, related_name="prints"
    )
    grant = models.ForeignKey(
        "vouchers.Grant", verbose_name=_("don"), null=True, on_delete=models.PROTECT, related_name="prints"
    )
    form = models.CharField(_("forme"), max_length=10, choices=Form)
    part = models.IntegerField(_("partie"), default=1)
    number = models.IntegerField(_("nombre de codes"))
    by = models.BigIntegerField(_("par"))
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("codes sortis")
        verbose_name_plural = _("codes sortis")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(number__gt=0, part__gt=0), name="codeprint_of_something"),
            models.CheckConstraint(
                condition=Q(batch__isnull=False, grant=None) | Q(batch=None, grant__isnull=False),
                name="codeprint_of_a_batch_or_a_grant",
            ),
        ]

    def __str__(self):
        return f"{self.form} {self.number}"
