"""`demo_vouchers`: a fictional issuer of vouchers, shops that take them, and what was bought."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vouchers import demo


class Command(BaseCommand):
    help = "Sell vouchers in the demonstration. Again: changes nothing."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("Only the demonstration has fictional vouchers (VITRINE_DEMO=1).")
        demo.fill(at=timezone.now())
