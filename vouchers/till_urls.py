"""The till, under `/comptoir/caisse/` in every language: the telephone knows its own."""

from django.urls import path

from vouchers import till_views

app_name = "till"

urlpatterns = [
    path("", till_views.home, name="home"),
    path("associer/", till_views.pair, name="pair"),
    path("secret/", till_views.pin, name="pin"),
    path("vente/", till_views.sale, name="sale"),
    path("recu/<int:number>/", till_views.receipt, name="receipt"),
    path("journee/", till_views.day, name="day"),
    path("papier/", till_views.paper, name="paper"),
    path("papier/feuille/", till_views.sheet, name="sheet"),
]
