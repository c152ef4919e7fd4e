"""The City's desk beside Django's admin: pages drawn for the job, under `/gestion/` and behind the same door."""

from django.urls import path

app_name = "city"
urlpatterns: list[path] = []
