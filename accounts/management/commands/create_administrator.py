"""`create_administrator`: the first person at the City's desk, with a second factor. The others she lets in herself.

Whoever has an account already and lost her second factor gets another by `--new-second-factor`, and nothing else: her
roles stay what they are. An administrator does the same at the desk.
"""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.models import CityRole, User


class Command(BaseCommand):
    help = "Make somebody the City's administrator, and print her second factor once."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--new-second-factor",
            action="store_true",
            help="replace the second factor of somebody who lost it; her sessions end, her roles stay",
        )

    @transaction.atomic
    def handle(self, *args, email, name, new_second_factor, **options):
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        user = User.objects.select_for_update().filter(email__iexact=email).first()
        if new_second_factor:
            if user is None:
                raise CommandError(f"Nobody has an account with {email}.")
            user.lose_second_factor(at=timezone.now())
        else:
            user = self.administrator(user, email, name)
        secret = generate_totp_secret()
        TOTP.activate(user, secret)
        codes = RecoveryCodes.activate(user).get_unused_codes()
        does = (
            "administers the City's desk" if CityRole.ADMINISTRATOR in user.city_roles else "keeps her roles"
        )
        self.stdout.write(
            f"{user.email} {does}. She signs in with a code sent to that address, and with\n"
            f"the second factor below, which is not shown again.\n\n"
            f"  for an application   {secret}\n"
            f"  the same as a link   {get_adapter().build_totp_url(user, secret)}\n"
            f"  on paper, each once  {' '.join(codes)}"
        )

    def administrator(self, user, email, name):
        """Whoever has this address, or somebody new: from now on the City's administrator, and the address hers."""
        if user and user.authenticator_set.exists():
            raise CommandError(
                f"{user.email} has a second factor already: --new-second-factor replaces it, if it is lost."
            )
        if user is None:
            user = User.objects.create_user(email, name=name)
        user.city_roles = sorted({*user.city_roles, CityRole.ADMINISTRATOR.value})
        user.save(update_fields=["city_roles"])
        user.vouch_for_address()
        return user
