"""The demonstration city: fictional merchants in real streets, the same for the same seed.

Nothing here is a merchant's fact: names, texts and habits are data of the city pack's `demo` folder, the rest is
drawn by lot. Every page is marked (`Shop.is_demo`), stands in a street without a house number, and gives addresses
under `.example` and a telephone number that nobody can have.

The city is dealt like cards. A deck of `DECK` shops has every category and every district in its due number, those
written by hand first; larger cities deal it again, with other names. Shop number i is drawn from a lot of its own, so
the first 600 are the same in a city of 600 and of 100,000.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from districts.models import City
from shops import catalogue
from shops.demo.data import Data
from shops.demo.deck import DECK
from shops.demo.desks import fill as fill_desks
from shops.demo.drawing import MARIE, PAUL, Fiction, external_id, invent
from shops.models import Event, Link, Membership, MerchantRole, Shop, SlugHistory, SpecialDay

__all__ = [
    "ACCOUNTS",
    "DECK",
    "MARIE",
    "PAUL",
    "SEED",
    "SHOPS",
    "AnotherDemonstration",
    "Data",
    "Fiction",
    "desk_accounts",
    "external_id",
    "fill_desks",
    "invent",
    "load",
    "make_accounts",
]

SEED = 24
SHOPS = 600
BATCH = 1000
# The people of the demonstration are no newcomers: those are looked at more closely.
THERE_FOR = timedelta(days=400)


@dataclass(frozen=True)
class Account:
    """Somebody who signs in: for the City by her roles, for a shop by the address of its page and her role there."""

    email: str
    name: str
    is_: str  # who that is, in a few words
    language: str = "fr"
    city_roles: tuple[str, ...] = ()
    shops: tuple[tuple[str, MerchantRole], ...] = ()


# Who may sign in to the demonstration. Their password and the City's second factor are made for each checkout, see
# vitrine.demonstration.
ACCOUNTS = [
    Account("marie@um-eck.example", "Marie Muller", "the baker", shops=((MARIE, MerchantRole.OWNER),)),
    Account("tom@um-eck.example", "Tom Schmit", "at Marie’s till", shops=((MARIE, MerchantRole.TILL),)),
    Account(
        "paul@la-page-cornee.example", "Paul Weber", "the bookseller", shops=((PAUL, MerchantRole.OWNER),)
    ),
    Account("claire@ville.example", "Claire", "moderates for the City", city_roles=("moderator",)),
    Account("anne@ville.example", "Anne", "administers the City’s desk", city_roles=("administrator",)),
    Account("frank@ville.example", "Frank", "the City’s finance", city_roles=("finance",)),
    Account("fatima@ville.example", "Fatima", "the second of the City’s finance", city_roles=("finance",)),
    Account("aude@ville.example", "Aude", "audits the City: reads all", city_roles=("auditor",)),
]


class AnotherDemonstration(Exception):
    """The database already holds fictional shops of another seed."""


def desk_accounts(data: Data) -> list[Account]:
    """Who else signs in where the desks are filled. Their shops are given to them there."""
    return [
        Account(person["email"], person["name"], person["is"], person.get("language", "fr"))
        for person in data.desks.get("person", ())
        if person.get("told")
    ]


def make_accounts(
    password: str, secret: str, *, at: datetime, accounts: Iterable[Account] = tuple(ACCOUNTS)
) -> None:
    """Let these in with this password, the City's with this second factor: the demonstration tells them."""
    encoded = ""
    for account in accounts:
        user = get_user_model().objects.filter(email=account.email).first()
        if user is None:
            user = get_user_model()(
                email=account.email, name=account.name, language=account.language, created_at=at - THERE_FOR
            )
        # Hashing takes its time by design: it is done once, for the first, and theirs is the same.
        if not encoded:
            is_theirs = bool(user.password) and user.check_password(password)
            encoded = user.password if is_theirs else make_password(password)
        if (user.password, user.city_roles) != (encoded, list(account.city_roles)):
            user.city_roles = list(account.city_roles)
            user.is_superuser = False
            user.password = encoded
            user.save()
        EmailAddress.objects.update_or_create(
            user=user, email=account.email, defaults={"verified": True, "primary": True}
        )
        for slug, role in account.shops:
            shop = Shop.objects.filter(slug=slug, is_demo=True).first()
            if shop:
                Membership.objects.get_or_create(
                    shop=shop, user=user, defaults={"role": role, "since_at": shop.claimed_at or at}
                )
        if account.city_roles:
            _give_factor(user, secret)


