from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class VitrineConfig(AppConfig):
    name = "vitrine"

    def ready(self):
        from vitrine import checks  # noqa: F401 - registers itself


class CityDeskConfig(AdminConfig):
    """Django's admin as the city desk."""

    default_site = "vitrine.desks.CityDesk"
