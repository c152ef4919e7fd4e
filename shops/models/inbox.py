"""What reaches the City: residents' reports, merchants' requests, and what an import would have changed."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

# What people write to the City is kept so long, as the privacy page and the forms promise.
KEPT_FOR = timedelta(days=365)


def forget_old_messages(*, at: datetime) -> int:
    """Delete residents' reports and merchants' requests that came longer than `KEPT_FOR` ago, answered or not.

    Returns:
        how many there were.
    """
    old = {"created_at__lte": at - KEPT_FOR}
    return sum(model.objects.filter(**old).delete()[0] for model in (Report, ClaimRequest))


class Report(models.Model):
    """Something a resident tells the City about: a wrong fact on a page, a missing shop, the site itself."""

    class Kind(models.TextChoices):
        HOURS = "hours", _("Les horaires sont faux")
        CLOSED = "closed", _("Le commerce n’existe plus")
        MOVED = "moved", _("Le commerce a déménagé")
        CONTACT = "contact", _("Le téléphone, l’e-mail ou un lien est faux")
        CATEGORY = "category", _("La catégorie ou le nom est faux")
        ACCESS = "access", _("L’accessibilité est mal décrite")
        CONTENT = "content", _("Un contenu est choquant ou illégal")
        MISSING = "missing", _("Un commerce manque")
        SITE = "site", _("Une page du site ne m’est pas accessible")
        OTHER = "other", _("Autre chose")

    class State(models.TextChoices):
        NEW = "new", _("nouveau")
        ANSWERED = "answered", _("répondu")
        CLOSED = "closed", _("clos")

    shop = models.ForeignKey(
        "shops.Shop",
        verbose_name=_("commerce"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reports",
    )
    kind = models.CharField(_("sujet"), max_length=20, choices=Kind)
    message = models.TextField(_("message"), max_length=2000, blank=True)
    email = models.EmailField(_("adresse e-mail"), blank=True)
    language = models.CharField(_("langue"), max_length=10)
    # Made when the form is shown: the same form sent twice is one message.
    submission = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.NEW)
    answer = models.TextField(_("réponse"), blank=True)
    created_at = models.DateTimeField(_("reçu le"))
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="report_queue")]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.created_at:%Y-%m-%d})"

    def reply(self, text, *, at):
        """Note the City's answer, and send it when the reporter left an address: note and job in one transaction."""
        from shops import jobs

        with transaction.atomic():
            self.answer = text
            self.state = Report.State.ANSWERED
            self.answered_at = at
            self.save(update_fields=["answer", "state", "answered_at"])
            if self.email:
                jobs.send_report_answer.defer(report_id=self.pk)


class ClaimRequest(models.Model):
    """A merchant says “this is my shop”. The City answers by mail."""

    class State(models.TextChoices):
        NEW = "new", _("nouvelle")
        ANSWERED = "answered", _("répondue")
        CLOSED = "closed", _("close")

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(_("nom"), max_length=150)
    role = models.CharField(_("fonction"), max_length=100, blank=True)
    email = models.EmailField(_("adresse e-mail"))
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    message = models.TextField(_("message"), max_length=2000, blank=True)
    language = models.CharField(_("langue"), max_length=10)
    # Made when the form is shown: the same form sent twice is one message.
    submission = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.NEW)
    created_at = models.DateTimeField(_("reçue le"))
    answered_at = models.DateTimeField(_("répondue le"), null=True, blank=True)

    class Meta:
        verbose_name = _("demande de prise en main")
        verbose_name_plural = _("demandes de prise en main")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="claim_queue")]

    def __str__(self):
        return f"{self.name} ({self.created_at:%Y-%m-%d})"


class ImportDifference(models.Model):
    """An imported value that disagrees with what a merchant or the City confirmed: to look at, not to apply."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="differences"
    )
    source = models.CharField(_("fichier"), max_length=200)
    field = models.CharField(_("champ"), max_length=60)
    ours = models.TextField(_("chez nous"), blank=True)
    theirs = models.TextField(_("dans le fichier"), blank=True)
    seen_at = models.DateTimeField(_("vu le"))
    settled_at = models.DateTimeField(_("réglé le"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("réglé par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("différence d’import")
        verbose_name_plural = _("différences d’import")
        ordering = ["-seen_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "field"],
                condition=models.Q(settled_at__isnull=True),
                name="difference_open_once",
            ),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.field}"
