"""`demo_city`: the fictional merchants of the demonstration, and who may sign in to it."""

import time
from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from districts.models import City
from shops import demo
from shops.models import Shop
from vitrine.demonstration import Demonstration


class Command(BaseCommand):
    help = "Fill the city with fictional merchants, the same ones for the same seed. Again: changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--shops", type=int, default=demo.SHOPS, help=f"how many (default {demo.SHOPS})")
        parser.add_argument("--seed", type=int, default=demo.SEED, help="same seed, same city")
        parser.add_argument(
            "--at",
            help="the instant to which confirmations and closures are relative (ISO 8601; default: now)",
        )
        parser.add_argument(
            "--desks",
            action="store_true",
            help="fill the desks too: changes, photos, claims, reports (the demonstration alone, and once)",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="for a scratch database: also outside the demonstration, and beside real shops",
        )

    def handle(self, *, shops, seed, at, desks, force, verbosity, **options):
        self.refuse_the_real_city(force)
        if shops < 0:
            raise CommandError("A city has no fewer than 0 shops.")
        city = City.objects.first()
        if city is None:
            raise CommandError("There is no city yet: `manage.py load_city` first.")
        if settings.CITY_PACK is None:
            raise CommandError(
                "No city pack is set (VITRINE_CITY): the merchants' names are in its folder demo."
            )
        began, instant = time.monotonic(), self.instant(at, city)
        try:
            data = demo.Data.read(settings.CITY_PACK / "demo")
            made = demo.load(
                data,
                number=shops,
                seed=seed,
                at=instant,
                progress=self.progress if verbosity else lambda done, total: None,
            )
        except (demo.AnotherDemonstration, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        if verbosity:
            if made:
                took = time.monotonic() - began
                self.stdout.write(f"{made} fictional shops were created in {took:.1f} s.")
            else:
                self.stdout.write(f"Nothing new: the {shops} fictional shops are there.")
        if settings.DEMO:
            self.make_accounts(
                [*demo.ACCOUNTS, *(demo.desk_accounts(data) if desks else ())], instant, verbosity
            )
            if desks:
                began = time.monotonic()
                if demo.fill_desks(data, seed=seed, at=instant) and verbosity:
                    self.stdout.write(f"Their desks were filled in {time.monotonic() - began:.1f} s.")

    def refuse_the_real_city(self, force):
        """Fictional merchants never mix with real ones by mistake; in production not even on purpose."""
        if settings.PRODUCTION:
            raise CommandError("Production has no fictional shops.")
        if force or settings.DEMO:
            return
        if not settings.DEBUG:
            raise CommandError("Fictional shops need VITRINE_DEMO=1, or --force for a scratch database.")
        real = Shop.objects.filter(is_demo=False).count()
        if real:
            raise CommandError(
                f"This database holds {real} real shops: fictional ones come beside them only with --force."
            )

    def instant(self, text, city):
        if not text:
            return timezone.now()
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(f"--at {text} is no instant: 2026-11-24T10:00 is one.") from None
        return at if timezone.is_aware(at) else at.replace(tzinfo=city.tz)

    def progress(self, done, total):
        if total > demo.BATCH:
            self.stdout.write(f"  {done} of {total}")
            self.stdout.flush()

    def make_accounts(self, accounts, at, verbosity):
        demonstration = Demonstration()
        password = demonstration.city_password()
        demo.make_accounts(password, demonstration.city_secret(), at=at, accounts=accounts)
        if verbosity:
            for account in accounts:
                self.stdout.write(
                    f"{account.name} ({account.is_}) signs in as {account.email} with {password}"
                )
