"""The vouchers' addresses, under the language's prefix. No code stands in any: see `vouchers.codes`."""

from django.urls import path

from vouchers import campaign_pages, shopfront, views

app_name = "vouchers"

urlpatterns = [
    path("bon/", views.balance, name="balance"),
    path("bons/", shopfront.buy, name="buy"),
    path("bons/conditions/", shopfront.terms, name="terms"),
    path("bons/lien/", shopfront.lost_link, name="lost_link"),
    path("bons/commande/<str:token>/", shopfront.order, name="order"),
    path("bons/cadeau/<str:token>/", shopfront.gift, name="gift"),
    path("bons/cadeau/<str:token>/bons.pdf", shopfront.gift_pdf, name="gift_pdf"),
    path("bons/cadeau/<str:token>/<int:voucher>.svg", shopfront.gift_qr, name="gift_qr"),
    path("bons/don/<str:token>/", campaign_pages.granted, name="granted"),
    path("bons/don/<str:token>/bon.pdf", campaign_pages.granted_pdf, name="granted_pdf"),
    path("bons/don/<str:token>/bon.svg", campaign_pages.granted_qr, name="granted_qr"),
    path("bons/campagnes/<slug:slug>/", campaign_pages.campaign, name="campaign"),
]
