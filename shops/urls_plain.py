"""Addresses that speak no language: printed ones, and those for machines."""

from django.urls import path

from shops.photos import serving
from shops.views import machines

urlpatterns = [
    path("", machines.root, name="root"),
    # Asked for by name where a page names no other, as at the desk.
    path("favicon.ico", machines.favicon, name="favicon"),
    path("id/<slug:public_id>", machines.public_id, name="public_id"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap_index, name="sitemap"),
    path("sitemap-<int:part>.xml", machines.sitemap_part, name="sitemap_part"),
    path("ville.<slug:fingerprint>.css", machines.city_css, name="city_css"),
    path("medias/<slug:name>-<int:width>.<slug:suffix>", serving.media, name="media"),
]
