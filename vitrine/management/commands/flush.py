"""`flush`, by the role that owns the tables: the application's may not empty them."""

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import DEFAULT_DB_ALIAS

from vitrine.database.roles import acting_as_owner


class Command(DjangoFlush):
    def handle(self, **options):
        if options["database"] != DEFAULT_DB_ALIAS:
            return super().handle(**options)
        with acting_as_owner():
            return super().handle(**options)
