from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    name = "shops"
    verbose_name = _("Commerces")

    def ready(self):
        from shops import catalogue
        from vitrine import health

        health.register("opening_hours", catalogue.is_up_to_date)
