from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class VitrineConfig(AppConfig):
    name = "vitrine"


class CityDeskConfig(AdminConfig):
    """Django's admin as the city desk."""

    default_site = "vitrine.desks.CityDesk"
