"""How a shop is written to, called, carried away: formatted contacts, vCard, QR code."""

import io

import phonenumbers
import segno
from segno import helpers

from shops.vocabulary import LinkKind


def phone_for_people(number: str, region: str) -> str:
    """`+35226123456` → « 26 12 34 56 » at home, with its country code from abroad; unchanged if not a number."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed) or not phonenumbers.is_valid_number(parsed):
        # No plan tells how to group it: in pairs it is read more easily than in one piece.
        digits = phonenumbers.national_significant_number(parsed)
        pairs = " ".join(digits[place : place + 2] for place in range(0, len(digits), 2))
        return f"+{parsed.country_code} {pairs}"
    home = phonenumbers.region_code_for_number(parsed) == region
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def website_of(links) -> str:
    """The shop's own site among its links (dicts with `kind` and `url`), or ""."""
    return next((link["url"] for link in links if link["kind"] == LinkKind.WEBSITE), "")


def vcard(shop, links, *, city_name: str, country: str, page_url: str, note: str = "") -> str:
    """A vCard 3.0 of the shop (RFC 2426), fit for a phone's address book. `note` says what is not certain any more."""
    return helpers.make_vcard_data(
        name=f"{shop.name};;;;",
        displayname=shop.name_i18n,
        org=shop.name,
        email=shop.email or None,
        phone=shop.phone or None,
        url=[url for url in (website_of(links), page_url) if url],
        street=" ".join(part for part in (shop.house_number, shop.street) if part) or None,
        city=city_name,
        zipcode=shop.postcode or None,
        country=country,
        lat=shop.lat,
        lng=shop.lon,
        source=page_url,
        memo=note or None,
    )


def qr_svg(address: str) -> bytes:
    """A QR code of an address as an SVG without inline style; level M survives a scratched sticker."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        scale=8,
        border=4,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue()
