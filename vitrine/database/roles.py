"""Owner and application: who may do what in the database, settled by `migrate` before it runs."""

import contextlib
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from vitrine.database import EXTENSIONS, OWNER_ALIAS
from vitrine.database.base import DatabaseUnavailableError, DatabaseWrapper


@contextlib.contextmanager
def acting_as_owner() -> Iterator[BaseDatabaseWrapper]:
    """Let the alias `default` be the owner's connection in this thread.

    The alias keeps its name, so a migration's Python that says `Model.objects` without naming an alias writes
    inside the migration's own transaction.
    """
    application = connections[DEFAULT_DB_ALIAS]
    owner = DatabaseWrapper(
        connections[OWNER_ALIAS].settings_dict | {"NAME": application.settings_dict["NAME"]}, DEFAULT_DB_ALIAS
    )
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        yield owner
    finally:
        owner.close()
        connections[DEFAULT_DB_ALIAS] = application


def prepare_database(owner: BaseDatabaseWrapper) -> None:
    """Make the extensions, and give the application its rights on all the owner will ever make. Repeatable.

    Raises:
        DatabaseUnavailableError: an extension, a role or a right is missing that the owner cannot supply.
    """
    app_role = connections.settings[DEFAULT_DB_ALIAS]["USER"]
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT has_schema_privilege(current_schema(), 'CREATE'), current_user, current_schema()"
        )
        may_create, role, schema = cursor.fetchone()
        if not may_create:
            raise DatabaseUnavailableError(
                f"The role {role} may not make tables in the schema {schema}: let it own the database, "
                "or name the owner in DATABASE_OWNER_URL."
            )
        for extension in EXTENSIONS:
            _make_extension(cursor, extension)
        if not app_role or app_role == role:
            return
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [app_role])
        if not cursor.fetchone():
            raise DatabaseUnavailableError(
                f"The role {app_role} of DATABASE_URL does not exist in the database."
            )
        cursor.execute(
            "SELECT 1 FROM pg_default_acl, aclexplode(defaclacl)"
            " WHERE defaclrole = current_user::regrole AND defaclnamespace = current_schema()::regnamespace"
            " AND grantee = to_regrole(%s)",
            [f'"{app_role}"'],
        )
        if cursor.fetchone():
            # Granting again on all tables would give back what a migration took away on purpose.
            return
        names = {"schema": sql.Identifier(schema), "app": sql.Identifier(app_role)}
        for statement in (
            "GRANT USAGE ON SCHEMA {schema} TO {app}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {app}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        ):
            cursor.execute(sql.SQL(statement).format(**names))


def _make_extension(cursor, extension: str) -> None:
    cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [extension])
    if cursor.fetchone():
        return
    cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", [extension])
    if not cursor.fetchone():
        raise DatabaseUnavailableError(
            f"The database server lacks the extension {extension}: install PostgreSQL's contrib package there."
        )
    try:
        cursor.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
    except ProgrammingError:
        raise DatabaseUnavailableError(
            f"The owner's role may not make the extension {extension}: "
            f"as an administrator, run CREATE EXTENSION {extension} in this database."
        ) from None
