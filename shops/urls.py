"""The catalogue's addresses, under the language's prefix. Path words are French in all languages."""

from django.urls import path

from shops.views import browse, listing, machines, search, shop

app_name = "shops"

urlpatterns = [
    path("", browse.home, name="home"),
    path("quartiers/", browse.districts, name="districts"),
    path("quartiers/<slug:slug>/", browse.district, name="district"),
    path("quartiers/<slug:slug>/nouveautes.xml", machines.district_feed, name="district_feed"),
    path("nouveautes.xml", machines.feed, name="feed"),
    path("commerces/", listing.shop_list, name="list"),
    path("commerces/pres-de-moi/", listing.near, name="near"),
    path("commerces/suggestions/", search.suggest, name="suggest"),
    # One shop. These come last: a slug would swallow the words above.
    path("commerce-manquant/", shop.missing, name="missing"),
    path("commerce-manquant/merci/", shop.missing_thanks, name="missing_thanks"),
    path("ecrire-a-la-ville/", shop.site_report, name="site_report"),
    path("ecrire-a-la-ville/merci/", shop.site_report_thanks, name="site_report_thanks"),
    path("commerces/<slug:slug>/", shop.detail, name="detail"),
    path("commerces/<slug:slug>/signaler/", shop.report, name="report"),
    path("commerces/<slug:slug>/revendiquer/", shop.claim, name="claim"),
    path("commerces/<slug:slug>/signaler/merci/", shop.report_thanks, name="report_thanks"),
    path("commerces/<slug:slug>/revendiquer/merci/", shop.claim_thanks, name="claim_thanks"),
    path("commerces/<slug:slug>/carte.vcf", shop.vcard, name="vcard"),
    path("commerces/<slug:slug>/horaires.ics", shop.ical, name="ical"),
    path("commerces/<slug:slug>/qr.svg", shop.qr, name="qr"),
    path("commerces/<slug:slug>/apercu.png", shop.og_picture, name="og"),
]
