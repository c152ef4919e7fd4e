"""Addresses that machines ask for, and those that lead to a person's language."""

import math

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_safe

from shops import catalogue, reference
from shops.models import Shop
from vitrine.page_cache import accepted_encoding, cacheable, compress

# Addresses in one part of the sitemap; the standard allows 50,000, memory likes fewer.
PART = 4000
IN_A_FEED = 30


class SeeOther(HttpResponseRedirect):
    """What was asked for has no page of its own; here is the page about it."""

    status_code = 303


def preferred_language(request) -> str:
    """The first language of the browser that the city offers, else the city's own."""
    offered = request.city.languages if request.city else [settings.LANGUAGE_CODE]
    for code, weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "").lower()):
        language = code.partition("-")[0]
        if weight > 0 and language in offered:
            return language
    return offered[0]


def _in_their_language(request, name, *args, response=HttpResponseRedirect):
    with translation.override(preferred_language(request)):
        answer = response(reverse(name, args=args))
    patch_vary_headers(answer, ["Accept-Language"])
    return answer


@require_safe
def root(request):
    return _in_their_language(request, "shops:home")


@require_safe
def public_id(request, public_id):
    """The printed address of a shop: to its page, or to the page of the shop that replaced it."""
    shop = get_object_or_404(Shop, public_id=public_id.lower())
    seen = set()
    while shop.status == Shop.Status.MERGED and shop.pk not in seen:
        seen.add(shop.pk)
        shop = shop.merged_into
    if shop.status not in {Shop.Status.PUBLISHED, Shop.Status.CLOSED}:
        raise Http404("No shop that can be shown has this id.")
    return _in_their_language(request, "shops:detail", shop.slug, response=SeeOther)


@require_safe
@cacheable
def robots(request):
    """Parameters are for people, but for one category at a time and the pages of a list."""
    lines = [
        "User-agent: *",
        "Disallow: /gestion/",
        "Disallow: /*?",
        "Allow: /*/commerces/?categorie=",
        "Disallow: /*/commerces/?categorie=*&",
        "Allow: /*/commerces/?categorie=*&page=",
        "Allow: /*?page=",
        "",
        f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


# The sitemap


def _shops_in_a_part(structure):
    return PART // len(structure.city.languages)


@require_safe
@cacheable
def sitemap_index(request):
    structure = reference.structure(request.catalogue)
    if structure.city is None:
        raise Http404("No city is loaded yet.")
    total = reference.totals(request.catalogue).get(catalogue.ALL, 0)
    parts = range(1 + math.ceil(total / _shops_in_a_part(structure)))
    entries = "".join(
        f"<sitemap><loc>{settings.PUBLIC_URL}{reverse('sitemap_part', args=[part])}</loc></sitemap>\n"
        for part in parts
    )
    return _xml(
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</sitemapindex>\n'
    )


@require_safe
@cacheable
def sitemap_part(request, part):
    """Part 0 is the pages of the site, the others so many shops each."""
    structure = reference.structure(request.catalogue)
    if structure.city is None:
        raise Http404("No city is loaded yet.")
    languages = structure.city.languages
    totals = reference.totals(request.catalogue)
    size = _shops_in_a_part(structure)
    with translation.override(languages[0]):
        if part == 0:
            paths = _pages(structure, totals)
        elif part <= math.ceil(totals.get(catalogue.ALL, 0) / size):
            start = (part - 1) * size
            slugs = (
                Shop.objects.published().order_by("pk").values_list("slug", flat=True)[start : start + size]
            )
            prefix = reverse("shops:list")
            paths = [f"{prefix}{slug}/" for slug in slugs]
        else:
            raise Http404("The sitemap has no such part.")
    prefix = f"/{languages[0]}/"
    entries = "".join(_entry(path.removeprefix(prefix), languages) for path in paths)
    return _xml(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{entries}</urlset>\n'
    )


def _pages(structure, totals):
    """The pages that are not a shop's, in one language: none of them empty."""
    names = [
        "shops:home",
        "shops:districts",
        "shops:list",
        "pages:about",
        "pages:ranking",
        "shops:moderation",
        "pages:accessibility",
        "pages:privacy",
        "pages:legal",
    ]
    categories = [f"g:{group.code}" for group in structure.groups.values()]
    categories += [f"c:{category.code}" for category in structure.categories.values()]
    slugs = [group.slug for group in structure.groups.values()]
    slugs += [category.slug for category in structure.categories.values()]
    return [
        *map(reverse, names),
        *(reverse("shops:district", args=[slug]) for slug in structure.districts),
        *(
            f"{reverse('shops:list')}?categorie={slug}"
            for facet, slug in zip(categories, slugs, strict=True)
            if totals.get(facet)
        ),
    ]


def _entry(path, languages):
    """One page: an address for each language, each naming all the others."""
    addresses = {language: escape(f"{settings.PUBLIC_URL}/{language}/{path}") for language in languages}
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href="{address}"/>'
        for language, address in addresses.items()
    )
    return "".join(f"<url><loc>{address}</loc>{alternates}</url>\n" for address in addresses.values())


