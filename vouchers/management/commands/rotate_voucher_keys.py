"""`rotate_voucher_keys`: bring all codes under the first key of VITRINE_VOUCHER_KEYS. Can be repeated, and cut short."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from vouchers.codes import Unreadable
from vouchers.models import Voucher

BATCH = 500


class Command(BaseCommand):
    @property
    def help(self):
        return _(
            "Scelle les codes des bons avec la première clé de VITRINE_VOUCHER_KEYS ; les autres peuvent ensuite en"
            " disparaître."
        )

    def handle(self, **options):
        renewed = 0
        while batch := self._some():
            renewed += batch
        self.stdout.write(
            _("%(number)d codes scellés avec la clé %(key)s.")
            % {"number": renewed, "key": next(iter(settings.VOUCHER_KEYS))}
        )

    @transaction.atomic
    def _some(self):
        others = Voucher.objects.exclude(key_id=next(iter(settings.VOUCHER_KEYS))).order_by("pk")
        vouchers = list(others.select_for_update()[:BATCH])
        for voucher in vouchers:
            try:
                voucher.renew_seal()
            except Unreadable as error:
                raise CommandError(
                    _("Bon %(number)d : %(why)s.") % {"number": voucher.pk, "why": error}
                ) from error
        return len(vouchers)
