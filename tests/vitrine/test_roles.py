"""Two roles: the owner makes the tables, the application only works in them."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import ProgrammingError, connection, connections

pytestmark = pytest.mark.django_db


def test_the_application_reads_and_writes_rows():
    made = ContentType.objects.create(app_label="window", model="pane")
    made.model = "glass"
    made.save()
    made.delete()
    assert not ContentType.objects.filter(app_label="window").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE django_content_type",
        "TRUNCATE django_content_type CASCADE",
        "ALTER TABLE django_content_type ADD COLUMN extra int",
        "CREATE TABLE mine (id int)",
        "CREATE EXTENSION hstore",
    ],
)
def test_the_application_cannot_change_the_tables(statement):
    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match=r"must be owner|permission denied"),
    ):
        cursor.execute(statement)


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_two_roles_are_two():
    roles = {}
    for alias in ("default", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")
            roles[alias] = cursor.fetchone()
    assert roles == {"default": ("vitrine_app", False), "owner": ("vitrine_owner", False)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_leaves_nothing_behind(turn):
    """The second turn finds what the first left, unless the owner emptied the tables between them."""
    assert not ContentType.objects.filter(app_label="window").exists()
    ContentType.objects.create(app_label="window", model="pane")


def test_no_table_is_forgotten_when_rights_are_given():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')"
        )
        assert cursor.fetchall() == []
