"""Where a code may go: to contacts that the City or an import set, never to one that a merchant wrote herself.

Otherwise whoever held a page for a day could put a contact of her own there, and take the page again at will.
"""

from shops.models import Change, Claim, Shop
from shops.vocabulary import ConfirmedBy

Method = Claim.Method
ADDRESS = ("street", "house_number", "postcode", "place_note")
FIELDS = ("email", "phone", *ADDRESS)


def offered(shop: Shop) -> dict[str, str]:
    """The ways in which a claim of this shop can be proved, each with where its code goes. One query.

    A page that the City has not looked at yet says nothing that would prove anything. The postal address of a
    published page waits for the City before it changes; one that a merchant wrote while the page was hidden counts
    once the City has checked it. The City's own word needs no contact.
    """
    ways = {Method.WORD: ""}
    if shop.status != Shop.Status.PUBLISHED:
        return ways
    written = Change.objects.filter(shop=shop, field__in=FIELDS, revision__side=ConfirmedBy.MERCHANT)
    by_merchants, address_unchecked = set(), False
    for field, value, state in written.values_list("field", "applied", "state"):
        if field in ADDRESS:
            address_unchecked |= state == Change.State.LIVE
        else:
            by_merchants.add((field, str(value).lower()))
    found = {}
    if shop.email and ("email", shop.email.lower()) not in by_merchants:
        found[Method.EMAIL] = shop.email
    if shop.phone and ("phone", shop.phone) not in by_merchants:
        found[Method.PHONE] = shop.phone
    if shop.street and not address_unchecked:
        found[Method.LETTER] = postal_address(shop)
    return found | ways


def postal_address(shop: Shop) -> str:
    """« 12, Rue de Strasbourg, 2561 », as a letter's second and third line say it."""
    street = ", ".join(part for part in (shop.house_number, shop.street) if part)
    return ", ".join(part for part in (street, shop.place_note, shop.postcode) if part)


def masked(method: str, contact: str) -> str:
    """Enough of a contact to recognise one's own, too little to learn somebody else's."""
    if method == Method.EMAIL:
        name, _at, host = contact.rpartition("@")
        return f"{name[:1]}…@…{host.rpartition('.')[2]}"
    if method == Method.PHONE:
        return f"…{contact[-2:]}"
    return ""
