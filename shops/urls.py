"""The catalogue's addresses, under the language's prefix. Path words are French in all languages."""

from django.urls import path
from django.utils.module_loading import import_string

app_name = "shops"


def view(name):
    """A view of shops.views by its name, looked up on its first call."""

    def answer(request, **kwargs):
        return import_string(f"shops.views.{name}")(request, **kwargs)

    return answer


urlpatterns = [
    path("", view("browse.home"), name="home"),
    path("quartiers/", view("browse.districts"), name="districts"),
    path("quartiers/<slug:slug>/", view("browse.district"), name="district"),
    path("quartiers/<slug:slug>/nouveautes.xml", view("machines.district_feed"), name="district_feed"),
    path("nouveautes.xml", view("machines.feed"), name="feed"),
    path("commerces/", view("listing.shop_list"), name="list"),
    path("commerces/pres-de-moi/", view("listing.near"), name="near"),
    path("commerces/suggestions/", view("search.suggest"), name="suggest"),
    # One shop. These come last: a slug would swallow the words above.
    path("commerce-manquant/", view("shop.missing"), name="missing"),
    path("commerce-manquant/merci/", view("shop.missing_thanks"), name="missing_thanks"),
    path("ecrire-a-la-ville/", view("shop.site_report"), name="site_report"),
    path("ecrire-a-la-ville/merci/", view("shop.site_report_thanks"), name="site_report_thanks"),
    path("commerces/<slug:slug>/", view("shop.detail"), name="detail"),
    path("commerces/<slug:slug>/signaler/", view("shop.report"), name="report"),
    path("commerces/<slug:slug>/revendiquer/", view("shop.claim"), name="claim"),
    path("commerces/<slug:slug>/signaler/merci/", view("shop.report_thanks"), name="report_thanks"),
    path("commerces/<slug:slug>/revendiquer/merci/", view("shop.claim_thanks"), name="claim_thanks"),
    path("commerces/<slug:slug>/carte.vcf", view("shop.vcard"), name="vcard"),
    path("commerces/<slug:slug>/horaires.ics", view("shop.ical"), name="ical"),
    path("commerces/<slug:slug>/qr.svg", view("shop.qr"), name="qr"),
    path("commerces/<slug:slug>/apercu.png", view("shop.og_picture"), name="og"),
]
