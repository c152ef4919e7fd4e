"""What the City keeps to control the books: months that were closed, proofs that were run, alarms and heads that were told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.agreement import Issuer


class MonthClosing(models.Model):
    """A month as it stood when it was closed, with the place of the chain that proves it. Never changed."""

    issuer = models.ForeignKey(
        Issuer, verbose_name=_("émetteur"), on_delete=models.PROTECT, related_name="closings"
    )
    # Its first day.
    month = models.DateField(_("mois"))
    # `reports.month_of` on that day: balances at its end and what moved in it, in cents.
    figures = models.JSONField(_("chiffres"))
    seq = models.BigIntegerField(_("rang dans la chaîne"))
    head = models.CharField(_("empreinte"), max_length=64)
    closed_by = models.BigIntegerField(_("clos par"))
    closed_at = models.DateTimeField(_("clos le"))

    class Meta:
        verbose_name = _("mois clos")
        verbose_name_plural = _("mois clos")
        ordering = ["-month", "issuer"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "month"], name="monthclosing_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="monthclosing_of_a_month"),
            models.CheckConstraint(
                condition=Q(seq__gte=0, head__regex=r"^[0-9a-f]{64}$"), name="monthclosing_names_its_proof"
            ),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}"


class BookCheck(models.Model):
    """A proof of all the books: each night's, or one that somebody asked for. What it found is never changed."""

    # Empty: the night's own.
    asked_by = models.BigIntegerField(_("demandée par"), null=True, blank=True)
    asked_at = models.DateTimeField(_("demandée le"))
    done_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    # The first row that is not as it was sealed; empty when the books are whole.
    fault = models.CharField(_("premier défaut"), max_length=300, blank=True)
    sealed = models.BigIntegerField(_("opérations scellées"), null=True, blank=True)
    waiting = models.BigIntegerField(_("à sceller"), null=True, blank=True)
    head = models.CharField(_("empreinte"), max_length=64, blank=True)
    # Published ones that the chain was held against; without any, a chain that was made anew is not seen.
    heads = models.IntegerField(_("empreintes publiées"), null=True, blank=True)

    class Meta:
        verbose_name = _("vérification des livres")
        verbose_name_plural = _("vérifications des livres")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, fault="", sealed=None, waiting=None, head="")
                | (
                    Q(done_at__isnull=False) & (~Q(fault="") | Q(sealed__isnull=False, waiting__isnull=False))
                ),
                name="bookcheck_found_something_once_done",
            ),
            # Two proofs at once find the same.
            models.UniqueConstraint(
                models.Value(1), condition=Q(done_at=None), name="bookcheck_one_at_a_time"
            ),
        ]

    def __str__(self):
        return f"{self.pk}"


class Alarm(models.Model):
    """Something that the finance officers must know of: raised once, told once, over when it is no more."""

    # `alarms.Alarm.name`, as « volume:1:90 ».
    name = models.CharField(_("alarme"), max_length=60)
    raised_at = models.DateTimeField(_("depuis"))
    over_at = models.DateTimeField(_("jusqu’à"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarme")
        verbose_name_plural = _("alarmes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(over_at=None), name="alarm_raised_once")
        ]

    def __str__(self):
        return self.name


class HeadMail(models.Model):
    """A published head that the auditors were sent, so that none of them gets it twice."""

    # Not its place: a chain that was made anew has another head there, and that is news.
    head = models.CharField(_("empreinte"), max_length=64)
    published_on = models.DateField(_("publiée le"))
    sent_at = models.DateTimeField(_("envoyée le"))

    class Meta:
        verbose_name = _("empreinte envoyée")
        verbose_name_plural = _("empreintes envoyées")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["head"], name="headmail_once")]

    def __str__(self):
        return self.head[:12]
