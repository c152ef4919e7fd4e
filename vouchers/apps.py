from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VouchersConfig(AppConfig):
    name = "vouchers"
    verbose_name = _("Bons d’achat")

    def ready(self):
        from shops import catalogue
        from shops.desks.city.parts import PARTS
        from vouchers import agreements
        from vouchers.desks.part import FINANCES

        catalogue.MORE_FACETS.append(agreements.facets)
        # The journal stays the last one.
        PARTS.insert(-1, FINANCES)
