from django.urls import path

from bench.bare import views

urlpatterns = [
    path("reste/", views.balance),
    path("prendre/", views.redeem),
    path("constant/", views.constant),
    path("commerces/", views.shop_list),
    path("chercher/", views.search),
    path("commerces/<slug:slug>/", views.detail, name="detail"),
]
