"""The finance desk, under `/gestion/finances/`. Each part keeps its own addresses."""

app_name = "finance"
urlpatterns = []