def _xml(body):
    return HttpResponse(
        '<?xml version="1.0" encoding="UTF-8"?>\n' + body, content_type="application/xml; charset=utf-8"
    )


# Feeds


class NewShops(Feed):
    """Shops as they appear, newest first: of the city, or of one district. Addresses are the site's own, absolute."""

    feed_type = Atom1Feed

    def get_object(self, request, slug=None):
        structure = reference.structure(request.catalogue)
        if structure.city is None or (slug and slug not in structure.districts):
            raise Http404("No such feed.")
        return structure, structure.districts.get(slug)

    def title(self, scope):
        structure, district = scope
        return _("Nouveaux commerces : %(place)s") % {"place": (district or structure.city).name_i18n}

    def subtitle(self, scope):
        return _("Les commerces qui viennent d’entrer dans la vitrine.")

    def link(self, scope):
        _structure, district = scope
        path = reverse("shops:district", args=[district.slug]) if district else reverse("shops:list")
        return settings.PUBLIC_URL + path

    def feed_url(self, scope):
        _structure, district = scope
        path = reverse("shops:district_feed", args=[district.slug]) if district else reverse("shops:feed")
        return settings.PUBLIC_URL + path

    feed_guid = feed_url

    def items(self, scope):
        structure, district = scope
        shops = Shop.objects.published()
        if district:
            shops = shops.filter(district=district)
        shops = list(
            shops.only(
                "name", "i18n", "slug", "public_id", "summary", "published_at", "district_id", "category_id"
            ).order_by("-published_at", "pk")[:IN_A_FEED]
        )
        for shop in shops:
            shop.district = structure.districts_by_id[shop.district_id]
            shop.category = structure.categories_by_id[shop.category_id]
        return shops

    def item_title(self, shop):
        return shop.name_i18n

    def item_description(self, shop):
        facts = f"{shop.category.label_i18n} · {shop.district.name_i18n}"
        return f"{facts}. {shop.summary_i18n}" if shop.summary_i18n else facts

    def item_link(self, shop):
        return settings.PUBLIC_URL + shop.get_absolute_url()

    def item_guid(self, shop):
        return settings.PUBLIC_URL + reverse("public_id", args=[shop.public_id])

    def item_pubdate(self, shop):
        return shop.published_at

    def item_updateddate(self, shop):
        return shop.published_at


@require_safe
@cacheable
def feed(request):
    return NewShops()(request)


@require_safe
@cacheable
def district_feed(request, slug):
    return NewShops()(request, slug=slug)


@require_safe
def favicon(request):
    return HttpResponseRedirect(static("favicon.png"))


# The city's colours


@require_safe
def city_css(request, fingerprint):
    """The districts' colours. The address changes with them, so a browser may keep the answer for ever."""
    structure = reference.structure(request.catalogue)
    if structure.city is None:
        raise Http404("No city is loaded yet.")
    encoding = accepted_encoding(request)
    response = HttpResponse(
        _compressed(structure.stylesheet, encoding), content_type="text/css; charset=utf-8"
    )
    if encoding:
        response.headers["Content-Encoding"] = encoding
    patch_vary_headers(response, ["Accept-Encoding"])
    present = fingerprint == structure.stylesheet_fingerprint
    # A page kept elsewhere may still name yesterday's colours: it gets today's, and does not keep them.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if present else "no-cache"
    return response


@reference.kept(4)
def _compressed(text, encoding):
    return compress(text.encode(), encoding, kept=True)
