"""Whether a connection of the pool still lives, asked before each request that needs one."""

import select
from time import monotonic

from psycopg import Connection
from psycopg_pool import ConnectionPool

# A network that swallows everything without a word is noticed so late at most.
ASKED_EVERY_S = 10


def check(connection: Connection) -> None:
    """Ask PostgreSQL, where the last answer is old or something has come in unasked; else believe the socket.

    A server that goes away closes its sockets, which costs a look instead of a question and its answer: a twentieth of a
    small page.

    Raises:
        OperationalError: it is dead.
    """
    now = monotonic()
    if now - getattr(connection, "answered_at", -ASKED_EVERY_S) < ASKED_EVERY_S and is_silent(connection):
        return
    ConnectionPool.check_connection(connection)
    connection.answered_at = now


def is_silent(connection: Connection) -> bool:
    """Nothing has come in: no farewell, no error, no end of file."""
    if connection.closed:
        return False
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return not socket.poll(0)
