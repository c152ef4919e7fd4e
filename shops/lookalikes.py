"""Pages that may be of the same shop: by name, telephone, website and address. One bounded query."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.postgres.search import TrigramDistance, TrigramSimilarity
from django.db.models import BooleanField, Exists, F, FloatField, OuterRef, Q, Value

from districts.city_pack import street_slug
from shops import search
from shops.importing import facts
from shops.models import Link, Shop
from shops.models.shop import PlaneDistance, Point
from shops.vocabulary import LinkKind

# How many each index may propose, before what speaks for them is weighed.
A_WAY = 25
# What speaks for two pages being of one shop, beside the likeness of their names (0 to 1, as pg_trgm has it).
SAME_PHONE = SAME_SITE = 0.6
SAME_ADDRESS = NEAR = 0.25
# From here on they are worth a look: a name much alike, or a like one next door. A neighbour alone is not.
ENOUGH = 0.5
NEAR_M = 60


@dataclass(frozen=True)
class Lookalike:
    """A page that may be of the same shop, and what speaks for it."""

    shop: Shop
    score: float
    same_name: bool
    same_phone: bool
    same_site: bool
    same_address: bool
    distance_m: float | None


def lookalikes(
    *,
    name: str,
    phone: str = "",
    website: str = "",
    street: str = "",
    house_number: str = "",
    place: tuple[float, float] | None = None,
    but: Shop | None = None,
    limit: int = 6,
) -> list[Lookalike]:
    """Pages like what is described, the likeliest first; those merged into another are left out.

    Args:
        phone: international, as a shop keeps it.
        place: metres on the city's plane (`Shop.x_m`, `.y_m`).
        but: the page that is looked at itself.
    """
    key, street_key = search.key(name)[:250], street_slug(street)[:120]
    site = _same_site(website)
    at_address = Q(street_slug=street_key, house_number__iexact=house_number)
    ways = [Shop.objects.order_by(TrigramDistance("name_key", key))]
    if phone:
        ways.append(Shop.objects.filter(phone=phone).order_by())
    if site is not None:
        ways.append(Shop.objects.filter(links__in=Link.objects.filter(site)).order_by())
    if street_key and house_number:
        here = Shop.objects.published().carrying(f"s:{street_key}")
        ways.append(here.filter(at_address).order_by())
    if place:
        ways.append(Shop.objects.published().nearest(*place))
    first, *others = [way.values("pk")[:A_WAY] for way in ways]
    known = {"same_phone": _NO, "same_site": _NO, "same_address": _NO}
    if phone:
        known["same_phone"] = Q(phone=phone)
    if site is not None:
        known["same_site"] = Exists(Link.objects.filter(site, shop=OuterRef("pk")))
    if street_key and house_number:
        known["same_address"] = at_address
    found = (
        Shop.objects.filter(pk__in=first.union(*others) if others else first)
        .exclude(status__in=[Shop.Status.MERGED, Shop.Status.REFUSED])
        .exclude(pk=but.pk if but else None)
        .select_related("category", "district")
        .annotate(
            likeness=TrigramSimilarity("name_key", key),
            away_m=_distance(place),
            **known,
        )
    )
    weighed = [_weigh(shop) for shop in found]
    likely = [one for one in weighed if one.score >= ENOUGH]
    return sorted(likely, key=lambda one: (-one.score, one.shop.pk))[:limit]


def like_shop(shop: Shop, *, limit: int = 6) -> list[Lookalike]:
    """Pages like one that is there already."""
    website = next((link.url for link in shop.links.all() if link.kind == LinkKind.WEBSITE), "")
    return lookalikes(
        name=shop.name,
        phone=shop.phone,
        website=website,
        street=shop.street,
        house_number=shop.house_number,
        place=(shop.x_m, shop.y_m) if shop.x_m is not None else None,
        but=shop,
        limit=limit,
    )


_NO = Value(False, output_field=BooleanField())


def _distance(place):
    if not place:
        return Value(None, output_field=FloatField())
    here = Point(Value(float(place[0])), Value(float(place[1])))
    return PlaneDistance(Point(F("x_m"), F("y_m")), here)


def _weigh(shop):
    near = shop.away_m is not None and shop.away_m <= NEAR_M
    score = shop.likeness + SAME_PHONE * shop.same_phone + SAME_SITE * shop.same_site
    score += SAME_ADDRESS * shop.same_address + NEAR * (near and not shop.same_address)
    return Lookalike(
        shop=shop,
        score=score,
        same_name=shop.likeness >= ENOUGH,
        same_phone=shop.same_phone,
        same_site=shop.same_site,
        same_address=shop.same_address,
        distance_m=shop.away_m,
    )


def _same_site(website):
    """Links to the same site; on a host that many share, to the same page of it. None where there is nothing to compare."""
    if not website:
        return None
    try:
        kind, address = facts.link(website, LinkKind.WEBSITE)
    except facts.Refused:
        return None
    if kind != LinkKind.WEBSITE:
        return Q(url=address)
    host = urlsplit(address).hostname.removeprefix("www.")
    roots = [f"{scheme}://{www}{host}" for scheme in ("https", "http") for www in ("", "www.")]
    same = Q(url__in=roots)
    for root in roots:
        same |= Q(url__startswith=f"{root}/")
    return same
