"""`migrate`, by the role that owns the tables, with rights given to the application's."""

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS

from vitrine.database.roles import acting_as_owner, prepare_database


class Command(DjangoMigrate):
    def handle(self, *args, **options):
        if options["database"] != DEFAULT_DB_ALIAS or options["check_unapplied"] or options["plan"]:
            return super().handle(*args, **options)
        with acting_as_owner() as connection:
            prepare_database(connection)
            return super().handle(*args, **options)
