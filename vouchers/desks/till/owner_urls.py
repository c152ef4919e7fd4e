"""The owner's page of tills, beside the other pages of her shop."""

from django.urls import path

from vouchers.desks.till import owner

app_name = "tills"

urlpatterns = [
    path("<slug:public_id>/caisses/", owner.tills, name="list"),
    path("<slug:public_id>/caisses/qr.svg", owner.qr, name="qr"),
    path("<slug:public_id>/caisses/<int:pk>/", owner.one, name="one"),
]
