"""What happened to a shop: append-only, one row a move."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One move: who did it, when, from what to what, and why.

    Never changed once written, nor removed: the database refuses it (migration 0008). The one exception is the person,
    who may ask to be forgotten. `shop` is empty for what concerns the City's desk as a whole.
    """

    shop = models.ForeignKey(
        "shops.Shop",
        verbose_name=_("commerce"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
    )
    kind = models.CharField(_("fait"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField(_("le"))
    before = models.JSONField(_("avant"), default=dict)
    after = models.JSONField(_("après"), default=dict)
    why = models.TextField(_("motif"), blank=True)

    class Meta:
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["shop", "-at"], name="event_by_shop"),
            models.Index(fields=["-at", "-id"], name="event_newest"),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def note(cls, shop, kind, *, by, at, before=None, after=None, why=""):
        """Write one event. `by` may be None, or nobody: the site itself did it. Returns it."""
        return cls.objects.create(
            shop=shop,
            kind=kind,
            by=by if getattr(by, "pk", None) else None,
            at=at,
            before=before or {},
            after=after or {},
            why=why,
        )
