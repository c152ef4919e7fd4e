"""`demo`: everything from an empty checkout to a served demonstration city, and a clean end."""

import contextlib
import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from vitrine import translations
from vitrine.database import threads
from vitrine.demonstration import HOST, Demonstration, DemonstrationError, refuse_taken_port
from vitrine.postgres import PostgresError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Serve the demonstration city: database, city, fictional shops, web server and worker. Ctrl-C ends it."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args, port, **options):
        if settings.PRODUCTION:
            raise CommandError("The demonstration does not run with VITRINE_PRODUCTION.")
        self.started = time.monotonic()
        address = f"http://{HOST}:{port}/"
        self._be_in_demonstration_mode(address)
        # SIGINT as well: a shell that starts us in the background has told us to ignore it.
        for number in SIGNALS:
            signal.signal(number, _interrupt)
        demonstration = Demonstration()
        try:
            with demonstration.alone(address):
                refuse_taken_port(port)
                self._serve(demonstration, address, port)
        except (DemonstrationError, PostgresError) as error:
            raise CommandError(str(error)) from None

    def _be_in_demonstration_mode(self, address):
        """The settings have been read: begin again when they were read for something else."""
        public_url = os.environ.get("PUBLIC_URL") or address
        wanted = {"VITRINE_DEMO": "1", "PUBLIC_URL": public_url, "PYTHONUNBUFFERED": "1"}
        if not settings.DEMO or public_url.rstrip("/") != settings.PUBLIC_URL:
            os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | wanted)  # noqa: S606
        os.environ.update(wanted)

    def _serve(self, demonstration, address, port):
        server = settings.DATABASES["default"].get("SERVER")
        ours_to_stop = bool(server) and not server.is_running()
        try:
            self._prepare(server)
            with self._step("Web server and worker"):
                demonstration.start(
                    "web server",
                    *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws"),
                    *("--blocking-threads", str(threads(os.environ)), "--log-level", "warning"),
                    *("--respawn-failed-workers", "vitrine.wsgi:application"),
                )
                demonstration.wait_until_served(address)
                demonstration.start(
                    "worker",
                    *("manage.py", "procrastinate", "worker", "--concurrency", "2"),
                    *("--shutdown-graceful-timeout", "5"),
                )
            self._welcome(demonstration, address)
            # From here on, only the children speak to the database.
            connections.close_all()
            connections["default"].close_pool()
            demonstration.watch()
        except KeyboardInterrupt:
            self.stdout.write("\nEnding …")
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            demonstration.end()
            if ours_to_stop:
                server.stop()
            self.stdout.write("Ended. The data is kept: `make demo` goes on, `make reset` forgets it.")

    def _prepare(self, server):
        if server:
            with self._step("PostgreSQL"):
                server.ensure_running()
        else:
            self._refuse_real_people()
        with self._step("Translations"):
            translations.compile_all()
        with self._step("Static files"):
            self._collect_static()
        with self._step("Database tables"):
            executor = MigrationExecutor(connections["default"])
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", verbosity=0, interactive=False)
        with self._step("The city"):
            call_command("load_city", str(settings.CITY_PACK), verbosity=0)
        with self._step("The fictional shops"):
            call_command("demo_city", desks=True)
        with self._step("Their vouchers"):
            call_command("demo_vouchers")

    def _refuse_real_people(self):
        """A DATABASE_URL left in the environment may name a City's own database: accounts give it away."""
        users = get_user_model()
        there = users._meta.db_table in connection.introspection.table_names()
        if there and users.objects.exclude(email__iendswith=".example").exists():
            raise CommandError(
                "The database of DATABASE_URL has real people's accounts: the demonstration stays out of it. "
                "Unset DATABASE_URL, or name an empty database."
            )

    def _collect_static(self):
        """Fingerprinting and compressing takes seconds, so only when a file changed."""
        found = hashlib.sha256(repr((settings.STORAGES, settings.STATIC_URL)).encode())
        for finder in get_finders():
            for path, storage in finder.list([]):
                source = Path(storage.path(path))
                found.update(f"{path}\0{source.stat().st_size}\0{source.stat().st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if stamp.exists() and stamp.read_text() == found.hexdigest():
            return
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(found.hexdigest())

    def _welcome(self, demonstration, address):
        took = time.monotonic() - self.started
        Path(settings.MAIL_FOLDER).mkdir(parents=True, exist_ok=True)
        people = get_user_model().objects.filter(email__endswith=".example").order_by("pk")
        # Those that came with the demonstration, not those that a visitor has made since.
        merchants = people.filter(city_roles=[])[:4]
        city = people.exclude(city_roles=[])
        self.stdout.write(
            f"\nVitrine is open ({took:.1f} s).\n"
            f"  The site         {address}\n"
            f"  Merchants        {address}fr/comptoir/\n"
            f"    e-mail         {_listed(merchants)}\n"
            f"  The City's desk  {address}gestion/\n"
            f"    e-mail         {_listed(city)}\n"
            f"    second factor  {demonstration.city_secret()} (`make code` tells the code of the moment)\n"
            f"  Their password   {demonstration.city_password()}\n"
            f"  Its mails        {address}boite-fictive/ (kept in {settings.MAIL_FOLDER})\n"
            "Ctrl-C ends it."
        )

    @contextlib.contextmanager
    def _step(self, name):
        began = time.monotonic()
        self.stdout.write(f"{name} …")
        self.stdout.flush()
        yield
        took = time.monotonic() - began
        if took >= 1:
            self.stdout.write(f"  {took:.1f} s")


def _listed(people):
    return " or ".join(people.values_list("email", flat=True)) or "nobody"


def _interrupt(_number, _frame):
    raise KeyboardInterrupt
