"""Tills: telephones that a shop has paired, and the vouchers that one of them has in hand just now."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Whoever finds an old telephone does not find a till.
IDLE_FOR = timedelta(days=90)
PAIRING_LIVES = timedelta(minutes=10)
HOLD = timedelta(minutes=2)


class TillQuerySet(models.QuerySet):
    def usable(self, at: datetime):
        """Neither revoked nor left alone for too long."""
        return self.filter(revoked_at=None, last_seen_at__gt=at - IDLE_FOR)

    def usable_with(self, digest: str, at: datetime) -> "Till | None":
        """Of those the one whose cookie's digest this is. Asked by hand, as each request of a till's begins with it."""
        found = self.raw(
            "SELECT * FROM vouchers_till WHERE digest = %s AND revoked_at IS NULL AND last_seen_at > %s",
            [digest, at - IDLE_FOR],
        )
        return next(iter(found), None)


class Till(models.Model):
    """A telephone at a shop's counter. It is what authorises: whoever has it in hand takes vouchers for its shop."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="tills"
    )
    name = models.CharField(_("nom"), max_length=40)
    language = models.CharField(_("langue"), max_length=5)
    # Of the secret in its cookie.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Where the owner asks for one, as Django keeps passwords.
    pin = models.CharField(_("code secret"), max_length=128, blank=True, editable=False)
    # The PIN was typed on it: until when it need not be again.
    open_until = models.DateTimeField(null=True, blank=True, editable=False)
    paired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("associée par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    paired_at = models.DateTimeField(_("associée le"))
    last_seen_at = models.DateTimeField(_("vue le"))
    revoked_at = models.DateTimeField(_("retirée le"), null=True, blank=True)

    objects = TillQuerySet.as_manager()

    class Meta:
        verbose_name = _("caisse")
        verbose_name_plural = _("caisses")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(pin="", open_until=None), name="till_revoked_keeps_no_pin"
            )
        ]

    def __str__(self):
        return self.name


class Pairing(models.Model):
    """An owner's offer to pair a telephone: one, within ten minutes."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="pairings"
    )
    name = models.CharField(_("nom"), max_length=40)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("par"), on_delete=models.CASCADE, related_name="+"
    )
    made_at = models.DateTimeField(_("le"))
    used_at = models.DateTimeField(_("utilisée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("association")
        verbose_name_plural = _("associations")

    def __str__(self):
        return self.name


class Hold(models.Model):
    """A voucher that a till has in hand: until then no other takes of it."""

    voucher = models.OneToOneField(
        "vouchers.Voucher", primary_key=True, on_delete=models.CASCADE, related_name="hold"
    )
    till = models.ForeignKey(Till, on_delete=models.CASCADE, related_name="holds")
    begun_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("bon en main")
        verbose_name_plural = _("bons en main")
        ordering = ["begun_at", "voucher"]

    def __str__(self):
        return f"{self.till_id} {self.voucher_id}"
