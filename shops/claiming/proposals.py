"""A shop that is not listed, proposed by its merchant: a page that the City looks at, and a claim to it."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import translation

from districts.models import City
from shops import catalogue
from shops.claiming import letters
from shops.claiming.proofs import ADDRESS
from shops.editing import facts, revisions
from shops.editing.letters import sentence
from shops.models import Claim, Event, Shop
from shops.models.claim import DAY, KEPT_FOR
from shops.vocabulary import ConfirmedBy

# In any 24 hours, by one person.
PROPOSALS_A_DAY = 5

# What a proposal says of the shop itself; its contacts go through the door of revisions, as a merchant's own word.
COLUMNS = ("name", "category", "district", "street", "house_number", "postcode", "place_note")
CONTACTS = ("phone", "email", "links")
CONTACT_COLUMNS = ("phone", "email")


def propose(user, said: dict, *, at: datetime, language: str, **words) -> Claim:
    """Make a submitted page and its claim. The same shop proposed twice by one person is proposed once.

    Args:
        said: `COLUMNS` and `CONTACTS`, already checked.
        words: what `Claim.start` takes of the person.

    Raises:
        Claim.TooMany: enough for a day.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        same = Claim.objects.undecided().filter(
            user=user, shop__status=Shop.Status.SUBMITTED, shop__name__iexact=said["name"]
        )
        if (claim := same.first()) is not None:
            return claim
        lately = Event.objects.filter(kind="shop:proposed", by=user, at__gt=at - DAY)
        if lately.count() >= PROPOSALS_A_DAY:
            raise Claim.TooMany("proposals")
        # Two people who propose the same name at once would choose the same address for it.
        City.objects.select_for_update(of=("self",)).get()
        shop = Shop.objects.create(
            slug=Shop.objects.free_slug(said["name"]),
            created_at=at,
            **{name: said[name] for name in COLUMNS},
        )
        Event.note(shop, "shop:proposed", by=user, at=at, after={"name": shop.name})
        shop.submit(by=user, at=at)
        claim = Claim.start(shop, user, at=at, language=language, **words)
        _say_contacts(shop, said, user, at)
        return claim


def propose_again(claim: Claim, said: dict, *, at: datetime) -> None:
    """What the City sent back, put right. Raises Shop.MoveNotAllowed when it is not the merchant's turn."""
    with transaction.atomic():
        shop = revisions.locked(claim.shop, at=at)
        if shop.status != Shop.Status.DRAFT:
            raise Shop.MoveNotAllowed(shop.status)
        for name in COLUMNS:
            setattr(shop, name, said[name])
        shop.save(update_fields=COLUMNS)
        shop.submit(by=claim.user, at=at)
        _say_contacts(shop, said, claim.user, at)


def publish(shop: Shop, *, by, at: datetime, why: str, claim: Claim | None = None) -> None:
    """The City takes a proposed page in, and, where `claim` is given, hands it to whoever proposed it.

    Raises Shop.MoveNotAllowed, and Claim.NotAllowed where it is one's own; then nothing is done.
    """
    with transaction.atomic():
        shop = _held(shop, by, at)
        shop.confirm("identity", by=ConfirmedBy.CITY, at=at)
        shop.save(update_fields=["identity_confirmed_at", "identity_confirmed_by"])
        shop.publish(by=by, at=at, why=why)
        if claim is not None:
            claim.grant(by=by, at=at, why=why)
        else:
            for waiting in shop.claims.undecided().select_related("user"):
                letters.tell_published(waiting, shop)


def send_back(shop: Shop, *, by, at: datetime, why: str) -> None:
    """The City cannot take a proposed page as it is, and says why. Raises Shop.MoveNotAllowed, Claim.NotAllowed."""
    with transaction.atomic():
        shop = _held(shop, by, at)
        shop.send_back(by=by, at=at, why=why)
        for claim in shop.claims.undecided().select_related("user"):
            letters.tell_sent_back(claim, shop, why)


def refuse(shop: Shop, *, by, at: datetime, reason: str, words: str = "") -> None:
    """The City does not take a proposed page in, for good: its proposer reads why. Raises as `send_back`.

    Args:
        reason: a `RefusalReason`.
        words: said to the proposer as they are written.
    """
    with transaction.atomic():
        shop = _held(shop, by, at)
        shop.refuse(by=by, at=at, why=words or reason)
        for claim in shop.claims.undecided().select_related("user"):
            with translation.override(claim.language):
                why = f"{sentence(reason)} {words}".strip()
            claim.refuse(by=by, at=at, why=why)


def forget_refused(*, at: datetime) -> int:
    """What was typed in proposals refused a year ago goes; an empty page stays for its events. Returns how many."""
    refused = Event.objects.filter(shop=OuterRef("pk"), kind="status:refused", at__lte=at - KEPT_FOR)
    old = Shop.objects.filter(Exists(refused), status=Shop.Status.REFUSED).exclude(name=F("public_id"))
    forgotten = 0
    for pk in old.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            shop = revisions.locked(Shop(pk=pk), at=at)
            shop.name = shop.slug = shop.public_id
            shop.street = shop.house_number = shop.postcode = shop.place_note = shop.phone = shop.email = ""
            shop.save(update_fields=["name", "slug", *CONTACT_COLUMNS, *ADDRESS])
            shop.links.all().delete()
            shop.claims.all().delete()
            shop.changes.update(before=None, after=None, replaced=None, applied=None, words="", appeal="")
            shop.revisions.update(note="")
            Event.note(shop, "shop:forgotten", by=None, at=at)
            catalogue.changed([pk], at=at)
            forgotten += 1
    return forgotten


def waiting():
    """Proposed pages that the City has not answered, with `proposed_at`: the last time that it was asked."""
    asked = (
        Event.objects.filter(shop=OuterRef("pk"), kind="status:submitted").order_by("-at").values("at")[:1]
    )
    return Shop.objects.filter(status=Shop.Status.SUBMITTED).annotate(
        proposed_at=Coalesce(Subquery(asked), "created_at")
    )


def _held(shop, by, at):
    shop = revisions.locked(shop, at=at)
    if shop.status != Shop.Status.SUBMITTED:
        raise Shop.MoveNotAllowed(shop.status)
    if by is not None and shop.claims.filter(user=by).exists():
        raise Claim.NotAllowed("proposed it herself")
    return shop


def _say_contacts(shop, said, user, at):
    """As a merchant's word: live on the page, and never where a code would go."""
    shop = facts.with_today(shop, at, City.objects.get())
    revisions.propose(
        shop,
        {name: said[name] for name in CONTACTS},
        base=revisions.seen_by_its_people(shop, CONTACTS),
        base_version=revisions.version_of(shop),
        by=user,
        side=ConfirmedBy.MERCHANT,
        at=at,
    )
