"""Django's PostgreSQL backend, with the house's own server behind it and sentences in place of tracebacks."""

import logging

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg.errors import UndefinedColumn, UndefinedTable
from psycopg_pool import PoolTimeout

from vitrine.database import OLDEST_VERSION
from vitrine.postgres import PostgresError

# The pool would tell each failed attempt; our one sentence tells the last.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class DatabaseUnavailableError(OperationalError, CommandError):
    """No usable database. As a CommandError, manage.py prints its one sentence and no traceback."""


class NotMigratedError(ProgrammingError, CommandError):
    """The database lacks a table or a column. As a CommandError, manage.py says what to do and no traceback."""


class ErrorWrapper(DatabaseErrorWrapper):
    def __exit__(self, exc_type, exc_value, traceback):
        try:
            super().__exit__(exc_type, exc_value, traceback)
        except ProgrammingError:
            if not isinstance(exc_value, UndefinedTable | UndefinedColumn):
                raise
            missing = exc_value.diag.message_primary
            raise NotMigratedError(f"Run `manage.py migrate` first. ({missing})") from exc_value


class DatabaseWrapper(base.DatabaseWrapper):
    @cached_property
    def wrap_database_errors(self):
        return ErrorWrapper(self)

    def get_connection_params(self):
        """Whoever asks how to connect is about to: this is where the house's own server starts."""
        params = super().get_connection_params()
        if server := self.settings_dict.get("SERVER"):
            params["host"] = self._start(server)
        return params

    def get_new_connection(self, conn_params):
        server = self.settings_dict.get("SERVER")
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError as error:
            if not server:
                raise self._unavailable(error, conn_params) from error
        # Our own server may have died without anybody to bury it, so that its process still seemed alive.
        server.forget()
        conn_params["host"] = self._start(server)
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError as error:
            raise self._unavailable(error, conn_params) from error

    def check_database_version_supported(self):
        found, _minor = self.get_database_version()
        if found < OLDEST_VERSION:
            raise DatabaseUnavailableError(
                f"The database at {self._place()} is PostgreSQL {found}; Vitrine needs {OLDEST_VERSION} or newer."
            )

    def _place(self):
        settings = self.settings_dict
        return f"{settings['HOST'] or 'the local socket'}:{settings['PORT'] or 5432}/{settings['NAME']}"

    def _unavailable(self, error, conn_params):
        if isinstance(error, PoolTimeout):
            # The pool only knows that it waited in vain: one plain attempt says why.
            try:
                self.Database.connect(**conn_params).close()
            except self.Database.OperationalError as reason:
                error = reason
            else:
                pool = self.settings_dict["OPTIONS"]["pool"]
                return DatabaseUnavailableError(
                    f"All {pool['max_size']} connections to the database are in use."
                )
        return DatabaseUnavailableError(
            f"The database at {self._place()} cannot be reached: {' '.join(str(error).split())}"
        )

    @staticmethod
    def _start(server):
        try:
            return server.ensure_running()
        except PostgresError as error:
            raise DatabaseUnavailableError(str(error)) from None
