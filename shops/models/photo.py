"""A photo of a shop: where it is on its way from somebody's phone to the page, and what is said of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from shops.photos.darkroom import sizes_of

# What one shop may keep, and show.
KEPT_AT_MOST, BYTES_AT_MOST, SHOWN_AT_MOST = 60, 100_000_000, 12
FILE_BYTES_AT_MOST = 10_000_000
ALT_LENGTH = 250


class Fault(models.TextChoices):
    """Why a file became no photo, as its merchant reads it. The numbers are those of `shops.photos.darkroom`."""

    BYTES = "bytes", _("Le fichier dépasse 10 Mo. Envoyez-le en plus petit format.")
    EMPTY = "empty", _("Le fichier est vide.")
    FORMAT = "format", _("Ce n’est pas une photo que nous savons lire : JPEG, PNG, WebP, HEIC ou AVIF.")
    PIXELS = (
        "pixels",
        _("La photo dépasse 25 millions de pixels. Réglez l’appareil sur 12 mégapixels, ou recadrez-la."),
    )
    SMALL = "small", _("La photo est trop petite : il faut au moins 240 pixels de côté.")
    RIBBON = "ribbon", _("La photo est trop étroite : au plus quatre fois plus longue que large.")
    UNREADABLE = "unreadable", _("Le fichier est abîmé : l’image ne s’ouvre pas. Envoyez-la encore une fois.")
    HEAVY = (
        "heavy",
        _("L’image est trop lourde à ouvrir. Enregistrez-la en plus petit format, en JPEG de préférence."),
    )
    INFECTED = (
        "infected",
        _("L’antivirus de la Ville a arrêté ce fichier. Envoyez la photo depuis un autre appareil."),
    )
    DOUBLE = "double", _("Cette photo est déjà parmi les vôtres.")
    LOST = "lost", _("Le fichier ne nous est pas bien parvenu. Envoyez-le encore une fois.")


# Of the 64 bits of a look: so many may differ in photos that look alike, and so many at least are of each kind in one
# that shows anything (a bare sky looks like any other).
ALIKE_BITS, TELLING_BITS = 8, 6


class Unlike(models.Func):
    """How many of the bits of two looks differ."""

    template = "bit_count(('x' || %(expressions)s)::bit(64))"
    arg_joiner = ")::bit(64) # ('x' || "
    output_field = models.IntegerField()


def unlike(look: str, other: str) -> int:
    """The same as `Unlike`, of two that are at hand."""
    return (int(look, 16) ^ int(other, 16)).bit_count()


class PhotoQuerySet(models.QuerySet):
    def published(self):
        """What the page shows, in its order."""
        return self.filter(published=True).order_by("position")

    def public(self):
        """What everybody may fetch: published, on a published page."""
        from shops.models.shop import Shop

        return self.filter(published=True, shop__status=Shop.Status.PUBLISHED)

    def developing(self):
        return self.filter(state=Photo.State.RECEIVED)

    def ready(self):
        return self.filter(state=Photo.State.READY)

    def looking_like(self, looks):
        """Those that look like one of these at least. Reads every photo there is, once."""
        telling = [look for look in looks if TELLING_BITS <= int(look, 16).bit_count() <= 64 - TELLING_BITS]
        alike = Q(pk__in=[])
        for look in telling:
            alike |= Q(LessThanOrEqual(Unlike("look", models.Value(look)), ALIKE_BITS))
        return self.ready().exclude(look="").filter(alike)

    def kept(self):
        """What counts against the shop's quota: all but what could not be read."""
        return self.exclude(state=Photo.State.UNREADABLE)

    def bytes_held(self) -> int:
        return self.aggregate(held=Sum("bytes"))["held"] or 0


