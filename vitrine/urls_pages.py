"""Pages about the site itself."""

app_name = "pages"
urlpatterns = []
