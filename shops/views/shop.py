"""One shop: its page, what one takes away from it, and who says that it is hers."""

from datetime import UTC, datetime, time
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shops import cards, catalogue, contacts, freshness, picture, reference
from shops.claiming import proofs
from shops.forms import ClaimForm
from shops.models import Claim, Link, Shop, SlugHistory, Trader
from shops.opening_hours import hours_calendar
from shops.photos.picture import of_page
from shops.presentation import ShopPage, draw_sheet
from shops.vocabulary import FactGroup
from vitrine.page_cache import cacheable

NEARBY = 6
CALENDAR_DAYS = 35


@reference.kept(256)
def _reachable(slug, present):
    """The shop at an address, with its links, photos and trader, to be read only. One query; the rest is the frame's.

    Raises Http404.
    """
    links = Link.objects.alive().filter(shop=OuterRef("pk")).values(json=JSONObject(kind="kind", url="url"))
    traders = Trader.objects.filter(shop=OuterRef("pk")).values(
        json=JSONObject(**{name: name for name in Trader.PARTICULARS})
    )
    lists = {"link_list": ArraySubquery(links), "photo_list": of_page(), "trader_facts": Subquery(traders)}
    shop = get_object_or_404(Shop.objects.reachable().annotate(**lists), slug=slug)
    return cards.complete(shop, reference.structure(present))


def _moved(slug, name):
    """Where an address leads that a shop once had, or that a double gave up. Raises Http404."""
    known = SlugHistory.objects.filter(slug=slug).values_list("shop__slug", flat=True).first()
    if not known:
        double = (
            Shop.objects.filter(slug=slug, status=Shop.Status.MERGED).select_related("merged_into").first()
        )
        known = double and double.merged_into.slug
    if not known:
        raise Http404("No shop has or had this address.")
    return redirect(name, known, permanent=True)


@require_safe
@cacheable(lights=True)
def detail(request, slug):
    try:
        shop = _reachable(slug, request.catalogue)
    except Http404:
        return _moved(slug, "shops:detail")
    page = ShopPage(shop, request.catalogue, request.now)
    nearby = []
    if shop.is_published and shop.x_m is not None:
        rows = _neighbours(request.catalogue, shop.pk, shop.x_m, shop.y_m)
        nearby = cards.draw_cards(rows, request.catalogue, request.now)
    # Gone is gone, and says so to machines too.
    status = 200 if shop.is_published else 410
    context = {"shop": shop, "page": page, "sheet": draw_sheet(page), "nearby": nearby}
    return render(request, "shops/detail.html", context, status=status)


@reference.kept(256)
def _neighbours(present, pk, x_m, y_m):
    """What cards need of the shops around one, the nearest first."""
    others = Shop.objects.published().exclude(pk=pk).nearest(x_m, y_m)
    return tuple(cards.read_rows(others[:NEARBY]))


@require_safe
@cacheable
def vcard(request, slug):
    shop = _reachable(slug, request.catalogue)
    text = contacts.vcard(
        shop,
        shop.link_list,
        city_name=request.city.name_i18n,
        country=request.city.country,
        page_url=_permanent_url(shop),
        note=_doubt(shop, request),
    )
    return _attachment(text.encode(), "text/vcard; charset=utf-8", f"{shop.slug}.vcf")


@require_safe
@cacheable(lights=True)
def ical(request, slug):
    shop = _reachable(slug, request.catalogue)
    structure = reference.structure(request.catalogue)
    hours = catalogue.hours_of(shop, structure.place)
    today = request.now.astimezone(request.city.tz).date()
    # Stale hours are not handed out as if they were true: the file is then empty.
    days = 0 if shop.hours_are_stale(request.now) else CALENDAR_DAYS
    body = hours_calendar(
        hours,
        today,
        days,
        key=f"{shop.public_id}@{urlsplit(settings.PUBLIC_URL).hostname}",
        name=shop.name_i18n,
        url=_permanent_url(shop),
        # Midnight, so that the same day's file is the same bytes.
        stamp=datetime.combine(today, time.min, tzinfo=UTC),
    )
    return _attachment(body, "text/calendar; charset=utf-8", f"{shop.slug}.ics")


@require_safe
@cacheable
def qr(request, slug):
    shop = _reachable(slug, request.catalogue)
    return HttpResponse(contacts.qr_svg(_permanent_url(shop)), content_type="image/svg+xml")


@require_safe
@cacheable
def og_picture(request, slug):
    """The picture that goes with a shared link: the façade with its name, drawn here."""
    shop = _reachable(slug, request.catalogue)
    return HttpResponse(picture.shop_png(shop, request.city), content_type="image/png")


@never_cache
def claim(request, slug):
    """“Is this your shop?” Who is not signed in reads how it goes, and comes back here from the door."""
    shop = get_object_or_404(Shop.objects.published().select_related("district"), slug=slug)
    context = {"shop": shop, "ways": proofs.offered(shop)}
    if not request.user.is_authenticated:
        return render(request, "shops/claim.html", context | {"here": request.path})
    form = ClaimForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            claim = Claim.start(
                shop,
                request.user,
                at=request.now,
                language=translation.get_language(),
                **form.cleaned_data,
            )
        except Claim.NotAllowed:
            return redirect("merchant:shop", shop.public_id)
        except Claim.TooMany:
            form.add_error(None, _("Trop de demandes aujourd’hui : réessayez demain, s’il vous plaît."))
        else:
            return redirect("merchant:claim", claim.pk)
    return render(request, "shops/claim.html", context | {"form": form})


def _permanent_url(shop):
    """The address that stays when everything else is renamed: printed on stickers, kept in address books."""
    return settings.PUBLIC_URL + reverse("public_id", args=[shop.public_id])


def _attachment(body, content_type, filename):
    return HttpResponse(
        body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )


def _doubt(shop, request):
    """What an address book should know of contacts that nobody has confirmed lately, or ""."""
    stale = [
        group
        for group in (FactGroup.IDENTITY, FactGroup.CONTACT)
        if freshness.stage(shop, group, request.city, request.now) >= freshness.Stage.STALE
    ]
    if not stale:
        return ""
    groups = ", ".join(str(group.label) for group in stale)
    return _("À confirmer : %(groups)s.") % {"groups": groups}
