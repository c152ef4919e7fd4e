"""What a form showed when it was made, carried by the form itself, signed: how a save finds out what changed meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing

from shops.editing import revisions
from shops.editing.facts import Value
from shops.models import Shop

_SALT = "shops.desks.merchant.snapshot"


class Unreadable(Exception):
    """Not a snapshot of this shop made by us: the form is shown again with a new one."""


@dataclass(frozen=True)
class Snapshot:
    """The arguments `base` and `base_version` of `revisions.propose`."""

    base: dict[str, Value]
    version: int


def sign(shop: Shop, names: Iterable[str]) -> str:
    """A token for a hidden field of a form about these facts. The shop carries `today`. Two questions to the database."""
    return _sign(shop, revisions.version_of(shop), revisions.seen_by_its_people(shop, names))


def sign_again(shop: Shop, snapshot: Snapshot, conflicts: Iterable[revisions.Conflict]) -> str:
    """The same form once more, now that what others wrote meanwhile stands beside it.

    Only the facts in conflict move on: what was not in conflict is still compared with what the form first showed,
    so that a colleague's change of a field nobody touched here is not put back.
    """
    base = snapshot.base | {conflict.name: conflict.now for conflict in conflicts}
    return _sign(shop, snapshot.version, base)


def _sign(shop, version, base):
    return signing.dumps({"shop": shop.pk, "version": version, "base": base}, salt=_SALT, compress=True)


def read(token: str, shop: Shop) -> Snapshot:
    """What `sign` wrote for this shop. Raises Unreadable.

    Special days that have ended since the form was made are left out: the page has forgotten them too, and that is
    nobody's change.
    """
    try:
        said = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise Unreadable("not signed by us") from None
    if said["shop"] != shop.pk:
        raise Unreadable("of another shop")
    base = said["base"]
    if "special_days" in base:
        today = shop.today.isoformat()
        base["special_days"] = [day for day in base["special_days"] if day["end_on"] >= today]
    return Snapshot(base, said["version"])
