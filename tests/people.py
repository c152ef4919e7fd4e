"""The people of the cast, as accounts. The shops `marie` and `paul` are their shops; these are they themselves."""

import pytest
from allauth.account.models import EmailAddress

from accounts.models import CityRole, User
from shops.models import Membership, MerchantRole
from tests.shops.factories import TUESDAY_10H


def make_person(email, *, name="", language="fr", **facts) -> User:
    """An account with a confirmed address. Without a password: codes open it."""
    user = User.objects.create_user(email, None, name=name, language=language, **facts)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_member(shop, user, role=MerchantRole.OWNER, *, at=TUESDAY_10H) -> Membership:
    """Somebody who keeps a page. The page is then claimed."""
    if shop.claimed_at is None:
        shop.claimed_at = at
        shop.save(update_fields=["claimed_at"])
    return Membership.objects.create(shop=shop, user=user, role=role, since_at=at)


@pytest.fixture
def marie_herself(marie):
    """Marie, who owns the bakery."""
    user = make_person("marie@boulangerie.example", name="Marie Muller")
    make_member(marie, user)
    return user


@pytest.fixture
def paul_himself(paul):
    """Paul, who owns the bookshop next door and must never see Marie's drafts."""
    user = make_person("paul@librairie.example", name="Paul Weber")
    make_member(paul, user)
    return user


@pytest.fixture
def tom(marie):
    """Tom, who works Marie's till."""
    user = make_person("tom@boulangerie.example", name="Tom Schmit")
    make_member(marie, user, MerchantRole.TILL)
    return user


@pytest.fixture
def claire(db):
    """Claire, who moderates for the City."""
    return make_person("claire@ville.example", name="Claire", city_roles=[CityRole.MODERATOR])
