from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VouchersConfig(AppConfig):
    name = "vouchers"
    verbose_name = _("Bons d’achat")

    def ready(self):
        from shops import catalogue
        from vouchers import agreements

        catalogue.MORE_FACETS.append(agreements.facets)
