"""Strolling: the city at a glance, its districts, one district and its street of façades."""

import math

from django.db.models import Avg, Count, F, FloatField, Value
from django.db.models.functions import Floor
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from districts.map import MANY, Outline, Point, city_map, district_map
from shops import facets, reference, search
from shops.cards import FIELDS, light_of, make_cards, read_cards
from shops.catalogue import ALL
from shops.contacts import phone_for_people
from shops.filters import DistrictFilter, Selection, read_selection, to_the_minute
from shops.models import Shop
from shops.views.listing import FRAGMENTS, NO_ROBOTS, in_order, moment, read_page
from vitrine.htmx import render_page
from vitrine.packed import Packed
from vitrine.page_cache import cacheable

# On the home page.
STREET, NEWEST, MOST_OPEN = 12, 6, 500
# Of a crowded district's shops, how many are gathered into discs, and into how many columns.
GATHERED, COLUMNS = 5000, 14
# On one sheet to be printed.
PRINTED = 500


@require_safe
@cacheable(lights=True)
def home(request):
    structure = reference.structure(request.catalogue)
    if structure.city is None:
        return render_page(request, "shops/home.html", {"empty": True})
    minute = to_the_minute(request.now)
    published = Shop.objects.published()
    lit = Selection(now=minute)
    open_now = _count_open(request.catalogue, lit)
    open_shops = in_order(lit.shops(request.catalogue), lit, open_now)
    street = read_cards(open_shops[:STREET], request.catalogue, minute)
    if not street:
        street = read_cards(published.order_by("daily_order", "pk")[:STREET], request.catalogue, minute)
    newest = published.order_by("-published_at", "pk")[:NEWEST]
    totals = reference.totals(request.catalogue)
    context = {
        "open_now": open_now,
        "street": street,
        "newest": read_cards(newest, request.catalogue, minute),
        "total": totals.get(ALL, 0),
        "map_svg": draw_city(request.catalogue, get_language()),
        "districts": _districts(structure, totals),
        "groups": [(group, totals.get(f"g:{group.code}", 0)) for group in structure.groups.values()],
    }
    return render_page(request, "shops/home.html", context)


@reference.kept(4)
def _count_open(present, lit):
    """How many shops are open, up to MOST_OPEN. Kept for the minute."""
    return facets.at_most(lit.shops(present), MOST_OPEN)


@require_safe
@cacheable
def districts(request):
    structure = reference.structure(request.catalogue)
    totals = reference.totals(request.catalogue)
    context = {
        "map_svg": draw_city(request.catalogue, get_language()),
        "districts": _districts(structure, totals),
        "total": totals.get(ALL, 0),
        "section": "districts",
    }
    return render_page(request, "shops/districts.html", context)


@require_safe
@cacheable(lights=True)
def district(request, slug):
    structure = reference.structure(request.catalogue)
    here = structure.districts.get(slug)
    if here is None:
        raise Http404("No such district.")
    address = reverse("shops:district", args=[slug])
    minute = to_the_minute(request.now)
    context = {
        "district": here,
        "neighbours": [structure.districts[other] for other in sorted(here.neighbour_slugs)],
        "section": "districts",
        "canonical": address,
    }
    selection = read_selection(request, district=slug)
    if selection is None:
        asked = DistrictFilter(request.GET, district=slug, present=request.catalogue, now=minute)
        if asked.form.is_valid():
            return redirect(address + asked.selection.address(asked.selection.page))
        context |= _around(request.catalogue, Selection(district=slug), minute, get_language())
        context |= {
            "form": asked.form,
            "typed": {name: asked.form.data.get(name, "")[:20] for name in ("le", "a")},
        }
        response = render_page(request, "shops/district.html", context, fragments=FRAGMENTS)
        response.headers["X-Robots-Tag"] = NO_ROBOTS
        return response
    context |= _around(request.catalogue, selection.without("page", "printed"), minute, get_language())
    shops = selection.shops(request.catalogue)
    if selection.printed:
        lines = shops.only(*FIELDS, "phone").order_by("name_key", "pk")[:PRINTED]
        context["cards"] = context["lines"] = make_cards(lines, structure, request.now)
        for shop in context["lines"]:
            shop.phone = phone_for_people(shop.phone, structure.city.country) if shop.phone else ""
    else:
        context["cards"], context["page"] = read_page(
            in_order(shops, selection, context["total"]),
            selection,
            request.catalogue,
            request.now,
            inside=here,
        )
    context["selection"] = selection
    context["typed"] = dict(selection.words)
    context["chosen_moment"] = moment(selection.chosen_at) if selection.chosen_at else ""
    if not selection.words:
        context["canonical"] = address + selection.address(selection.page)
    status = 404 if not context["cards"] and selection.page > 1 else 200
    response = render_page(request, "shops/district.html", context, fragments=FRAGMENTS, status=status)
    if selection.words:
        response.headers["X-Robots-Tag"] = NO_ROBOTS
    return response


