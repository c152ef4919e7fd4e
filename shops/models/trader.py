"""The legal particulars of who trades at a shop, as the law wants them shown."""

from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from shops.models.event import Event


class Trader(models.Model):
    """Who trades at a shop: shown on the page of a shop that somebody keeps, in a box of its own."""

    shop = models.OneToOneField(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="trader"
    )
    legal_name = models.CharField(_("nom ou raison sociale"), max_length=200)
    address = models.CharField(_("adresse du siège"), max_length=300)
    email = models.EmailField(_("adresse e-mail"))
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    register_number = models.CharField(_("numéro du registre de commerce"), max_length=20, blank=True)
    vat_number = models.CharField(_("numéro de TVA"), max_length=20, blank=True)
    licence_number = models.CharField(_("autorisation d’établissement"), max_length=30, blank=True)
    # "I offer only what the law allows": the trader's own word, and when it was given.
    certified_at = models.DateTimeField(_("certifié le"))
    certified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("certifié par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    # What the trader says, in the order in which it is shown.
    PARTICULARS = (
        "legal_name",
        "address",
        "email",
        "phone",
        "register_number",
        "vat_number",
        "licence_number",
    )

    class Meta:
        verbose_name = _("mentions légales d’un commerce")
        verbose_name_plural = _("mentions légales des commerces")

    def __str__(self):
        return self.legal_name

    @classmethod
    def certify(cls, shop, particulars: dict[str, str], *, by, at: datetime) -> "Trader":
        """Put these particulars (all of `PARTICULARS`) on the page; the person vouches for them.

        The event names what changed, not what it says: that would keep a person's address for ever.
        """
        from shops import catalogue
        from shops.models.shop import Shop

        with transaction.atomic():
            shop = Shop.objects.select_for_update(of=("self",)).get(pk=shop.pk)
            before = cls.objects.filter(shop=shop).first()
            changed = [
                name
                for name in cls.PARTICULARS
                if before is None or getattr(before, name) != particulars[name]
            ]
            trader, _made = cls.objects.update_or_create(
                shop=shop,
                defaults={name: particulars[name] for name in cls.PARTICULARS}
                | {"certified_at": at, "certified_by": by},
            )
            Event.note(shop, "trader:certified", by=by, at=at, after={"changed": changed})
            catalogue.changed([shop.pk], at=at)
            return trader
