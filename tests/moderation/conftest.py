"""The City's desk: Claire decides, Aude only looks."""

from datetime import timedelta

import pytest

from accounts.models import CityRole
from districts.models import City
from shops.editing import facts, revisions
from shops.models import Change
from shops.vocabulary import ConfirmedBy
from tests.door import enter
from tests.people import claire, make_person, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401
from tests.shops.factories import TUESDAY_10H

MONDAY_10H = TUESDAY_10H - timedelta(days=1)


@pytest.fixture
def aude(db):
    """Aude audits: she reads everything and changes nothing."""
    return make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR])


@pytest.fixture
def desk(client, claire):  # noqa: F811
    return enter(client, claire)


def propose(shop, by, at=MONDAY_10H, **values):
    """What Marie types on her page: `(changes by field)`."""
    shop.refresh_from_db()
    base = revisions.seen_by_its_people(facts.with_today(shop, at, City.objects.get()))
    revisions.propose(
        shop,
        values,
        base=base,
        base_version=revisions.version_of(shop),
        by=by,
        side=ConfirmedBy.MERCHANT,
        at=at,
    )
    return {
        change.field: change for change in Change.objects.filter(shop=shop, field__in=values).order_by("pk")
    }


def decision(change, what, **more):
    """The fields of one change's form, as a browser sends them."""
    sent = {"what": what, **more}
    return {f"c{change.pk}-{name}": value for name, value in sent.items()}
