"""A photo as a page shows it: its addresses, its size, its words in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import translation

from shops.models import Photo
from shops.photos.darkroom import sizes_of

# What a picture needs of a photo.
FIELDS = ("name", "width", "height", "alt", "decorative", "focus_x", "focus_y")


def of_page():
    """The published photos of a shop as one column of its own query: a list of `FIELDS`, in the page's order."""
    photos = Photo.objects.filter(shop=OuterRef("pk")).published()
    return ArraySubquery(photos.values(json=JSONObject(**{field: field for field in FIELDS})))


@dataclass(frozen=True)
class Picture:
    """One `<picture>`. `base` is what the addresses of its files begin with."""

    base: str
    width: int
    height: int
    alt: str
    language: str  # of the words, or "" when it is the reader's own
    crop: str  # classes of static/photos.css that keep the focus in sight

    @property
    def sizes(self):
        return sizes_of(self.width, self.height)

    @property
    def largest(self):
        return self.sizes[-1]

    @property
    def src(self):
        """For who takes no `srcset`, and for search engines: the largest."""
        return f"{self.base}-{self.largest[0]}.jpg"

    @property
    def small(self):
        """For lists at the desks."""
        return f"{self.base}-{self.sizes[0][0]}.jpg"

    @property
    def avif(self):
        return self._srcset("avif")

    @property
    def jpeg(self):
        return self._srcset("jpg")

    def _srcset(self, suffix):
        return ", ".join(f"{self.base}-{width}.{suffix} {width}w" for width, _height in self.sizes)


def public_base(name: str) -> str:
    return reverse("media", args=[name, 0, "x"]).removesuffix("-0.x")


def draw(facts: dict, base: str) -> Picture:
    """A picture from the `FIELDS` of a photo."""
    alt, language = ("", "") if facts["decorative"] else words_of(facts["alt"])
    return Picture(
        base=base,
        width=facts["width"],
        height=facts["height"],
        alt=alt,
        language=language,
        crop=crop_of(facts["focus_x"], facts["focus_y"]),
    )


def pictures_of(rows: Iterable[dict], base_of=public_base) -> list[Picture]:
    return [draw(row, base_of(row["name"])) for row in rows or []]


def words_of(alt: dict) -> tuple[str, str]:
    """The words for a photo in the reader's language, else in another with that language's code."""
    own = translation.get_language()
    if alt.get(own):
        return alt[own], ""
    code = next((code for code, _name in settings.LANGUAGES if alt.get(code)), "")
    return alt.get(code, ""), code


def crop_of(x: int, y: int) -> str:
    """Classes that move the picture inside its frame to the nearest quarter: a style of its own it may not carry."""
    return f"x{round(x / 25) * 25} y{round(y / 25) * 25}"
