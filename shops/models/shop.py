"""The shop: a merchant's page. Residents see it only while it is published."""

import itertools
import secrets
from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.db.models.functions import Concat
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField

from districts.models import District
from shops.models.category import Category
from shops.models.event import Event
from shops.models.membership import EDITING_ROLES, Membership, MerchantRole
from shops.vocabulary import (
    AccessAnswer,
    AccessQuestion,
    ConfirmedBy,
    FactGroup,
    LinkFault,
    LinkKind,
    Payment,
    Service,
    SpokenLanguage,
)

# Crockford's base 32 in lower case: no i, l, o, u, so that an id survives being read aloud or off a sticker.
PUBLIC_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

# Words that stand where a shop's slug stands, in shops.urls.
RESERVED_SLUGS = frozenset({"pres-de-moi", "suggestions"})

# How often a link is looked at.
CHECKED_EVERY = timedelta(days=7)


def new_public_id():
    """Eight random characters (40 bits); the database refuses the rare repeat."""
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _position in range(8))


class Point(Func):
    """A point of the city's own plane, in metres (see `Shop.x_m`), for nearest-neighbour order."""

    function = "point"
    output_field = models.Field()


class PlaneDistance(Func):
    """Metres between two `Point`s; a GiST index serves ORDER BY on it."""

    template = "(%(expressions)s)"
    arg_joiner = " <-> "
    output_field = models.FloatField()


class JsonKind(Func):
    """What a JSON value is: "object", "array", "string", …"""

    function = "jsonb_typeof"
    output_field = models.TextField()


