"""The City's desk: Django's admin behind the house's door (`accounts.middleware`)."""

from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class CityDesk(AdminSite):
    site_header = _("Bureau de la Ville")
    site_title = _("Bureau de la Ville")
    index_title = _("Que voulez-vous regarder ?")
    enable_nav_sidebar = False

    def logout(self, request, extra_context=None):
        logout(request)
        return redirect("account_login")

    def password_change(self, request, extra_context=None):
        """One place for it, which tells the person by mail."""
        return redirect("account_change_password")
