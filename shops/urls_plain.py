"""Addresses that speak no language: printed ones, and those for machines."""

from django.urls import path

from shops.urls import view

urlpatterns = [
    path("", view("machines.root"), name="root"),
    path("id/<slug:public_id>", view("machines.public_id"), name="public_id"),
    path("robots.txt", view("machines.robots"), name="robots"),
    path("sitemap.xml", view("machines.sitemap_index"), name="sitemap"),
    path("sitemap-<int:part>.xml", view("machines.sitemap_part"), name="sitemap_part"),
    path("ville.<slug:fingerprint>.css", view("machines.city_css"), name="city_css"),
]
