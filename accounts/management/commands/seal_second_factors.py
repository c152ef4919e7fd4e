"""`seal_second_factors`: after another SECRET_KEY, so that the one before can be forgotten."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.vault import seal_all


class Command(BaseCommand):
    help = "Seal what second factors are made of anew, with the present SECRET_KEY."

    @transaction.atomic
    def handle(self, **options):
        lost = seal_all(Authenticator.objects.all())
        self.stdout.write("Second factors are sealed with the present SECRET_KEY.")
        if lost:
            self.stderr.write(
                f"{lost} cannot be opened by it, nor by SECRET_KEY_FALLBACKS: those stay as they are."
            )
