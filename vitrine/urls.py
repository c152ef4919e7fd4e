"""Every address of the site. Path words are French in all languages; only the prefix says which one is spoken."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from vitrine.health import healthz

handler400 = "vitrine.errors.bad_request"
handler403 = "vitrine.errors.permission_denied"
handler404 = "vitrine.errors.page_not_found"
handler500 = "vitrine.errors.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("gestion/finances/", include("vouchers.desks.urls")),
    path("gestion/", include("shops.desks.city.urls")),
    path("gestion/", admin.site.urls),
    path("", include("shops.urls_plain")),
    path("", include("vouchers.urls_plain")),
    path("comptoir/caisse/", include("vouchers.desks.till.urls")),
    *([path("", include("sandbox.urls"))] if not settings.PRODUCTION else []),
    *i18n_patterns(
        path("", include("vitrine.urls_pages")),
        path("compte/", include("accounts.urls")),
        path("comptoir/", include("vouchers.desks.till.owner_urls")),
        path("comptoir/", include("vouchers.desks.takings_urls")),
        path("comptoir/", include("shops.desks.merchant.urls")),
        path("", include("vouchers.urls")),
        path("", include("shops.urls")),
        prefix_default_language=True,
    ),
]
