from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SandboxConfig(AppConfig):
    """A bank that is none: in development, in the tests and in the demonstration; never in production."""

    name = "sandbox"
    verbose_name = _("Banque fictive")
