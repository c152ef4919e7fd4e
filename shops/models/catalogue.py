"""What is kept so that a page need not count: the catalogue's version, its totals, its words."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _


class Catalogue(models.Model):
    """One row. `version` rises with each change that the public sees; caches are keyed by it."""

    version = models.BigIntegerField(default=1)
    structure = models.BigIntegerField(
        default=1, help_text="Rises when districts, categories or holidays change."
    )
    changed_at = models.DateTimeField()
    intervals_until = models.DateTimeField(null=True, help_text="Opening intervals are known up to here.")
    rotated_on = models.DateField(null=True, help_text="The day of the present daily order.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="catalogue_is_one")]

    def __str__(self):
        return f"version {self.version}"


class FacetTotal(models.Model):
    """How many published shops carry a facet (`d:gare`, `c:bakery`, …); `all` counts them all."""

    facet = models.CharField(primary_key=True, max_length=140)
    shops = models.PositiveIntegerField()

    def __str__(self):
        return f"{self.facet}: {self.shops}"


class NameWord(models.Model):
    """A word of the names of published shops: what a typing error is compared with. Derived: `shops.search` writes it."""

    word = models.CharField(primary_key=True, max_length=40, help_text="Lower case, no accents: as compared.")
    shops = models.IntegerField(default=0, help_text="How many published shops have it in a name.")

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="name_word_trigrams")]

    def __str__(self):
        return self.word


class EmptySearch(models.Model):
    """A search that found nothing, counted by day. No person, no address, no time of day."""

    on = models.DateField(_("jour"))
    language = models.CharField(_("langue"), max_length=10)
    district = models.CharField(_("quartier"), max_length=100, blank=True)
    words = models.CharField(_("mots"), max_length=60)
    times = models.PositiveIntegerField(_("fois"), default=1)

    class Meta:
        verbose_name = _("recherche sans résultat")
        verbose_name_plural = _("recherches sans résultat")
        ordering = ["-on", "-times"]
        constraints = [
            models.UniqueConstraint(
                fields=["on", "language", "district", "words"], name="empty_search_once_a_day"
            ),
        ]

    def __str__(self):
        return f"{self.on} {self.words} ×{self.times}"
