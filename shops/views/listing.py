"""The list of shops: filters, counts beside them, order, pages; and the same from where one stands."""

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode

from django import forms
from django.db.models import Avg
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from shops import facets, reference, search
from shops.cards import Card, read_cards
from shops.filters import (
    DAY,
    LAST_PAGE,
    LONGEST_QUERY,
    NAME,
    PAGE_SIZE,
    RELEVANCE,
    SORTS,
    Selection,
    ShopFilter,
    read_selection,
    to_the_minute,
)
from shops.models import Shop
from shops.opening_hours.words import clock, long_day
from shops.vocabulary import Service, SpokenLanguage
from vitrine.htmx import render_page
from vitrine.packed import Packed
from vitrine.page_cache import cacheable

FRAGMENTS = ("results",)
NO_ROBOTS = "noindex, follow"


class Page(NamedTuple):
    """One page of a list whose length nobody counts."""

    number: int
    has_next: bool

    @property
    def has_previous(self):
        return self.number > 1

    @property
    def previous_page_number(self):
        return self.number - 1

    @property
    def next_page_number(self):
        return self.number + 1


class Panel(NamedTuple):
    """The filters of a selection, drawn, and what was counted for them."""

    html: Packed
    total: facets.Number
    # Without the choice of a district, of a category: what an empty list proposes.
    everywhere: facets.Number | None = None
    any_category: facets.Number | None = None


def read_page(shops, selection: Selection, present, at, inside=None) -> tuple[list[Card], Page]:
    """One query: the cards of a page, and whether there is another. `shops` is in its order."""
    start = (selection.page - 1) * PAGE_SIZE
    shops = shops[start : start + PAGE_SIZE + 1]
    cards = read_cards(shops, present, selection.chosen_at or at, inside=inside)
    page = Page(selection.page, has_next=len(cards) > PAGE_SIZE and selection.page < LAST_PAGE)
    return cards[:PAGE_SIZE], page


def in_order(shops, selection: Selection, total: facets.Number | None = None):
    """The chosen order: by name, or as drawn for the day.

    Args:
        shops: in no order.
        selection: says which order.
        total: how many there are, where that is known.
    """
    many = total is not None and (total.more or total.shops >= facets.CAP)
    return shops.in_order("name_key" if selection.sort == NAME else "daily_order", many=many)


@require_safe
@cacheable(lights=True)
def shop_list(request):
    selection = read_selection(request)
    if selection is None:
        asked = ShopFilter(request.GET, present=request.catalogue, now=request.now)
        if not asked.form.is_valid():
            return _refused(request, asked.form)
        return redirect(reverse("shops:list") + asked.selection.address(asked.selection.page))
    context = _context(request, selection)
    base = selection if selection.is_for_robots else _base(selection)
    context |= {
        "headline": headline(selection, request.catalogue),
        # The usual order needs no word in the address.
        "sorts": [
            ("" if value == (RELEVANCE if selection.q else DAY) else value, label, value == selection.sort)
            for value, label in SORTS
            if selection.q or value != RELEVANCE
        ],
        "section": "open" if selection.words == (("ouvert", "1"),) else "shops",
        "canonical": reverse("shops:list") + base.address(base.page),
    }
    status = 404 if not context["cards"] and selection.page > 1 else 200
    response = render_page(request, "shops/list.html", context, fragments=FRAGMENTS, status=status)
    if not selection.is_for_robots:
        response.headers["X-Robots-Tag"] = NO_ROBOTS
    if context["is_vain"] and selection.page == 1 and not selection.without("district").narrows:
        search.count_empty(response, context["search"], at=request.now, district=selection.district)
    return response


def _alternatives(request, query):
    return search.alternatives(query, totals=reference.totals(request.catalogue))


def _find(request, selection, query, total):
    """The shops that are meant, in the chosen order. `query`: the words read; `total`: how many, where that is known."""
    shops = selection.shops(request.catalogue)
    if query is None:
        return in_order(shops, selection, total)
    at = to_the_minute(request.now)
    if selection.sort == RELEVANCE:
        return query.apply(shops, at=at, totals=reference.totals(request.catalogue))
    return in_order(query.filter(shops, at=at), selection)


@reference.kept(256)
def understood(present, text, language):
    """What was typed, read once. At most one statement."""
    return search.understand(text, language=language, structure=reference.structure(present))


