"""The vouchers' addresses, under the language's prefix. No code stands in any: see `vouchers.codes`."""

from django.urls import path

from vouchers import views

app_name = "vouchers"

urlpatterns = [
    path("bon/", views.balance, name="balance"),
]
