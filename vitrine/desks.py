"""The City's desk: Django's admin behind the sign-in of City staff."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class CityDesk(AdminSite):
    site_header = _("Bureau de la Ville")
    site_title = _("Bureau de la Ville")
    index_title = _("Que voulez-vous regarder ?")
    enable_nav_sidebar = False
