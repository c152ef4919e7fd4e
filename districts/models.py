"""The city and its districts, as loaded from a city pack."""

import math
import zoneinfo
from datetime import timedelta

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField

EARTH_RADIUS_M = 6_371_009


class City(models.Model):
    """The one city that this site serves. `load_city` writes it; nobody edits it by hand."""

    name = models.CharField(_("nom"), max_length=100)
    slug = models.SlugField(max_length=100)
    languages = models.JSONField(_("langues"), help_text=_("Codes, la langue principale d’abord."))
    country = models.CharField(_("pays"), max_length=2)
    time_zone = models.CharField(_("fuseau horaire"), max_length=50)
    currency = models.CharField(_("monnaie"), max_length=3)
    centre_lon = models.FloatField(_("longitude du centre"))
    centre_lat = models.FloatField(_("latitude du centre"))
    facts = models.JSONField(
        _("autres données"),
        default=dict,
        help_text=_("Contact, mentions légales, attributions, places de marché."),
    )
    freshness_days = models.JSONField(_("durées de validité"), default=dict)
    pack_sha256 = models.CharField(max_length=64, editable=False)
    loaded_at = models.DateTimeField(_("chargée le"))
    i18n = TranslationField(fields=("name",))

    class Meta:
        verbose_name = _("ville")
        verbose_name_plural = _("villes")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="city_is_one")]

    def __str__(self):
        return self.name_i18n

    @cached_property
    def tz(self):
        """The zone in which people of this city read a clock."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def plane(self, lon, lat):
        """Place a WGS84 position on the city's plane: metres east and north of its centre.

        Equirectangular about the centre: over a city the error is far below the width of a street.
        """
        metres = math.radians(1) * EARTH_RADIUS_M
        x = (lon - self.centre_lon) * metres * math.cos(math.radians(self.centre_lat))
        return x, (lat - self.centre_lat) * metres

    def freshness(self, group):
        """How long a confirmed group of facts (`hours`, `contact`, …) holds, as a timedelta."""
        return timedelta(days=self.freshness_days[group])


class District(models.Model):
    """A district with its outline: a closed ring of [longitude, latitude] in degrees, WGS84."""

    code = models.CharField(_("code officiel"), max_length=10, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(_("nom"), max_length=100)
    intro = models.TextField(_("présentation"), blank=True)
    hue = models.FloatField(_("teinte"), help_text=_("Angle de la couleur du quartier, 0 à 360."))
    area_ha = models.FloatField(_("surface (ha)"), null=True, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_on = models.DateField(_("population au"), null=True, blank=True)
    label_lon = models.FloatField()
    label_lat = models.FloatField()
    outline = models.JSONField(_("contour"))
    neighbours = models.ManyToManyField("self", verbose_name=_("quartiers voisins"), blank=True)
    position = models.PositiveSmallIntegerField(_("rang"), default=0)
    # Fields that the City wrote at its desk: a city pack leaves them alone.
    said_by_city = models.JSONField(default=list, blank=True, editable=False)
    i18n = TranslationField(fields=("name", "intro"))

    class Meta:
        verbose_name = _("quartier")
        verbose_name_plural = _("quartiers")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hue__gte=0, hue__lt=360),
                name="district_hue_on_the_wheel",
                violation_error_message=_("La teinte va de 0 à 360."),
            ),
            models.CheckConstraint(
                condition=models.Q(population__isnull=True) | models.Q(population_on__isnull=False),
                name="district_population_has_a_date",
                violation_error_message=_("Une population sans date ne se montre pas."),
            ),
        ]

    def __str__(self):
        return self.name_i18n


class PublicHoliday(models.Model):
    """A day on which the city rests, by name."""

    on = models.DateField(_("jour"), unique=True)
    name = models.CharField(_("nom"), max_length=100)
    i18n = TranslationField(fields=("name",))

    class Meta:
        verbose_name = _("jour férié")
        verbose_name_plural = _("jours fériés")
        ordering = ["on"]

    def __str__(self):
        return f"{self.name_i18n} ({self.on:%Y-%m-%d})"


class Street(models.Model):
    """An official street name, and the districts it is known to run through."""

    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    districts = models.ManyToManyField(
        District, verbose_name=_("quartiers"), blank=True, related_name="streets"
    )

    class Meta:
        verbose_name = _("rue")
        verbose_name_plural = _("rues")
        ordering = ["slug"]

    def __str__(self):
        return self.name
