"""Two merchants next door to each other."""

from tests.security.street import street  # noqa: F401
