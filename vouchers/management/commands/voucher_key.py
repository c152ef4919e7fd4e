"""`voucher_key`: a new key for the codes of vouchers, ready for VITRINE_VOUCHER_KEYS."""

import base64
import secrets

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _


class Command(BaseCommand):
    requires_system_checks = []

    @property
    def help(self):
        return _("Écrit une nouvelle clé pour les codes des bons, à mettre en tête de VITRINE_VOUCHER_KEYS.")

    def handle(self, **options):
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self.stdout.write(f"k{timezone.localdate():%Y%m%d}:{key}")