def _give_factor(user, secret):
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if factor is None or decrypt(factor.data["secret"]) != secret:
        Authenticator.objects.filter(user=user).delete()
        TOTP.activate(user, secret)


def load(
    data: Data,
    *,
    number: int = SHOPS,
    seed: int = SEED,
    at: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Bring the fictional shops into the database, in transactions of `BATCH`; those already there are left alone.

    Args:
        data: names, texts and habits.
        number: how many shops there are to be.
        seed: same seed, same city.
        at: the instant to which confirmations, closures and so on are relative.
        progress: called with how many are done, of how many.
    Returns:
        how many were created.
    Raises:
        AnotherDemonstration: the database holds another seed's shops.
        City.DoesNotExist: no city has been loaded.
    """
    city = City.objects.get()
    demo = Shop.objects.filter(is_demo=True)
    present = set(
        demo.filter(external_id__startswith=external_id(seed, 0)[:-1]).values_list("external_id", flat=True)
    )
    if demo.count() > len(present):
        raise AnotherDemonstration(
            "The database already holds fictional shops of another seed, or made by hand."
        )
    missing = {external_id(seed, index) for index in range(number)} - present
    if not missing:
        return 0
    is_first = not Shop.objects.exists()
    taken = set(Shop.objects.exclude(is_demo=True).values_list("slug", flat=True))
    taken |= set(SlugHistory.objects.exclude(shop__is_demo=True).values_list("slug", flat=True))
    fictions = invent(data, city, seed=seed, at=at, taken=taken)
    done = 0
    for batch in batched((next(fictions) for _index in range(number)), BATCH, strict=False):
        new = [fiction for fiction in batch if fiction.shop.external_id in missing]
        if new:
            with transaction.atomic():
                _save(new, at)
        done += len(batch)
        progress(done, number)
    if is_first:
        # Everything there is was derived just now: the night's work has nothing left to do.
        catalogue.day_is_done(at=at)
    return len(missing)


def _save(fictions, at):
    # A merged page names the page that replaces it, which comes first.
    for batch in (
        [fiction for fiction in fictions if not fiction.merged_into],
        [fiction for fiction in fictions if fiction.merged_into],
    ):
        targets = dict(
            Shop.objects.filter(external_id__in=[fiction.merged_into for fiction in batch]).values_list(
                "external_id", "pk"
            )
        )
        for fiction in batch:
            fiction.shop.merged_into_id = targets.get(fiction.merged_into)
        Shop.objects.bulk_create([fiction.shop for fiction in batch])
    for fiction in fictions:
        for row in (*fiction.links, *fiction.special_days, *filter(None, [fiction.event])):
            row.shop = fiction.shop
    through = Shop.other_categories.through
    through.objects.bulk_create(
        through(shop_id=fiction.shop.pk, category_id=category)
        for fiction in fictions
        for category in fiction.also
    )
    Link.objects.bulk_create(link for fiction in fictions for link in fiction.links)
    SpecialDay.objects.bulk_create(day for fiction in fictions for day in fiction.special_days)
    SlugHistory.objects.bulk_create(
        SlugHistory(slug=slug, shop=fiction.shop) for fiction in fictions for slug in fiction.old_slugs
    )
    Event.objects.bulk_create(fiction.event for fiction in fictions if fiction.event)
    catalogue.changed([fiction.shop.pk for fiction in fictions], at=at)
