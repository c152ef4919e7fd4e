"""What residents buy: an order, how it was paid, what was given back, and what the payment provider told."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from vouchers.models.agreement import Network


class OrderQuerySet(models.QuerySet):
    def to_deliver(self, today: date):
        """Paid, whose day has come, and which have neither been sent nor come back."""
        due = Q(deliver_on=None) | Q(deliver_on__lte=today)
        waiting = {"delivered_at": None, "undelivered_at": None, "withdrawn_at": None, "erased_at": None}
        return self.filter(due, state=Order.State.PAID, **waiting)


class Order(models.Model):
    """So many vouchers of one amount, by somebody without an account. It moves forward only (migration 0004)."""

    class State(models.TextChoices):
        OPEN = "open", _("pas encore payée")
        ABANDONED = "abandoned", _("abandonnée")
        PAID = "paid", _("payée")

    # What people read and say, of the alphabet of the codes.
    ref = models.CharField(_("numéro"), max_length=8, unique=True, editable=False)
    network = models.ForeignKey(
        Network, verbose_name=_("réseau"), on_delete=models.PROTECT, related_name="orders"
    )
    # Good in this shop alone; empty, in the whole network.
    shop = models.ForeignKey(
        "shops.Shop",
        verbose_name=_("commerce"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="voucher_orders",
    )
    amount_cents = models.IntegerField(_("montant d’un bon en cents"))
    quantity = models.SmallIntegerField(_("nombre de bons"), default=1)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.OPEN)
    language = models.CharField(_("langue"), max_length=5)
    # Who buys and who gets it: gone once the order is erased.
    buyer_email = models.EmailField(_("e-mail de l’acheteur"), blank=True)
    sender_name = models.CharField(_("de la part de"), max_length=60, blank=True)
    recipient_name = models.CharField(_("pour"), max_length=60, blank=True)
    recipient_email = models.EmailField(_("e-mail du destinataire"), blank=True)
    message = models.TextField(_("message"), max_length=500, blank=True)
    hide_amount = models.BooleanField(_("montant caché"), default=False)
    # The day on which it goes to whom it is for; empty, as soon as it is paid.
    deliver_on = models.DateField(_("à envoyer le"), null=True, blank=True)
    placed_at = models.DateTimeField(_("passée le"))
    paid_at = models.DateTimeField(_("payée le"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("envoyée le"), null=True, blank=True)
    # No server takes mail for that address.
    undelivered_at = models.DateTimeField(_("revenue le"), null=True, blank=True)
    # Nor for the buyer's own, where it goes to somebody else.
    receipt_failed_at = models.DateTimeField(_("reçu revenu le"), null=True, blank=True)
    # How often its mail was asked for again; and when the buyer named somebody else after it had left, which she may once.
    resent = models.PositiveSmallIntegerField(_("renvois"), default=0)
    readdressed_at = models.DateTimeField(_("changée de destinataire le"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("rétractée le"), null=True, blank=True)
    erased_at = models.DateTimeField(_("effacée le"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    PERSONAL = ("buyer_email", "sender_name", "recipient_name", "recipient_email", "message")

    class Meta:
        verbose_name = _("commande")
        verbose_name_plural = _("commandes")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, quantity__range=(1, 50)), name="order_of_something"
            ),
            models.CheckConstraint(
                condition=Q(state="paid", paid_at__isnull=False) | (~Q(state="paid") & Q(paid_at=None)),
                name="order_paid_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=False)
                | Q(delivered_at=None, undelivered_at=None, withdrawn_at=None),
                name="order_delivered_once_paid",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(buyer_email="", sender_name="", recipient_name="", recipient_email="", message=""),
                name="order_erased_names_nobody",
            ),
        ]
        indexes = [
            models.Index(fields=["placed_at"], condition=Q(state="open"), name="order_still_open"),
            models.Index(
                fields=["deliver_on", "id"],
                condition=Q(state="paid", delivered_at=None, undelivered_at=None),
                name="order_to_deliver",
            ),
            # As addresses are looked for: however they are spelled.
            models.Index(Upper("buyer_email"), name="order_by_buyer"),
        ]

    def __str__(self):
        return self.ref

    @property
    def number(self) -> str:
        """Its reference as people read it: two groups of four."""
        return f"{self.ref[:4]}-{self.ref[4:]}"

    @property
    def total_cents(self) -> int:
        return self.amount_cents * self.quantity

    @property
    def is_gift(self) -> bool:
        """Whether it goes to somebody else by mail."""
        return bool(self.recipient_email)


class Payment(models.Model):
    """A try to pay an order. What the provider told of it is compared, never taken as said."""

    class State(models.TextChoices):
        OPEN = "open", _("en cours")
        PAID = "paid", _("payé")
        FAILED = "failed", _("refusé")
        # Paid, and not as it was asked for: given back.
        WRONG = "wrong", _("autre montant")
        # Paid, when the order was paid already or no longer is one: given back.
        SURPLUS = "surplus", _("payé en trop")

    ARRIVED = (State.PAID, State.WRONG, State.SURPLUS)

    order = models.ForeignKey(
        Order, verbose_name=_("commande"), on_delete=models.PROTECT, related_name="payments"
    )
    provider = models.SlugField(_("prestataire"), max_length=20)
    provider_ref = models.CharField(_("référence"), max_length=120)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.OPEN)
    # Where the buyer pays.
    address = models.URLField(max_length=2000, blank=True)
    # What arrived, in the smallest unit of its currency.
    got = models.IntegerField(_("reçu, en cents"), null=True, blank=True)
    currency = models.CharField(_("monnaie"), max_length=3, blank=True)
    begun_at = models.DateTimeField(_("commencé le"))
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)
    disputed_at = models.DateTimeField(_("contesté le"), null=True, blank=True)

    class Meta:
        verbose_name = _("paiement")
        verbose_name_plural = _("paiements")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_ref"], name="payment_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="paid"), name="payment_pays_an_order_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="payment_ended_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "failed"], got=None) | Q(state__in=["paid", "wrong", "surplus"], got__isnull=False, got__gte=0),
                name="payment_arrived_with_something",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.provider} {self.pk}"


class Refund(models.Model):
    """Money to give back by the way it came. `voucher` is empty where it was never booked: paid in surplus, or wrongly."""

    class State(models.TextChoices):
        ASKED = "asked", _("à rembourser")
        DONE = "done", _("remboursé")
        FAILED = "failed", _("refusé par le prestataire")

    class Reason(models.TextChoices):
        WITHDRAWN = "withdrawn", _("rétractation")
        SURPLUS = "surplus", _("payé en trop")
        WRONG = "wrong", _("autre montant")

    payment = models.ForeignKey(
        Payment, verbose_name=_("paiement"), on_delete=models.PROTECT, related_name="refunds"
    )
    voucher = models.OneToOneField(
        "vouchers.Voucher",
        verbose_name=_("bon"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refund",
    )
    cents = models.IntegerField(_("montant en cents"))
    reason = models.CharField(_("motif"), max_length=10, choices=Reason)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.ASKED)
    # Each time that it is asked for is another request.
    tries = models.SmallIntegerField(_("tentatives"), default=1)
    # The provider's own, and why it refused.
    provider_ref = models.CharField(_("référence"), max_length=120, blank=True)
    failure = models.SlugField(_("refus"), max_length=60, blank=True)
    asked_at = models.DateTimeField(_("demandé le"))
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("remboursement")
        verbose_name_plural = _("remboursements")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cents__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=Q(state="asked", ended_at=None) | (~Q(state="asked") & Q(ended_at__isnull=False)),
                name="refund_ended_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(reason="withdrawn", voucher__isnull=False)
                | (~Q(reason="withdrawn") & Q(voucher=None)),
                name="refund_of_a_voucher_or_a_mistake",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(voucher=None), name="refund_of_a_mistake_once"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="asked"), name="refund_to_make")]

    def __str__(self):
        return f"{self.pk} {self.state}"


class ProviderEvent(models.Model):
    """What a provider sent, as it came. It only says where to look: nothing in it is believed."""

    provider = models.SlugField(_("prestataire"), max_length=20)
    event_id = models.CharField(_("numéro"), max_length=120)
    provider_ref = models.CharField(_("paiement"), max_length=120, blank=True)
    body = models.TextField(_("tel que reçu"), blank=True)
    heard_at = models.DateTimeField(_("reçu le"))
    # Empty until what it points at has been looked at.
    handled_at = models.DateTimeField(_("traité le"), null=True, blank=True)

    class Meta:
        verbose_name = _("message du prestataire")
        verbose_name_plural = _("messages du prestataire")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="providerevent_once")]

    def __str__(self):
        return f"{self.provider} {self.event_id}"


class Notice(models.Model):
    """That a holder was reminded, so many days before the end. Once for each."""

    voucher = models.ForeignKey(
        "vouchers.Voucher", verbose_name=_("bon"), on_delete=models.CASCADE, related_name="notices"
    )
    days = models.SmallIntegerField(_("jours avant la fin"))
    # Of the end that it was told: an extension makes them due again.
    expires_on = models.DateField(_("fin"))
    sent_at = models.DateTimeField(_("envoyé le"))

    class Meta:
        verbose_name = _("rappel de fin")
        verbose_name_plural = _("rappels de fin")
        constraints = [
            models.UniqueConstraint(fields=["voucher", "expires_on", "days"], name="notice_once"),
            models.CheckConstraint(condition=Q(days__gte=0), name="notice_before_the_end"),
        ]

    def __str__(self):
        return f"{self.voucher_id} −{self.days}"
