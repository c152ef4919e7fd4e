"""The till, under `/comptoir/caisse/` in every language: the telephone knows its own."""

from django.urls import path

from vouchers.desks.till import views

app_name = "till"

urlpatterns = [
    path("", views.home, name="home"),
    path("associer/", views.pair, name="pair"),
    path("secret/", views.pin, name="pin"),
    path("vente/", views.sale, name="sale"),
    path("recu/<int:number>/", views.receipt, name="receipt"),
    path("journee/", views.day, name="day"),
    path("papier/", views.paper, name="paper"),
    path("papier/feuille/", views.sheet, name="sheet"),
]
