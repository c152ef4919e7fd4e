"""The finance desk, under `/gestion/finances/`. Each part keeps its own addresses."""

from django.urls import include, path

from vouchers.desks import home

app_name = "finance"
urlpatterns = [
    path("", home.index, name="home"),
    path("", include("vouchers.desks.campaign_urls")),
    path("", include("vouchers.desks.settlement_urls")),
    path("", include("vouchers.desks.books_urls")),
]
