"""A shop as search engines read it: schema.org's LocalBusiness types in JSON-LD."""

from datetime import date

from django.conf import settings

from shops.opening_hours import opening_hours_specification
from shops.vocabulary import AccessAnswer, FactGroup, Payment

PAYMENT_WORDS = {
    Payment.CASH: "Cash",
    Payment.DEBIT_CARD: "Debit Card",
    Payment.CREDIT_CARD: "Credit Card",
    Payment.INVOICE: "Invoice",
}


def local_business(shop, links, hours, *, city, page_url: str, today: date, stale: set, pictures=()) -> dict:
    """What is known of a shop as a schema.org object. Unknown facts are left out, and groups that are `stale`.

    Its name stays: a thing without a name is no thing at all.
    """
    data = {
        "@context": "https://schema.org",
        "@type": shop.category.schema_type or "LocalBusiness",
        "@id": f"{settings.PUBLIC_URL}/id/{shop.public_id}",
        "name": shop.name_i18n,
        "url": page_url,
    }
    if shop.summary_i18n:
        data["description"] = shop.summary_i18n
    if shop.street and FactGroup.IDENTITY not in stale:
        data["address"] = {
            "@type": "PostalAddress",
            "streetAddress": " ".join(part for part in (shop.house_number, shop.street) if part),
            "addressLocality": city.name_i18n,
            "addressCountry": city.country,
            **({"postalCode": shop.postcode} if shop.postcode else {}),
        }
    if shop.lat is not None and FactGroup.IDENTITY not in stale:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": shop.lat, "longitude": shop.lon}
    if FactGroup.CONTACT not in stale:
        if shop.phone:
            data["telephone"] = shop.phone
        if shop.email:
            data["email"] = shop.email
        if links:
            data["sameAs"] = [link["url"] for link in links]
    if pictures:
        data["image"] = list(pictures)
    if FactGroup.SERVICES not in stale:
        if shop.payments:
            data["paymentAccepted"] = ", ".join(
                PAYMENT_WORDS[payment] for payment in shop.payments if payment in PAYMENT_WORDS
            )
        if shop.spoken_languages:
            data["knowsLanguage"] = [code for code in shop.spoken_languages if code != "sign"]
    if FactGroup.ACCESSIBILITY not in stale and shop.access_answer("step_free") == AccessAnswer.YES:
        data["amenityFeature"] = [
            {"@type": "LocationFeatureSpecification", "name": "Step-free entrance", "value": True}
        ]
    if FactGroup.HOURS not in stale:
        data |= opening_hours_specification(hours, today)
    return data
