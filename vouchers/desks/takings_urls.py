"""The owner's page of takings, beside the other pages of her shop."""

from django.urls import path

from vouchers.desks import takings

app_name = "takings"

urlpatterns = [
    path("<slug:public_id>/recettes/", takings.home, name="home"),
    path("<slug:public_id>/recettes/compte/", takings.account, name="account"),
    path("<slug:public_id>/recettes/export.csv", takings.export, name="export"),
    path("<slug:public_id>/recettes/<int:pk>/releve.pdf", takings.statement, name="statement"),
    path("<slug:public_id>/recettes/<int:pk>/releve.csv", takings.statement_csv, name="statement_csv"),
]
