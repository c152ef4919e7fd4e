"""`rotate_voucher_keys`: bring all codes and IBANs under the first key of VITRINE_VOUCHER_KEYS. Can be repeated, and cut short."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from vouchers.models import BankAccount, PayoutFile, PayoutTerms, Voucher
from vouchers.seals import Unreadable

BATCH = 500


class Command(BaseCommand):
    @property
    def help(self):
        return _(
            "Scelle les codes des bons et les IBAN avec la première clé de VITRINE_VOUCHER_KEYS ; les autres peuvent ensuite en"
            " disparaître."
        )

    def handle(self, **options):
        key = next(iter(settings.VOUCHER_KEYS))
        codes = self._renew(Voucher)
        ibans = sum(self._renew(model) for model in (BankAccount, PayoutTerms, PayoutFile))
        self.stdout.write(_("%(number)d codes scellés avec la clé %(key)s.") % {"number": codes, "key": key})
        self.stdout.write(_("%(number)d IBAN scellés avec la clé %(key)s.") % {"number": ibans, "key": key})

    def _renew(self, model):
        renewed = 0
        while batch := self._some(model):
            renewed += batch
        return renewed

    @transaction.atomic
    def _some(self, model):
        # A file that was not released has no IBAN yet.
        others = model.objects.exclude(key_id__in=[next(iter(settings.VOUCHER_KEYS)), ""]).order_by("pk")
        rows = list(others.select_for_update(of=("self",))[:BATCH])
        for row in rows:
            try:
                row.renew_seal()
            except Unreadable as error:
                raise CommandError(
                    _("%(what)s %(number)d : %(why)s.")
                    % {"what": model._meta.verbose_name.capitalize(), "number": row.pk, "why": error}
                ) from error
        return len(rows)
