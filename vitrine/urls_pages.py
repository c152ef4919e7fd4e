"""Pages about the site itself."""

from django.urls import path

from vitrine import pages

app_name = "pages"
urlpatterns = [
    path("a-propos/", pages.about, name="about"),
    path("classement/", pages.ranking, name="ranking"),
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("confidentialite/", pages.privacy, name="privacy"),
    path("mentions-legales/", pages.legal, name="legal"),
]
