"""Who issues vouchers, where they are good, and which shop has signed to take them."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField


class Issuer(models.Model):
    """Who owes what is on a voucher: a party named on it. It need not be the City: an association of the merchants may be."""

    name = models.CharField(_("nom"), max_length=120, unique=True)
    # What may be spent in twelve months before the supervisor of payments must be told (directive 2015/2366, article 37).
    notify_cents = models.BigIntegerField(_("seuil de notification en cents"), default=1_000_000_00)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(notify_cents__gt=0), name="issuer_notifies_above_something"
            )
        ]
        verbose_name = _("émetteur")
        verbose_name_plural = _("émetteurs")

    def __str__(self):
        return self.name


class Network(models.Model):
    """Where a voucher is good: in every shop with an agreement here; a single shop is a network of one."""

    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="networks"
    )
    name = models.CharField(_("nom"), max_length=120)
    # How long a voucher is good, how long it can still be extended afterwards, and by how much, once: all in months.
    valid_months = models.SmallIntegerField(_("validité en mois"), default=36)
    grace_months = models.SmallIntegerField(_("délai de grâce en mois"), default=6)
    extension_months = models.SmallIntegerField(_("prolongation en mois"), default=12)
    # What residents may buy by themselves: whether, which amounts, how much in one order and in a day by one buyer.
    on_sale = models.BooleanField(_("en vente"), default=False)
    least_cents = models.IntegerField(_("montant minimal en cents"), default=10_00)
    most_cents = models.IntegerField(_("montant maximal en cents"), default=150_00)
    step_cents = models.IntegerField(_("pas en cents"), default=5_00)
    order_most_cents = models.IntegerField(_("maximum par commande en cents"), default=750_00)
    day_most_cents = models.IntegerField(_("maximum par acheteur et jour en cents"), default=1_500_00)
    # Where what is left goes once a voucher is over: its account's name, and the words that stand on the voucher.
    rest_goes_to = models.SlugField(_("compte du reliquat"), max_length=30, default="social-fund")
    # Up to this, whoever holds a voucher may give its rest there before its end; 0 where nobody may.
    donate_most_cents = models.IntegerField(
        _("reste que l’on peut donner, en cents"), default=5_00, db_default=5_00
    )
    rest_words = models.CharField(_("destination du reliquat"), max_length=120, blank=True)
    i18n = TranslationField(fields=("name", "rest_words"))

    class Meta:
        verbose_name = _("réseau")
        verbose_name_plural = _("réseaux")
        constraints = [
            # The gift-voucher charter: two years at least.
            models.CheckConstraint(condition=Q(valid_months__gte=24), name="network_valid_two_years"),
            models.CheckConstraint(
                condition=Q(grace_months__gte=0, extension_months__gte=0), name="network_months_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(donate_most_cents__gte=0), name="network_donations_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(
                    least_cents__gt=0,
                    step_cents__gt=0,
                    most_cents__gte=F("least_cents"),
                    order_most_cents__gte=F("most_cents"),
                    day_most_cents__gte=F("order_most_cents"),
                ),
                name="network_amounts_make_sense",
            ),
        ]

    def __str__(self):
        return self.name

    def amounts(self) -> range:
        """What one voucher may be bought for, in cents."""
        return range(self.least_cents, self.most_cents + 1, self.step_cents)


class AgreementQuerySet(models.QuerySet):
    def active(self, on: date):
        """Those under which a shop takes vouchers that day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), signed_on__lte=on)


class Agreement(models.Model):
    """A shop has signed to take a network's vouchers, from a day on and, once it ends, up to and with another."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="agreements"
    )
    network = models.ForeignKey(
        Network, verbose_name=_("réseau"), on_delete=models.PROTECT, related_name="agreements"
    )
    signed_on = models.DateField(_("signée le"))
    ends_on = models.DateField(_("jusqu’au"), null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("convention")
        verbose_name_plural = _("conventions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("signed_on")),
                name="agreement_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="agreement_no_overlap",
                expressions=[
                    ("shop", RangeOperators.EQUAL),
                    ("network", RangeOperators.EQUAL),
                    (
                        Func(F("signed_on"), F("ends_on"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.shop} – {self.network}"