def _context(request, selection, find=_find):
    """What every page of the list shows. Three queries at most: the counts, the page of shops, and
    for a search that found nothing what it would find without filters.

    `find`: another way from (request, selection, query, total) to the shops in their order.
    """
    query = understood(request.catalogue, selection.q, get_language()) if selection.q else None
    # Without words the counts come first: they tell how to read the page.
    panel = None if query else _panel(request, selection, selection)
    shops = find(request, selection, query, panel and panel.total)
    cards, page = read_page(shops, selection, request.catalogue, request.now)
    # A search that found nothing has nothing to count: it shows what there is without it.
    is_vain = query is not None and not cards
    unfiltered = _count_unfiltered(query, request) if is_vain and selection.narrows else facets.Number(0)
    panel = panel or _panel(request, selection, Selection() if is_vain else selection, query)
    return {
        "selection": selection,
        "cards": cards,
        "page": page,
        "panel": panel,
        "total": facets.Number(0) if is_vain else panel.total,
        "search": query,
        "alternatives": (
            _alternatives(request, query) if is_vain and selection.page == 1 and not unfiltered.shops else []
        ),
        "is_vain": is_vain,
        "unfiltered": unfiltered,
        "reasons": query.reasons(get_language()) if query else "",
        "query": selection.q,
        "chips": chips(selection, request.catalogue),
        "mapped": _mapped(request, selection),
        "chosen_moment": moment(selection.chosen_at) if selection.chosen_at else "",
        "elsewhere": selection.address_without("quartier", "rue"),
        "otherwise": selection.address_without("categorie"),
        "whenever": selection.address_without("ouvert"),
        "without_filters": f"?{urlencode({'q': selection.q})}",
    }


def _mapped(request, selection):
    """The districts on whose maps the shops that take vouchers are shown, when those are asked for: the chosen one, or all."""
    if not selection.vouchers:
        return []
    districts = reference.structure(request.catalogue).districts
    return [districts[selection.district]] if selection.district else list(districts.values())


def _count_unfiltered(query, request):
    """How many shops the words alone find, up to the cap. One query."""
    return facets.at_most(query.filter(Shop.objects.published(), at=to_the_minute(request.now)))


def _panel(request, selection, counted, query=None):
    """The filters as chosen in `selection`, with the counts of `counted`."""
    words = tuple(pair for pair in selection.words if pair[0] != "tri")
    minute = to_the_minute(request.now) if query and query.open_now else None
    counted = counted.without("page", "sort", "words")
    return draw_panel(request.catalogue, counted, words, minute, get_language())


@reference.kept(256)
def draw_panel(present, selection: Selection, words, minute, language: str) -> Panel:
    """Count and draw the filters. Kept: nothing decides about them but these arguments.

    Args:
        present: the catalogue.
        selection: what is counted; without its page.
        words: what the address says, to be shown as chosen.
        minute: what "open now" means, where the words of the search ask for it.
        language: the reader's.
    """
    found = None
    if selection.q:
        query = understood(present, selection.q, language)
        found = lambda wider: query.filter(wider.shops(present), at=minute)  # noqa: E731
    counts = facets.count(present, selection, found=found)
    return _draw_panel(
        present, counts, lambda name: [value for given, value in words if given == name]
    )._replace(
        everywhere=counts.elsewhere("district") if selection.district else None,
        any_category=counts.elsewhere("category") if selection.group else None,
    )


def _draw_panel(present, counts, typed):
    """The filters with what the address says, right or wrong: `typed` gives the values of a parameter."""
    context = {
        "choices": facets.choices(present, counts, typed),
        "sunday": counts.of("w:sunday"),
        "vouchers": counts.of("v:vouchers"),
        "accessible": counts.of("a:step_free"),
        "typed": {
            name: next(iter(typed(name)), "")[:LONGEST_QUERY]
            for name in ("le", "a", "ouvert", "dimanche", "bons", "accessible")
        },
        "chosen_services": bool(typed("service")),
        "chosen_languages": bool(typed("langue")),
    }
    return Panel(
        Packed([render_to_string("shops/list.html#filters", context)]),
        counts.total,
    )


def _refused(request, form):
    """The form again with what is wrong in words, and nothing found."""
    counts = facets.count(request.catalogue, Selection())
    context = {
        "form": form,
        "headline": _("Commerces"),
        "panel": _draw_panel(request.catalogue, counts, form.data.getlist),
        "section": "shops",
        "total": counts.total,
        "query": form.data.get("q", "")[:LONGEST_QUERY],
        "canonical": reverse("shops:list"),
    }
    response = render_page(request, "shops/list.html", context, fragments=FRAGMENTS)
    response.headers["X-Robots-Tag"] = NO_ROBOTS
    return response


class HereForm(forms.Form):
    """Where one stands. The browser rounds before it sends; who did not is rounded here, to about 100 m."""

    lat = forms.FloatField(min_value=-90, max_value=90, required=False)
    lon = forms.FloatField(min_value=-180, max_value=180, required=False)

    @property
    def position(self) -> tuple[float, float] | None:
        """Longitude and latitude in degrees, or None when none was sent."""
        if not self.is_valid() or None in (lat := self.cleaned_data["lat"], lon := self.cleaned_data["lon"]):
            return None
        return round(lon, 3), round(lat, 3)