class ShopQuerySet(models.QuerySet):
    def published(self):
        """What everybody may see."""
        return self.filter(status=Shop.Status.PUBLISHED)

    def reachable(self):
        """What an address still answers for: published, or closed and saying so."""
        return self.filter(status__in=[Shop.Status.PUBLISHED, Shop.Status.CLOSED])

    def editable_by(self, user):
        """Shops whose page this person keeps. Nobody's for who is not signed in; the City has its own desk."""
        return self._with_member(user, EDITING_ROLES)

    def owned_by(self, user):
        """Shops whose people this person decides on."""
        return self._with_member(user, [MerchantRole.OWNER])

    def worked_at_by(self, user):
        """Shops in which this person has any role, the till's included."""
        return self._with_member(user, MerchantRole.values)

    def _with_member(self, user, roles):
        if user is None or not user.is_authenticated:
            return self.none()
        members = Membership.objects.filter(shop=models.OuterRef("pk"), user=user, role__in=roles)
        return self.filter(models.Exists(members)).exclude(status=Shop.Status.MERGED)

    def carrying(self, *facets):
        """Shops that carry all these facets (`d:gare`, `s:delivery`, …; see `shops.catalogue`)."""
        return self.filter(facets__contains=list(facets)) if facets else self

    def open_at(self, at: datetime):
        """Shops certainly open at an instant within the coming five weeks. Stale hours never count."""
        from shops.models.hours import OpeningInterval

        return self.filter(
            models.Exists(OpeningInterval.objects.filter(shop=models.OuterRef("pk"), span__contains=at))
        ).with_fresh_hours(at)

    def with_fresh_hours(self, at: datetime):
        return self.filter(hours_stale_at__gt=at)

    def to_call(self, at: datetime):
        """Published shops whose hours or name nobody has answered for in so long that the City telephones."""
        return self.published().filter(call_at__lte=at)

    def free_slug(self, name: str) -> str:
        """An address for a new page, that no page has or ever had."""
        base = slugify(name)[:100] or "commerce"
        taken = RESERVED_SLUGS | set(self.filter(slug__startswith=base).values_list("slug", flat=True))
        taken |= set(SlugHistory.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        candidates = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
        return next(slug for slug in candidates if slug not in taken)

    def in_order(self, column: str, *, many: bool):
        """Sort by `daily_order` or `name_key`.

        Args:
            many: whether many shops match, so that the first ones soon turn up in the order's own index. Where few
                do, PostgreSQL, which cannot know, would read that index to its end: it is then given an order that
                no index holds, asks the indexes of what was looked for, and sorts what it finds.
        """
        if many:
            return self.order_by(column, "pk")
        unindexed = {"daily_order": F("daily_order") + 0, "name_key": Concat("name_key", models.Value(""))}
        return self.order_by(unindexed[column], "pk")

    def nearest(self, x_m: float, y_m: float):
        """Sort by distance from a point of the city's plane, adding `distance_m`; shops without a place are left out."""
        here = Point(models.Value(float(x_m)), models.Value(float(y_m)))
        distance = PlaneDistance(Point(F("x_m"), F("y_m")), here)
        return self.filter(x_m__isnull=False).annotate(distance_m=distance).order_by(distance, "pk")

    def for_list(self):
        """What a card needs, in one query."""
        return self.select_related("district", "category").only(
            "public_id",
            "slug",
            "name",
            "i18n",
            "street",
            "house_number",
            "hours_expression",
            "hours_stale_at",
            "claimed_at",
            "is_demo",
            "status",
            "lat",
            "lon",
            "district__slug",
            "district__name",
            "district__i18n",
            "category__code",
            "category__label",
            "category__i18n",
            "category__symbol",
        )


@cache
def _list_url(_language):
    """What the addresses of all shops begin with. Kept: a page names dozens of shops, and a lookup is slow."""
    return reverse("shops:list")


def _choices_only(field, choices, message):
    return models.CheckConstraint(
        condition=Q(**{f"{field}__contained_by": list(choices.values)}),
        name=f"shop_{field}_known",
        violation_error_message=message,
    )


def _is_object(field, message):
    return models.CheckConstraint(
        condition=Exact(JsonKind(field), "object"),
        name=f"shop_{field}_object",
        violation_error_message=message,
    )


def _confirmation(group):
    """A group of facts was confirmed by somebody at some time, or by nobody at no time."""
    return models.CheckConstraint(
        condition=(
            Q(**{f"{group}_confirmed_at__isnull": True, f"{group}_confirmed_by": ""})
            | (Q(**{f"{group}_confirmed_at__isnull": False}) & ~Q(**{f"{group}_confirmed_by": ""}))
        ),
        name=f"shop_{group}_confirmed_by_somebody",
        violation_error_message=_("Une confirmation porte une date et un auteur."),
    )


class Shop(models.Model):
    """A merchant's page. Residents see it only while it is published.

    Facts are grouped (`FactGroup`); each group knows who confirmed it and when. The fields under "derived" are
    written by `shops.catalogue` alone, in the transaction that changes what they are derived from.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        SUBMITTED = "submitted", _("proposé")
        PUBLISHED = "published", _("publié")
        SUSPENDED = "suspended", _("suspendu")
        CLOSED = "closed", _("fermé définitivement")
        MERGED = "merged", _("fusionné")
        # Proposed, and not taken in: the end of it. What was typed is forgotten a year later.
        REFUSED = "refused", _("refusé")

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED, Status.PUBLISHED},
        Status.SUBMITTED: {Status.PUBLISHED, Status.DRAFT, Status.MERGED, Status.REFUSED},
        Status.PUBLISHED: {Status.SUSPENDED, Status.CLOSED, Status.MERGED},
        Status.SUSPENDED: {Status.PUBLISHED, Status.CLOSED, Status.MERGED},
        Status.CLOSED: {Status.PUBLISHED, Status.MERGED},
        Status.MERGED: set(),
        Status.REFUSED: set(),
    }

    class MoveNotAllowed(Exception):
        """The shop cannot go from its present state to the one asked for."""

    # Who it is
    public_id = models.CharField(
        _("identifiant"), max_length=8, unique=True, default=new_public_id, editable=False
    )
    slug = models.SlugField(_("adresse de la page"), max_length=120, unique=True)
    status = models.CharField(_("état"), max_length=10, choices=Status, default=Status.DRAFT)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("fusionné avec"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged",
    )
    name = models.CharField(_("nom"), max_length=120)
    other_names = models.CharField(
        _("autres noms"),
        max_length=200,
        blank=True,
        help_text=_("Ancien nom, nom légal, surnom : pour la recherche."),
    )
    category = models.ForeignKey(
        Category, verbose_name=_("catégorie"), on_delete=models.PROTECT, related_name="shops"
    )
    other_categories = models.ManyToManyField(
        Category, verbose_name=_("autres catégories"), blank=True, related_name="also_shops"
    )
    summary = models.CharField(_("en une phrase"), max_length=200, blank=True)
    description = models.TextField(_("présentation"), max_length=3000, blank=True)
    specialty = models.CharField(
        _("ce qu’on ne trouve que là"), max_length=400, blank=True, help_text=_("Une phrase ou deux.")
    )
    claimed_at = models.DateTimeField(_("pris en main le"), null=True, blank=True)
    is_demo = models.BooleanField(_("commerce fictif"), default=False)
    external_id = models.CharField(
        _("identifiant externe"),
        max_length=100,
        null=True,
        blank=True,
        unique=True,
        help_text=_("Ex. osm:node/123"),
    )
    i18n = TranslationField(fields=("name", "summary", "description", "specialty"))
    # By field (`description_de`): a fingerprint of the French text that it translates. Another one now: outdated.
    translated_from = models.JSONField(default=dict, blank=True, editable=False)

    # Where it is. A market trader has no address at all.
    district = models.ForeignKey(
        District, verbose_name=_("quartier"), on_delete=models.PROTECT, related_name="shops"
    )
    district_corrected = models.BooleanField(
        _("quartier corrigé à la main"), default=False, help_text=_("Sinon, le quartier suit la position.")
    )
    street = models.CharField(_("rue"), max_length=120, blank=True)
    house_number = models.CharField(_("numéro"), max_length=20, blank=True)
    postcode = models.CharField(_("code postal"), max_length=12, blank=True)
    place_note = models.CharField(
        _("précision"),
        max_length=120,
        blank=True,
        help_text=_("Ex. « dans la cour », « marché du mercredi »"),
    )
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)

    # How to reach it
    phone = models.CharField(
        _("téléphone"), max_length=20, blank=True, help_text=_("Format international : +352…")
    )
    email = models.EmailField(_("adresse e-mail"), blank=True)

    # When it is open
    opening_hours = models.CharField(
        _("horaires hebdomadaires"), max_length=1000, blank=True, help_text=_("Expression OpenStreetMap.")
    )
    opening_hours_text = models.CharField(
        _("horaires tels que reçus"),
        max_length=1000,
        blank=True,
        help_text=_("Gardés quand leur sens n’est pas sûr."),
    )

    # What it offers
    services = ArrayField(
        models.CharField(max_length=20, choices=Service), verbose_name=_("services"), default=list, blank=True
    )
    service_notes = models.JSONField(_("précisions sur les services"), default=dict, blank=True)
    payments = ArrayField(
        models.CharField(max_length=20, choices=Payment),
        verbose_name=_("moyens de paiement"),
        default=list,
        blank=True,
    )
    spoken_languages = ArrayField(
        models.CharField(max_length=10, choices=SpokenLanguage),
        verbose_name=_("langues parlées"),
        default=list,
        blank=True,
    )
    accessibility = models.JSONField(
        _("accessibilité"), default=dict, blank=True, help_text=_("Une question absente : inconnu.")
    )

    # Who confirmed what, and when
    identity_confirmed_at = models.DateTimeField(null=True, blank=True)
    identity_confirmed_by = models.CharField(max_length=10, choices=ConfirmedBy, blank=True)
    hours_confirmed_at = models.DateTimeField(null=True, blank=True)
    hours_confirmed_by = models.CharField(max_length=10, choices=ConfirmedBy, blank=True)
    contact_confirmed_at = models.DateTimeField(null=True, blank=True)
    contact_confirmed_by = models.CharField(max_length=10, choices=ConfirmedBy, blank=True)
    services_confirmed_at = models.DateTimeField(null=True, blank=True)
    services_confirmed_by = models.CharField(max_length=10, choices=ConfirmedBy, blank=True)
    accessibility_confirmed_at = models.DateTimeField(null=True, blank=True)
    accessibility_confirmed_by = models.CharField(max_length=10, choices=ConfirmedBy, blank=True)
    photos_confirmed_at = models.DateTimeField(null=True, blank=True)
    photos_confirmed_by = models.CharField(max_length=10, choices=ConfirmedBy, blank=True)

    created_at = models.DateTimeField(_("créé le"), editable=False)
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("fermé le"), null=True, blank=True, editable=False)

    suspended_until = models.DateTimeField(_("suspendu jusqu’au"), null=True, blank=True, editable=False)

    # Derived: written by shops.catalogue alone
    hours_expression = models.TextField(
        default="", editable=False, help_text="Weekly rule and special days in one."
    )
    hours_stale_at = models.DateTimeField(
        null=True, editable=False, help_text="Confirmed hours hold until here."
    )
    facets = ArrayField(models.CharField(max_length=140), default=list, editable=False)
    street_slug = models.SlugField(max_length=120, blank=True, default="", editable=False, db_index=False)
    name_key = models.CharField(
        max_length=250, default="", editable=False, help_text="Sorts names without accents."
    )
    daily_order = models.IntegerField(
        default=0, editable=False, help_text="Today's place in the fair rotation."
    )
    due_at = models.DateTimeField(
        null=True, editable=False, help_text="From here on its people have something to confirm."
    )
    call_at = models.DateTimeField(null=True, editable=False, help_text="From here on the City telephones.")
    x_m = models.FloatField(null=True, editable=False, help_text="Metres east on the city's plane.")
    y_m = models.FloatField(null=True, editable=False, help_text="Metres north on the city's plane.")
    search = SearchVectorField(null=True, editable=False)

    objects = ShopQuerySet.as_manager()

    class Meta:
        verbose_name = _("commerce")
        verbose_name_plural = _("commerces")
        indexes = [
            models.Index(fields=["name_key", "id"], name="shop_by_name", condition=Q(status="published")),
            models.Index(fields=["daily_order", "id"], name="shop_by_day", condition=Q(status="published")),
            models.Index(
                fields=["district", "daily_order", "id"],
                name="shop_by_district_day",
                condition=Q(status="published"),
            ),
            models.Index(
                fields=["category", "daily_order", "id"],
                name="shop_by_category_day",
                condition=Q(status="published"),
            ),
            models.Index(fields=["-published_at", "id"], name="shop_newest", condition=Q(status="published")),
            # Claimed shops alone are asked by mail; anybody's is called.
            models.Index(
                fields=["due_at"], name="shop_due", condition=Q(status="published", claimed_at__isnull=False)
            ),
            models.Index(
                fields=["district", "call_at"], name="shop_to_call", condition=Q(status="published")
            ),
            GinIndex(fields=["facets"], name="shop_facets", condition=Q(status="published")),
            GinIndex(fields=["search"], name="shop_search", condition=Q(status="published")),
            GistIndex(Point(F("x_m"), F("y_m")), name="shop_place", condition=Q(status="published")),
            # Look-alikes, whatever their state.
            GistIndex(OpClass("name_key", name="gist_trgm_ops(siglen=64)"), name="shop_name_alike"),
            models.Index(fields=["phone"], name="shop_by_phone", condition=~Q(phone="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True)
                # Said in so many words: a check holds for what is neither true nor false, as NULL >= -90 is.
                | Q(lat__isnull=False, lon__isnull=False)
                & Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="shop_position_whole_or_absent",
                violation_error_message=_(
                    "Une position a une latitude (−90 à 90) et une longitude (−180 à 180)."
                ),
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into=None)),
                name="shop_merged_into_another",
                violation_error_message=_("Un commerce fusionné nomme celui qui le remplace."),
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="shop_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="shop_published_since",
                violation_error_message=_("Un commerce publié a une date de publication."),
            ),
            models.CheckConstraint(
                condition=Q(suspended_until=None) | Q(status="suspended"),
                name="shop_suspended_until_some_time",
                violation_error_message=_("Seul un commerce suspendu l’est jusqu’à une date."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="shop_has_a_name",
                violation_error_message=_("Un commerce a un nom."),
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[0-9]{6,15}$"),
                name="shop_phone_international",
                violation_error_message=_(
                    "Le téléphone s’écrit au format international : +352 et les chiffres."
                ),
            ),
            _choices_only("services", Service, _("Service inconnu.")),
            _choices_only("payments", Payment, _("Moyen de paiement inconnu.")),
            _choices_only("spoken_languages", SpokenLanguage, _("Langue inconnue.")),
            _is_object("service_notes", _("Les précisions nomment chacune un service.")),
            _is_object("accessibility", _("Chaque réponse nomme une question.")),
            *[_confirmation(group) for group in FactGroup.values],
        ]

    def __str__(self):
        return self.name

    # Written by `shops.catalogue` alone, from the rest.
    DERIVED = (
        "hours_expression",
        "hours_stale_at",
        "facets",
        "street_slug",
        "name_key",
        "daily_order",
        "due_at",
        "call_at",
        "x_m",
        "y_m",
        "search",
    )

    def save(self, *args, **options):
        """Save what is the shop's own. What is derived stays as it is in the database: this copy of it may be old."""
        if not self._state.adding and options.get("update_fields") is None and not args:
            unread = self.get_deferred_fields()
            options["update_fields"] = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name not in self.DERIVED and field.attname not in unread
            ]
        super().save(*args, **options)

    def get_absolute_url(self):
        return f"{_list_url(get_language())}{self.slug}/"

    # Questions

    @property
    def is_published(self):
        return self.status == self.Status.PUBLISHED

    @property
    def is_claimed(self):
        return self.claimed_at is not None

    def keepers(self):
        """The people who keep the page and can be written to."""
        return (
            get_user_model()
            .objects.filter(memberships__shop=self, memberships__role__in=EDITING_ROLES, is_active=True)
            .order_by("pk")
        )

    def hours_are_stale(self, at: datetime) -> bool:
        """Whether the hours were confirmed too long ago (or never) to be shown as true at `at`."""
        return self.hours_stale_at is None or self.hours_stale_at <= at

    def access_answer(self, question) -> str:
        """`yes`, `partly`, `no`, or `""` for unknown."""
        answer = self.accessibility.get(question, "")
        return answer if answer in AccessAnswer.values else ""

    def access_answers(self):
        """Each question of `AccessQuestion` with its answer, unknown ones included."""
        return [(question, self.access_answer(question.value)) for question in AccessQuestion]

    # Verbs

    def publish(self, *, by, at: datetime, why=""):
        """Show the page to everybody. Raises MoveNotAllowed."""
        self._move(
            Shop.Status.PUBLISHED, by=by, at=at, why=why, published_at=self.published_at or at, closed_at=None
        )

    def submit(self, *, by, at: datetime):
        """Ask the City to publish the page. Raises MoveNotAllowed."""
        self._move(Shop.Status.SUBMITTED, by=by, at=at)

    def send_back(self, *, by, at: datetime, why):
        """Return a submitted page to its author with a reason. Raises MoveNotAllowed."""
        self._move(Shop.Status.DRAFT, by=by, at=at, why=why)

    def refuse(self, *, by, at: datetime, why):
        """Not take in a submitted page, for good. Raises MoveNotAllowed."""
        self._move(Shop.Status.REFUSED, by=by, at=at, why=why)

    def suspend(self, *, by, at: datetime, why, until: datetime | None = None):
        """Hide the page while something is looked into, at most `until` then. Raises MoveNotAllowed."""
        self._move(Shop.Status.SUSPENDED, by=by, at=at, why=why, suspended_until=until)

    def close(self, *, by, at: datetime, why=""):
        """The shop is no more; its address says so. Raises MoveNotAllowed."""
        self._move(Shop.Status.CLOSED, by=by, at=at, why=why, closed_at=at)

    def merge_into(self, other, *, by, at: datetime, why=""):
        """This page was a double of `other`: its addresses lead there from now on. Raises MoveNotAllowed."""
        if other.pk == self.pk or other.status == Shop.Status.MERGED:
            raise Shop.MoveNotAllowed(f"{self} cannot be merged into {other}")
        self._move(Shop.Status.MERGED, by=by, at=at, why=why, merged_into=other)

    def rename_address(self, slug):
        """Give the page another address; the old one goes on leading here."""
        if slug == self.slug:
            return
        with transaction.atomic():
            SlugHistory.objects.filter(slug=slug, shop=self).delete()
            SlugHistory.objects.get_or_create(slug=self.slug, defaults={"shop": self})
            self.slug = slug
            self.save(update_fields=["slug"])

    def confirm(self, group, *, by: str, at: datetime):
        """Note that somebody (`ConfirmedBy`) vouches for a group of facts now. The caller saves."""
        setattr(self, f"{FactGroup(group)}_confirmed_at", at)
        setattr(self, f"{FactGroup(group)}_confirmed_by", ConfirmedBy(by))

    def _move(self, status, *, by, at, why="", **changes):
        from shops import catalogue

        with transaction.atomic():
            present = Shop.objects.select_for_update().only("status").get(pk=self.pk)
            if status not in self.MOVES[Shop.Status(present.status)]:
                raise Shop.MoveNotAllowed(f"{self} cannot go from {present.status} to {status}")
            before, after = {"status": present.status}, {"status": str(status)}
            self.status = status
            changes.setdefault("suspended_until", None)
            for field, value in changes.items():
                setattr(self, field, value)
            self.save(update_fields=["status", *changes])
            if self.suspended_until:
                after["until"] = self.suspended_until.isoformat()
            if self.merged_into_id:
                after["into"] = self.merged_into_id
            Event.note(self, f"status:{status}", by=by, at=at, before=before, after=after, why=why)
            catalogue.changed([self.pk], at=at)


