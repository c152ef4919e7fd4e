"""The owner's page of tills, beside the other pages of her shop."""

from django.urls import path

from vouchers import till_desk

app_name = "tills"

urlpatterns = [
    path("<slug:public_id>/caisses/", till_desk.tills, name="list"),
    path("<slug:public_id>/caisses/qr.svg", till_desk.qr, name="qr"),
    path("<slug:public_id>/caisses/<int:pk>/", till_desk.one, name="one"),
]
