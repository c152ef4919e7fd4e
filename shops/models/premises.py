"""Premises: the rooms in which one could trade, whoever does. What coverage is measured against."""

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models import District
from shops.models.event import Event


class PremisesQuerySet(models.QuerySet):
    def occupied(self):
        return self.filter(occupancy=Premises.Occupancy.OCCUPIED)

    def covered(self):
        """Premises in which a published shop trades."""
        from shops.models.shop import Shop

        published = Shop.objects.published().filter(premises=models.OuterRef("pk"))
        return self.filter(models.Exists(published))


class Premises(models.Model):
    """A room on a street. Two shops may share it, and one shop may have two; a market trader has none."""

    class Occupancy(models.TextChoices):
        OCCUPIED = "occupied", _("occupé")
        VACANT = "vacant", _("vacant")
        UNKNOWN = "unknown", _("inconnu")

    external_id = models.CharField(_("identifiant"), max_length=100, null=True, blank=True, unique=True)
    district = models.ForeignKey(
        District, verbose_name=_("quartier"), on_delete=models.PROTECT, related_name="premises"
    )
    street = models.CharField(_("rue"), max_length=120)
    street_slug = models.SlugField(max_length=120, editable=False)
    house_number = models.CharField(_("numéro"), max_length=20)
    unit = models.CharField(
        _("local"), max_length=40, blank=True, help_text=_("Étage, cour, cellule d’une galerie.")
    )
    postcode = models.CharField(_("code postal"), max_length=12, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    occupancy = models.CharField(_("occupation"), max_length=10, choices=Occupancy, default=Occupancy.UNKNOWN)
    seen_on = models.DateField(_("vu le"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    shops = models.ManyToManyField(
        "shops.Shop", verbose_name=_("commerces"), blank=True, related_name="premises"
    )

    objects = PremisesQuerySet.as_manager()

    class Meta:
        verbose_name = _("local")
        verbose_name_plural = _("locaux")
        ordering = ["street_slug", "house_number", "unit"]
        indexes = [models.Index(fields=["district", "occupancy"], name="premises_by_district")]
        constraints = [
            models.UniqueConstraint(
                fields=["street_slug", "house_number", "unit"],
                name="premises_once",
                violation_error_message=_("Ce local est déjà au registre."),
            ),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True)
                | Q(lat__isnull=False, lon__isnull=False)
                & Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="premises_position_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(occupancy="unknown") | Q(seen_on__isnull=False),
                name="premises_seen_some_day",
                violation_error_message=_("Occupé ou vacant : quel jour l’a-t-on vu ?"),
            ),
        ]

    def __str__(self):
        return " ".join(part for part in (self.house_number, self.street, self.unit) if part)

    def save(self, *args, **options):
        from districts.city_pack import street_slug

        self.street_slug = street_slug(self.street)[:120]
        super().save(*args, **options)

    def seen(self, occupancy, *, shops, on, by, at):
        """Somebody stood before it: note what was there. Writes one event."""
        with transaction.atomic():
            row = Premises.objects.select_for_update().get(pk=self.pk)
            before = {
                "occupancy": row.occupancy,
                "shops": sorted(row.shops.values_list("public_id", flat=True)),
            }
            row.occupancy, row.seen_on = Premises.Occupancy(occupancy), on
            row.save(update_fields=["occupancy", "seen_on"])
            row.shops.set(shops if row.occupancy == Premises.Occupancy.OCCUPIED else [])
            after = {"occupancy": row.occupancy, "shops": sorted(shop.public_id for shop in shops)}
            Event.note(
                None, "premises:seen", by=by, at=at, before={"premises": row.pk, **before}, after=after
            )
        self.occupancy, self.seen_on = row.occupancy, row.seen_on
