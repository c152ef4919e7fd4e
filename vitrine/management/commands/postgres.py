"""`postgres`: start, stop or look at the house's own server; forget its data."""

import shutil

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from vitrine import postgres
from vitrine.demonstration import Demonstration

FORGOTTEN = ("static", "media", "mail", "ledger")


class Command(BaseCommand):
    help = "The embedded PostgreSQL: start, stop, status, reset (forget all data)."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["start", "stop", "status", "reset"])

    def handle(self, *args, what, **options):
        try:
            getattr(self, what)()
        except postgres.PostgresError as error:
            raise CommandError(str(error)) from None

    def start(self):
        server = settings.DATABASES["default"].get("SERVER")
        if not server:
            raise CommandError("DATABASE_URL is set: the embedded PostgreSQL is not used.")
        self.stdout.write(f"PostgreSQL answers in {server.ensure_running()}")

    def status(self):
        for server in self.servers():
            self.stdout.write(f"{server.folder}: {'runs' if server.is_running() else 'stopped'}")

    def stop(self):
        stopped = []
        if Demonstration().stop():
            stopped.append("the demonstration")
        stopped += [f"PostgreSQL in {server.folder.name}" for server in self.servers() if server.stop()]
        self.stdout.write(f"Stopped {' and '.join(stopped)}." if stopped else "Nothing was running.")

    def reset(self):
        self.stop()
        for server in self.servers():
            server.forget_data()
        for name in FORGOTTEN:
            shutil.rmtree(settings.VAR_DIR / name, ignore_errors=True)
        self.stdout.write("Forgotten: the embedded database, static files, media, mails and published heads.")

    @staticmethod
    def servers():
        return [postgres.Server(settings.VAR_DIR / name) for name in ("postgres", "postgres-test")]
