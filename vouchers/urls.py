"""The vouchers' addresses, under the language's prefix. No code stands in any: see `vouchers.codes`."""

from django.urls import path

from vouchers import shopfront, views

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
]