@reference.kept(128)
def _around(present, selection: Selection, minute, language: str) -> dict:
    """What surrounds the street of a district: figures, filters and map, drawn. Two queries; kept for the minute."""
    structure = reference.structure(present)
    whole = Selection(district=selection.district).shops(present)
    at = selection.chosen_at or minute
    counts = facets.count(
        present, selection, also={"open": whole.open_at(minute), "fresh": whole.with_fresh_hours(minute)}
    )
    points = _points(structure, selection.district, selection.shops(present), counts.total, at)
    picture = _map(structure, selection.district, points)
    placed = sum(point.count for point in points)
    groups = facets.choices(present, counts, selection.values_of)["categories"]
    return {
        "figures": {
            "shops": reference.totals(present).get(f"d:{selection.district}", 0),
            "open": counts.elsewhere("open"),
            "fresh": counts.elsewhere("fresh"),
        },
        "total": counts.total,
        "vouchers": counts.of("v:vouchers"),
        "map_svg": Packed([render_to_string("_map.html", {"map": picture})]),
        # Those without a fixed place. Where not all were counted, nothing is said.
        "unplaced": 0 if counts.total.more or placed >= GATHERED else counts.total.shops - placed,
        "groups": [(group, members) for group, members in groups if not group.disabled],
    }


def _points(structure, slug, shops, total, at):
    """The shops that have a place: each for itself, or gathered with their number where there are more than `MANY`."""
    shops = shops.filter(lat__isnull=False)
    if total.shops > MANY or total.more:
        return _gathered(structure.districts[slug], shops)
    return [
        Point(shop.lon, shop.lat, light_of(shop, structure, at), shop.name_i18n, shop.get_absolute_url())
        for shop in shops.only("name", "i18n", "slug", "lon", "lat", "hours_expression", "hours_stale_at")
    ]


def _map(structure, slug, points):
    """The district with its shops, the others around it."""
    here, others = None, []
    for each in structure.districts.values():
        outline = _outline(each)
        if each.slug == slug:
            here = outline
        else:
            others.append(outline)
    return district_map(here, others, points)


def _gathered(district, shops):
    """Shops that share a square, as one point with their number."""
    west, east = (limit(lon for lon, _lat in district.outline) for limit in (min, max))
    side_m = math.radians(east - west) * 6_371_009 * math.cos(math.radians(district.label_lat)) / COLUMNS
    side = Value(side_m, output_field=FloatField())
    squares = (
        Shop.objects.filter(pk__in=shops.order_by().values("pk")[:GATHERED])
        .values(column=Floor(F("x_m") / side), row=Floor(F("y_m") / side))
        .annotate(number=Count("pk"), middle_lon=Avg("lon"), middle_lat=Avg("lat"))
        .order_by("row", "column")
    )
    return [Point(s["middle_lon"], s["middle_lat"], "many", count=s["number"]) for s in squares]


@reference.kept(8)
def draw_city(present, language: str):
    """The map of all districts, drawn. Kept until the catalogue changes."""
    picture = city_map([_outline(each) for each in reference.structure(present).districts.values()])
    return render_to_string("_map.html", {"map": picture})


def _outline(district):
    return Outline(
        district.slug,
        district.name_i18n,
        district.outline,
        (district.label_lon, district.label_lat),
        reverse("shops:district", args=[district.slug]),
    )


def _districts(structure, totals):
    """The districts by name, each with its number of shops."""
    districts = sorted(structure.districts.values(), key=lambda district: search.key(district.name_i18n))
    return [(district, totals.get(f"d:{district.slug}", 0)) for district in districts]
