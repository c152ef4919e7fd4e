"""Rows of which only some columns were read, where a whole model costs more time than the question itself."""

from django.db import connection, models
from django.db.models import DEFERRED


def known[M: models.Model](model: type[M], **columns) -> M:
    """A row whose other columns are read when somebody asks for them.

    Args:
        columns: by their names in the database.
    """
    row = [columns.get(field.attname, DEFERRED) for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, columns.keys(), row)
