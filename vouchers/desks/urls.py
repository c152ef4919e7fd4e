"""The finance desk, under `/gestion/finances/`. Each part keeps its own addresses."""

from django.urls import include, path

app_name = "finance"
urlpatterns = [path("", include("vouchers.desks.campaign_urls"))]
