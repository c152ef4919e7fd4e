from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig


class VitrineConfig(AppConfig):
    name = "vitrine"

    def ready(self):
        from vitrine import checks  # noqa: F401 - registers itself


class CityDeskConfig(AdminConfig):
    """Django's admin as the city desk."""

    default_site = "vitrine.desks.CityDesk"

    def ready(self):
        from django.contrib import admin

        super().ready()
        # Machinery of libraries, which register themselves: nobody works with it at a desk.
        admin.site.unregister(
            [
                apps.get_model(name)
                for name in (
                    "account.EmailAddress",
                    "auth.Group",
                    "mfa.Authenticator",
                    "procrastinate.ProcrastinateJob",
                )
            ]
        )
