"""The merchants' desk, `/fr/comptoir/…`: a shop is named by its public id, which never changes."""

from django.urls import path

from shops.desks.merchant import views

app_name = "merchant"
urlpatterns = [
    path("", views.home, name="home"),
    path("<slug:public_id>/", views.shop, name="shop"),
    path("<slug:public_id>/equipe/", views.people, name="people"),
    path("<slug:public_id>/historique/", views.history, name="history"),
]
