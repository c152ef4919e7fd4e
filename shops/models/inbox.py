"""What reaches the City: what an import would have changed; how long residents' messages are kept."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.report import Report

# What people write to the City is kept so long, as the privacy page and the forms promise.
KEPT_FOR = timedelta(days=365)


def forget_old_messages(*, at: datetime) -> int:
    """Delete residents' reports that came longer than `KEPT_FOR` ago, answered or not.

    Returns:
        how many there were.
    """
    return Report.objects.filter(created_at__lte=at - KEPT_FOR).delete()[0]


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
