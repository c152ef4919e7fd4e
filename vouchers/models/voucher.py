"""A voucher: what somebody may spend, where, until when. What is left on it is its account's balance."""

import json

from django.conf import settings
from django.db import connection, models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from vouchers import codes
from vouchers.models.agreement import Network
from vouchers.models.journal import Account, Transaction
from vouchers.models.known import known


class TwoYearsAfter(Func):
    """The same day two years later; of a 29 February, the 28th."""

    template = "(%(expressions)s + interval '2 years')"
    output_field = models.DateTimeField()


class VoucherQuerySet(models.QuerySet):
    def of_code(self, code: str) -> "Voucher | None":
        """The voucher of a code that `codes.read` has read. The same work whether there is one or not."""
        with connection.cursor() as cursor:
            cursor.execute(_OF_CODE, [codes.digests(code)])
            row = cursor.fetchone()
        if row is None:
            return None
        (
            pk,
            account,
            network,
            shop,
            last4,
            state,
            expires_on,
            cents,
            issuer,
            name,
            grace,
            extension,
            donate,
            rest_words,
            i18n,
        ) = row
        voucher = known(
            self.model, id=pk, account_id=account, network_id=network, shop_id=shop, last4=last4, state=state,
            expires_on=expires_on,
        )  # fmt: skip
        voucher.account = known(Account, id=account, balance_cents=cents)
        voucher.network = known(
            Network, id=network, issuer_id=issuer, name=name, grace_months=grace, extension_months=extension,
            donate_most_cents=donate, rest_words=rest_words, i18n=i18n and json.loads(i18n),
        )  # fmt: skip
        return voucher


# Asked by every look at a voucher and every scan at a till: the columns that these use.
_OF_CODE = """
SELECT voucher.id, account.id, network.id, voucher.shop_id, voucher.last4, voucher.state, voucher.expires_on,
    account.balance_cents, network.issuer_id, network.name, network.grace_months, network.extension_months,
    network.donate_most_cents, network.rest_words, network.i18n
FROM vouchers_voucher AS voucher
JOIN vouchers_account AS account ON account.id = voucher.account_id
JOIN vouchers_network AS network ON network.id = voucher.network_id
WHERE voucher.code_hmac = ANY (%s)
"""


class Voucher(models.Model):
    """Its terms and its state change only together with a transaction of the journal that says so (migration 0002)."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("pas encore remis")
        ACTIVE = "active", _("valable")
        FROZEN = "frozen", _("bloqué")
        VOID = "void", _("annulé")

    # The database keeps the same table, for whoever comes another way.
    MOVES = {
        State.PREPARED: {State.ACTIVE, State.VOID},
        State.ACTIVE: {State.FROZEN, State.VOID},
        State.FROZEN: {State.ACTIVE, State.VOID},
        State.VOID: set(),
    }

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="voucher")
    network = models.ForeignKey(
        Network, verbose_name=_("réseau"), on_delete=models.PROTECT, related_name="vouchers"
    )
    # Good in this shop alone; empty, in the whole network.
    shop = models.ForeignKey(
        "shops.Shop",
        verbose_name=_("commerce"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="vouchers",
    )
    # Where it comes from, one of four: a purchase, a campaign's batch, a grant, or another that it replaces.
    order = models.ForeignKey(
        "vouchers.Order",
        verbose_name=_("commande"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="vouchers",
    )
    batch = models.ForeignKey(
        "vouchers.Batch",
        verbose_name=_("lot"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="vouchers",
        db_index=False,
    )
    # Its number within the batch, from 1 on.
    place = models.IntegerField(_("numéro"), null=True, blank=True)
    grant = models.OneToOneField(
        "vouchers.Grant",
        verbose_name=_("don"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="voucher",
    )
    # The lost one that it stands for, with the order of that one where it had one.
    replaces = models.OneToOneField(
        "self",
        verbose_name=_("remplace"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )
    # All that is kept of its code: see `vouchers.codes`.
    code_hmac = models.CharField(max_length=64, unique=True, editable=False)
    code_sealed = models.BinaryField()
    key_id = models.CharField(_("clé"), max_length=20, editable=False)
    last4 = models.CharField(_("quatre derniers caractères"), max_length=4, editable=False)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.ACTIVE)
    issued_on = models.DateField(_("émis le"), null=True, blank=True)
    # The last day on which it can be spent, in the city's own time.
    expires_on = models.DateField(_("valable jusqu’au"), null=True, blank=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("bon d’achat")
        verbose_name_plural = _("bons d’achat")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=TwoYearsAfter("issued_on")),
                name="voucher_two_years_at_least",
            ),
            models.CheckConstraint(
                condition=Q(state="prepared", issued_on=None, expires_on=None)
                | Q(state="void", issued_on=None, expires_on=None)
                | (Q(issued_on__isnull=False, expires_on__isnull=False) & ~Q(state="prepared")),
                name="voucher_dated_once_issued",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, batch=None, grant=None, place=None)
                | Q(replaces__isnull=False, batch=None, grant=None, place=None)
                | Q(
                    order=None,
                    replaces=None,
                    batch__isnull=False,
                    grant=None,
                    place__isnull=False,
                    place__gt=0,
                )
                | Q(order=None, replaces=None, batch=None, grant__isnull=False, place=None),
                name="voucher_of_one_origin",
            ),
            models.UniqueConstraint(fields=["batch", "place"], name="voucher_once_in_its_batch"),
        ]
        indexes = [models.Index(fields=["expires_on"], name="voucher_by_end")]

    def __str__(self):
        return f"…{self.last4}"

    def code(self) -> str:
        """Its code in clear, for its buyer and for whom it was given to.

        Raises:
            Unreadable
        """
        return codes.unseal(self.code_sealed, self.key_id, self.pk)

    def renew_seal(self) -> bool:
        """Keep its code under the key of today. Returns whether it was kept under another.

        Raises:
            Unreadable
        """
        if self.key_id == next(iter(settings.VOUCHER_KEYS)):
            return False
        self.keep_code(self.code())
        self.save(update_fields=["code_hmac", "code_sealed", "key_id", "last4"])
        return True

    def keep_code(self, code: str):
        """Set what is kept of a code. Its id must be known; saves nothing."""
        sealed = codes.seal(code, self.pk)
        self.code_hmac, self.code_sealed = sealed.hmac, sealed.copy
        self.key_id, self.last4 = sealed.key_id, sealed.last4


class VoucherChange(models.Model):
    """What a transaction made of a voucher. Written by the database when the voucher changes, and sealed with the transaction.

    In the order in which the changes were made: transactions that wait for each other may have been begun the other way round.
    """

    txn = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="changes")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="changes")
    state = models.CharField(max_length=10, choices=Voucher.State)
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("changement d’un bon")
        verbose_name_plural = _("changements des bons")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.voucher_id} {self.state}"
