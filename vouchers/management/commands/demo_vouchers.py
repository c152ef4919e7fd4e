"""`demo_vouchers`: a fictional issuer of vouchers, shops that take them, what was bought, and what the City gave."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vouchers import checks, demo, demo_campaigns, demo_settlement, heads, sealing
from vouchers.models import BookCheck


class Command(BaseCommand):
    help = "Sell vouchers in the demonstration. Again: changes nothing."

    def handle(self, **options):
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("Only the demonstration has fictional vouchers (VITRINE_DEMO=1).")
        now = timezone.now()
        demo.fill(at=now)
        demo_campaigns.prepare(now)
        demo_settlement.prepare(at=now)
        # Its books have a past, and no night went by in which they would have been sealed and proved.
        sealing.seal(at=now)
        heads.publish(at=now)
        if not BookCheck.objects.exists():
            checks.nightly(at=now, clock=timezone.now)
