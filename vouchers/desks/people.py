"""People whom the books know by number, for who may read their names."""

from collections.abc import Iterable

from accounts.models import User


def names(numbers: Iterable[int | None]) -> dict[int, str]:
    """What the City's people are called, by number; one who has left is missing. One query."""
    wanted = {number for number in numbers if number is not None}
    return {pk: str(person) for pk, person in User.objects.in_bulk(wanted).items()} if wanted else {}
