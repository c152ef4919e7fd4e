"""`demo_code`: what an application would show for the second factor of the demonstration's City accounts."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from vitrine.demonstration import Demonstration

PERIOD_SECONDS = 30


class Command(BaseCommand):
    help = "Print the code of the moment for the demonstration's City accounts."
    requires_system_checks = []

    def handle(self, *args, **options):
        if settings.PRODUCTION:
            raise CommandError("Production has no demonstration accounts.")
        counter = int(time.time()) // PERIOD_SECONDS
        self.stdout.write(format_hotp_value(hotp_value(Demonstration().city_secret(), counter)))
