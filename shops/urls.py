"""The catalogue's addresses, under the language's prefix. Path words are French in all languages."""

from django.urls import path

from shops.views import browse, figures, listing, machines, moderation, reminders, reports, search, shop

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
    path("chiffres/", figures.public_figures, name="figures"),
    # Where the links in mails lead: the token is the whole right, and nobody is signed in.
    path("confirmer/<str:token>/", reminders.confirm, name="reminder_confirm"),
    path("jour-ferie/<str:token>/", reminders.holiday, name="reminder_holiday"),
    # One shop. These come last: a slug would swallow the words above.
    path("commerce-manquant/", reports.missing, name="missing"),
    path("commerce-manquant/merci/", reports.missing_thanks, name="missing_thanks"),
    path("ecrire-a-la-ville/", reports.site_report, name="site_report"),
    path("ecrire-a-la-ville/merci/", reports.site_report_thanks, name="site_report_thanks"),
    path("moderation/", moderation.promise, name="moderation"),
    path("commerces/<slug:slug>/", shop.detail, name="detail"),
    path("commerces/<slug:slug>/signaler/", reports.report, name="report"),
    path("commerces/<slug:slug>/revendiquer/", shop.claim, name="claim"),
    path("commerces/<slug:slug>/signaler/merci/", reports.report_thanks, name="report_thanks"),
    path("commerces/<slug:slug>/carte.vcf", shop.vcard, name="vcard"),
    path("commerces/<slug:slug>/horaires.ics", shop.ical, name="ical"),
    path("commerces/<slug:slug>/qr.svg", shop.qr, name="qr"),
    path("commerces/<slug:slug>/apercu.png", shop.og_picture, name="og"),
]