class Photo(models.Model):
    """One photo. Only what `shops.photos.darkroom` made of its pixels is ever kept or shown.

    What is published of it (place, words, focus) changes through the fact `photos` alone (`shops.editing.facts`). While
    it is not published, the words are those that its people last wrote.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("en préparation")
        READY = "ready", _("prête")
        UNREADABLE = "unreadable", _("illisible")

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="photos"
    )
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.RECEIVED)
    reason = models.CharField(_("motif"), max_length=10, blank=True)  # of `Fault`
    # 128 random bits: whoever was not told a file's name does not find it. Nothing in it comes from the sender.
    name = models.CharField(_("nom des fichiers"), max_length=32, unique=True, editable=False)
    # What the sender called it, until it is ready: so that she knows which one could not be read.
    called = models.CharField(_("appelée"), max_length=80, blank=True)
    width = models.PositiveIntegerField(_("largeur"), null=True, editable=False)
    height = models.PositiveIntegerField(_("hauteur"), null=True, editable=False)
    # What must stay in sight when the photo is cropped: per cent from the left, and from the top.
    focus_x = models.PositiveSmallIntegerField(_("centre, depuis la gauche (%)"), default=50)
    focus_y = models.PositiveSmallIntegerField(_("centre, depuis le haut (%)"), default=50)
    alt = models.JSONField(_("texte de remplacement, par langue"), default=dict, blank=True)
    decorative = models.BooleanField(_("décorative"), default=False)
    published = models.BooleanField(_("sur la page"), default=False)
    position = models.PositiveSmallIntegerField(_("place"), null=True, blank=True)
    from_city = models.BooleanField(_("prise par la Ville"), default=False)
    pixels_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    # 64 bits, alike for photos that look alike (`shops.photos.darkroom.difference_hash`).
    look = models.CharField(max_length=16, blank=True, editable=False)
    bytes = models.PositiveIntegerField(_("octets"), default=0, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("envoyée par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("envoyée le"))
    # When its state or its place last changed: what nobody uses is erased some time after.
    touched_at = models.DateTimeField(_("changée le"))

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["shop", "position"], name="photo_by_shop"),
            models.Index(fields=["pixels_sha256"], name="photo_by_pixels", condition=Q(state="ready")),
            models.Index(fields=["state", "touched_at"], name="photo_to_tidy", condition=Q(published=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(focus_x__lte=100, focus_y__lte=100),
                name="photo_focus_inside",
                violation_error_message=_("Le centre est dans la photo : 0 à 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(published=False) | Q(decorative=True) | ~Q(alt={}),
                name="photo_said_in_words",
                violation_error_message=_("Une photo publiée est décrite en mots, ou marquée décorative."),
            ),
            models.CheckConstraint(
                condition=Q(published=False, position__isnull=True)
                | Q(published=True, position__isnull=False, state="ready"),
                name="photo_published_in_a_place",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(width__gt=0, height__gt=0) & ~Q(pixels_sha256="")),
                name="photo_ready_has_pixels",
            ),
            models.CheckConstraint(
                condition=(Q(state="unreadable") & ~Q(reason="")) | (~Q(state="unreadable") & Q(reason="")),
                name="photo_unreadable_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["shop", "position"], condition=Q(published=True), name="photo_one_a_place"
            ),
            models.UniqueConstraint(
                fields=["shop", "pixels_sha256"],
                condition=Q(state="ready"),
                name="photo_once_a_shop",
                violation_error_message=_("Cette photo est déjà parmi les vôtres."),
            ),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.name[:8]}"

    # Questions

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each size that is kept, the smallest first."""
        return sizes_of(self.width, self.height)

    @property
    def fault(self) -> str:
        """Why it became no photo, in a sentence."""
        return Fault(self.reason).label if self.reason else ""

    @property
    def focus(self) -> list[int]:
        return [self.focus_x, self.focus_y]

    def as_fact(self) -> dict:
        """The photo as the fact `photos` tells it: always written in the same way, so that equals compare equal."""
        alt = {code: self.alt[code] for code, _name in settings.LANGUAGES if self.alt.get(code)}
        return {"id": self.pk, "alt": alt, "decorative": self.decorative, "focus": self.focus}
