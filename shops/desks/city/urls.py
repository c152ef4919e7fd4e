"""The City's desk beside Django's admin: pages drawn for the job, under `/gestion/` and behind the same door."""

from django.urls import path

from shops.desks.city import figures, imports, premises

app_name = "city"
urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.import_run, name="import"),
    path("imports/<int:pk>/decider/", imports.import_decide, name="import_decide"),
    path("exports/commerces.csv", imports.export_shops, name="export_shops"),
    path("exports/locaux.csv", imports.export_premises, name="export_premises"),
    path("locaux/", premises.register, name="premises"),
    path("locaux/rues/", premises.streets, name="streets"),
    path("locaux/rues/<slug:slug>/", premises.street, name="street"),
    path("locaux/<int:pk>/", premises.one, name="premises_one"),
    path("chiffres/", figures.figures, name="figures"),
    path("chiffres/quartiers.csv", figures.figures_csv, name="figures_csv"),
]