@csrf_exempt
@sensitive_post_parameters("lat", "lon")
@require_http_methods(["GET", "HEAD", "POST"])
def near(request):
    """The same list by distance. The position comes in the body and goes nowhere: not kept here, not logged.

    Her own browser may keep the answer for as long as she looks at a shop and comes back.
    """
    if request.method != "POST":
        return redirect("shops:list")
    asked = ShopFilter(request.POST, present=request.catalogue, now=request.now)
    if not asked.form.is_valid():
        response = _refused(request, asked.form)
    else:
        response = _nearest(request, asked.selection, HereForm(request.POST).position)
    response.headers["Cache-Control"] = "private, max-age=600"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _nearest(request, selection, position):
    if position:
        place, name, near = request.city.plane(*position), "", selection
    else:
        # Without a position, the street or the district that was chosen is where one stands.
        place, name = _middle(request, selection)
        near = selection.without("street") if selection.street else selection.without("district")

    def by_distance(request, _selection, query, total):
        shops = _find(request, replace(near, sort=DAY), query, total)
        return shops.nearest(*place) if place else shops.none()

    context = _context(request, selection, by_distance) | {
        "headline": _("Au plus près : %(place)s") % {"place": name} if name else _("Au plus près de vous"),
        "section": "shops",
        "canonical": reverse("shops:list"),
        "near": {"known": place is not None, "position": position},
    }
    return render_page(request, "shops/list.html", context, fragments=FRAGMENTS)


def _middle(request, selection):
    """The middle of the chosen street or district on the city's plane, and its name; (None, "") of nothing."""
    if selection.street:
        shops = Shop.objects.published().carrying(f"s:{selection.street}").filter(x_m__isnull=False)
        middle = shops.aggregate(x=Avg("x_m"), y=Avg("y_m"))
        if middle["x"] is not None:
            name = facets.street_name(reference.streets(request.catalogue), selection.street)
            return (middle["x"], middle["y"]), name
    if selection.district:
        district = reference.structure(request.catalogue).districts[selection.district]
        return request.city.plane(district.label_lon, district.label_lat), district.name_i18n
    return None, ""


def _base(selection):
    """The page for search engines that a combination is a part of."""
    words = tuple(pair for pair in selection.words if pair[0] == "categorie")
    return Selection(words=words)


def headline(selection: Selection, present) -> str:
    """What the list shows, as a title: « Boulangerie · ouverts maintenant · Gare »."""
    structure = reference.structure(present)
    if selection.category:
        what = structure.categories[selection.category].label_i18n
    elif selection.group:
        what = structure.groups[selection.group].label_i18n
    elif selection.q:
        what = _("« %(words)s »") % {"words": selection.q}
    elif selection.now:
        what = _("Commerces ouverts maintenant")
    else:
        what = _("Commerces") if selection.words else _("Tous les commerces")
    parts = [what]
    if selection.q and selection.group:
        parts.append(_("« %(words)s »") % {"words": selection.q})
    if selection.now and (selection.group or selection.q):
        parts.append(_("ouverts maintenant"))
    if selection.chosen_at:
        parts.append(_("ouverts %(moment)s") % {"moment": moment(selection.chosen_at)})
    if selection.sunday:
        parts.append(_("ouverts le dimanche"))
    if selection.vouchers:
        parts.append(_("acceptent les bons d’achat"))
    parts += [str(label) for value, label in Service.choices if value in selection.services]
    spoken = [str(label) for value, label in SpokenLanguage.choices if value in selection.languages]
    if spoken:
        parts.append(_("on y parle %(languages)s") % {"languages": ", ".join(spoken)})
    if selection.accessible:
        parts.append(_("entrée sans marche"))
    if selection.street:
        parts.append(facets.street_name(reference.streets(present), selection.street))
    if selection.district:
        parts.append(structure.districts[selection.district].name_i18n)
    return " · ".join(parts)


def chips(selection: Selection, present) -> list[tuple[str, str]]:
    """Each active filter in words, with the query string that takes it away."""
    structure = reference.structure(present)
    services, languages = dict(Service.choices), dict(SpokenLanguage.choices)
    found = []
    for name, value in selection.words:
        words = {
            "q": lambda value: _("« %(words)s »") % {"words": value},
            "quartier": lambda value: structure.districts[value].name_i18n,
            "rue": lambda value: facets.street_name(reference.streets(present), value),
            "categorie": lambda value: (
                (structure.categories_by_slug.get(value) or structure.groups_by_slug[value]).label_i18n
            ),
            "ouvert": lambda value: _("Ouvert maintenant"),
            "dimanche": lambda value: _("Ouvert dimanche"),
            "bons": lambda value: _("Accepte les bons d’achat"),
            "le": lambda value: moment(selection.chosen_at),
            "service": services.get,
            "langue": languages.get,
            "accessible": lambda value: _("Entrée sans marche"),
        }.get(name)
        if words is None:
            continue
        gone = (
            selection.address_without("le", "a")
            if name == "le"
            else selection.address_without(name, value=value)
        )
        found.append((str(words(value)), gone))
    return found


def moment(at) -> str:
    """A chosen instant in words: « samedi 28 novembre à 10 h »."""
    return _("%(day)s à %(time)s") % {"day": long_day(at.date()), "time": clock(at.time())}