class SlugHistory(models.Model):
    """An address that a shop once had. It goes on leading there for ever."""

    slug = models.SlugField(max_length=120, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="old_slugs")

    class Meta:
        verbose_name = _("ancienne adresse")
        verbose_name_plural = _("anciennes adresses")

    def __str__(self):
        return self.slug


class LinkQuerySet(models.QuerySet):
    def alive(self):
        """Those that lead somewhere: the others are kept, and not shown."""
        return self.filter(dead_since=None)

    def to_check(self, at: datetime):
        """Links of published shops not looked at for a week, the longest first. Fictional shops' lead nowhere anyway."""
        return self.filter(
            Q(checked_at=None) | Q(checked_at__lte=at - CHECKED_EVERY),
            shop__status=Shop.Status.PUBLISHED,
            shop__is_demo=False,
        ).order_by(F("checked_at").asc(nulls_first=True), "pk")


class Link(models.Model):
    """Where else the shop is found. Every week somebody looks whether it still leads there (`shops.links`)."""

    shop = models.ForeignKey(Shop, verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(_("sorte"), max_length=20, choices=LinkKind)
    url = models.URLField(_("adresse"), max_length=300)
    checked_at = models.DateTimeField(_("vérifié le"), null=True, blank=True, editable=False)
    fault = models.CharField(_("défaut"), max_length=20, choices=LinkFault, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Checks in a row that failed."
    )
    failing_since = models.DateTimeField(null=True, editable=False)
    dead_since = models.DateTimeField(_("mort depuis"), null=True, editable=False)

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("lien")
        verbose_name_plural = _("liens")
        ordering = ["id"]
        indexes = [
            models.Index(F("checked_at").asc(nulls_first=True), "id", name="link_to_check"),
            # By the beginning of an address, for look-alikes.
            models.Index(OpClass("url", name="varchar_pattern_ops"), name="link_by_site"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "url"], name="link_once", violation_error_message=_("Ce lien y est déjà.")
            ),
            models.CheckConstraint(
                condition=Q(url__startswith="https://") | Q(url__startswith="http://"),
                name="link_is_web",
                violation_error_message=_("Un lien commence par https://"),
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None, dead_since=None, fault="")
                | Q(failures__gt=0, failing_since__isnull=False) & ~Q(fault=""),
                name="link_failing_or_not",
            ),
        ]

    def __str__(self):
        return self.url
