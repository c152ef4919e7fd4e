"""What both desks speak; and the City's desk, Django's admin behind the house's door (`accounts.middleware`)."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

# The desks are not offered in Luxembourgish (docs/words.md): its readers get French.
DESK_LANGUAGES = ("fr", "de", "en")


def desk_language(wished: str) -> str:
    return wished if wished in DESK_LANGUAGES else settings.LANGUAGE_CODE


class CityDesk(AdminSite):
    site_header = _("Bureau de la Ville")
    site_title = _("Bureau de la Ville")
    index_title = _("Que voulez-vous regarder ?")
    enable_nav_sidebar = False

    @method_decorator(require_POST)
    def logout(self, request, extra_context=None):
        logout(request)
        return redirect("account_login")

    def password_change(self, request, extra_context=None):
        """One place for it, which tells the person by mail."""
        return redirect("account_change_password")
