"""What a change of photos is, for the moderator who looks at it: each photo, what becomes of it, and its words."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shops.models import Photo, Shop
from shops.models.photo import ALIKE_BITS, unlike
from shops.photos.picture import FIELDS, Picture, draw

NEW, GONE, SAID, MOVED, SAME = "new", "gone", "said", "moved", "same"
LABELS = {
    NEW: _("nouvelle"),
    GONE: _("retirée"),
    SAID: _("autres mots"),
    MOVED: _("autre place"),
    SAME: _("inchangée"),
}


# More pictures beside one are no help.
ALIKE_SHOWN = 3


@dataclass(frozen=True)
class Earlier:
    """A photo that was there before, and looks like one that is new now."""

    picture: Picture
    shop: Shop
    is_own: bool
    published: bool


@dataclass(frozen=True)
class PhotoChange:
    """One photo before and after. `picture` is None when it has been erased meanwhile."""

    mark: str
    picture: Picture | None
    place_before: int | None
    place_after: int | None
    words_before: list[tuple[str, str]]
    words_after: list[tuple[str, str]]
    decorative: bool
    # Other shops that have the very same picture: perhaps it is nobody's own.
    elsewhere: list[str]
    alike: list[Earlier]

    @property
    def label(self) -> str | Promise:
        return LABELS[self.mark]


def changes_of(shop: Shop, before: list | None, after: list | None) -> list[PhotoChange]:
    """Those after first, in their order, then those that go. Three queries, however many they are."""
    old = {item["id"]: (place, item) for place, item in enumerate(before or [], 1)}
    new = {item["id"]: (place, item) for place, item in enumerate(after or [], 1)}
    photos = {photo.pk: photo for photo in shop.photos.filter(pk__in=[*old, *new])}
    elsewhere = _elsewhere(shop, photos.values())
    alike = _alike(shop, [photos[number] for number in new if number in photos and number not in old])
    return [
        _change(shop, photos.get(number), old.get(number), new.get(number), elsewhere, alike.get(number, []))
        for number in [*new, *(number for number in old if number not in new)]
    ]


def _change(shop, photo, old, new, elsewhere, alike):
    was, is_now = old[1] if old else None, new[1] if new else None
    if was is None:
        mark = NEW
    elif is_now is None:
        mark = GONE
    elif (was["alt"], was["decorative"]) != (is_now["alt"], is_now["decorative"]):
        mark = SAID
    elif old[0] != new[0] or was["focus"] != is_now["focus"]:
        mark = MOVED
    else:
        mark = SAME
    return PhotoChange(
        mark=mark,
        picture=_picture(shop, photo, is_now or was) if photo and photo.width else None,
        place_before=old[0] if old else None,
        place_after=new[0] if new else None,
        words_before=_words(was),
        words_after=_words(is_now),
        decorative=bool(is_now and is_now["decorative"]),
        elsewhere=elsewhere.get(photo.pixels_sha256, []) if photo else [],
        alike=alike,
    )


def _picture(shop, photo, item):
    facts = {field: getattr(photo, field) for field in FIELDS}
    facts |= {"alt": item["alt"], "decorative": item["decorative"]}
    facts["focus_x"], facts["focus_y"] = item["focus"]
    address = reverse("city:photo_file", args=[shop.public_id, photo.name, 0, "x"])
    return draw(facts, address.removesuffix("-0.x"))


def _words(item):
    alt = item["alt"] if item else {}
    return [(code, alt[code]) for code, _name in settings.LANGUAGES if alt.get(code)]


def _elsewhere(shop, photos):
    found = {}
    same = Photo.objects.ready().filter(
        pixels_sha256__in=[photo.pixels_sha256 for photo in photos if photo.pixels_sha256]
    )
    rows = same.exclude(shop=shop).order_by("pk").values_list("pixels_sha256", "shop__name")
    for pixels, name in rows[:50]:
        found.setdefault(pixels, []).append(name)
    return found


def _alike(shop, photos):
    """For each new photo, the earlier ones that look like it; the very same pixels are told by `_elsewhere`."""
    photos = [photo for photo in photos if photo.look]
    if not photos:
        return {}
    earlier = Photo.objects.looking_like([photo.look for photo in photos])
    earlier = earlier.filter(pk__lt=max(photo.pk for photo in photos)).exclude(
        shop__status=Shop.Status.MERGED
    )
    earlier = list(earlier.select_related("shop").order_by("-pk")[:200])
    found = {}
    for photo in photos:
        near = [
            one
            for one in earlier
            if one.pk < photo.pk
            and one.pixels_sha256 != photo.pixels_sha256
            and unlike(one.look, photo.look) <= ALIKE_BITS
        ]
        near.sort(key=lambda one, photo=photo: (one.shop_id != shop.pk, unlike(one.look, photo.look), one.pk))
        found[photo.pk] = [
            Earlier(_picture(one.shop, one, one.as_fact()), one.shop, one.shop_id == shop.pk, one.published)
            for one in near[:ALIKE_SHOWN]
        ]
    return found
