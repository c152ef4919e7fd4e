"""What a shop is: two levels, because a resident thinks “food” before she thinks “cheese shop”."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField


class CategoryQuerySet(models.QuerySet):
    def in_use(self):
        """Those that a shop may be of: not those that the City gave up for another."""
        return self.filter(merged_into=None)

    def called(self, codes):
        """Categories by their codes, as a page or a file may have said them before the City gave some of them up."""
        found = self.filter(code__in=codes).select_related("merged_into")
        return list(dict.fromkeys(category.merged_into or category for category in found))


class CategoryGroup(models.Model):
    code = models.SlugField(max_length=40, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    label = models.CharField(_("libellé"), max_length=80)
    symbol = models.CharField(_("pictogramme"), max_length=40)
    position = models.PositiveSmallIntegerField(_("rang"), default=0)
    i18n = TranslationField(fields=("label",))

    class Meta:
        verbose_name = _("groupe de catégories")
        verbose_name_plural = _("groupes de catégories")
        ordering = ["position", "code"]

    def __str__(self):
        return self.label_i18n


class Category(models.Model):
    group = models.ForeignKey(
        CategoryGroup, verbose_name=_("groupe"), on_delete=models.PROTECT, related_name="categories"
    )
    code = models.SlugField(max_length=40, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    label = models.CharField(_("libellé"), max_length=80)
    symbol = models.CharField(_("pictogramme"), max_length=40)
    schema_type = models.CharField(_("type schema.org"), max_length=60)
    osm = models.JSONField(_("sélecteurs OpenStreetMap"), default=list, blank=True)
    words = models.JSONField(
        _("mots de recherche"), default=dict, blank=True, help_text=_("Par langue, en minuscules.")
    )
    position = models.PositiveSmallIntegerField(_("rang"), default=0)
    # Given up at the City's desk: its shops, its words and its addresses are another's.
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("réunie à"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="former",
    )
    # Fields that the City wrote at its desk (`shops.editing.naming`): a city pack leaves them alone.
    said_by_city = models.JSONField(default=list, blank=True, editable=False)
    i18n = TranslationField(fields=("label",))

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("catégorie")
        verbose_name_plural = _("catégories")
        ordering = ["position", "code"]

    def __str__(self):
        return self.label_i18n
