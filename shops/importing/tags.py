"""From OpenStreetMap tags to our facts. A tag that says nothing certain to us is left alone, never guessed from."""

import re

from django.utils.translation import gettext as _

from districts.city_pack import OSM_KEYS
from shops.vocabulary import AccessAnswer, AccessQuestion, LinkKind, Payment, Service

from . import facts
from .facts import Refused, Row
from .frame import Frame
from .overpass import Element

PHONES = ("phone", "contact:phone", "mobile", "contact:mobile")
EMAILS = ("email", "contact:email")
LINKS = {
    "website": LinkKind.WEBSITE,
    "contact:website": LinkKind.WEBSITE,
    "url": LinkKind.WEBSITE,
    "facebook": LinkKind.FACEBOOK,
    "contact:facebook": LinkKind.FACEBOOK,
    "instagram": LinkKind.INSTAGRAM,
    "contact:instagram": LinkKind.INSTAGRAM,
    "contact:linkedin": LinkKind.LINKEDIN,
    "contact:tiktok": LinkKind.TIKTOK,
    "contact:youtube": LinkKind.YOUTUBE,
    "website:booking": LinkKind.BOOKING,
    "reservation:website": LinkKind.BOOKING,
    "website:menu": LinkKind.MENU,
    "website:orders": LinkKind.OTHER,
}
OTHER_NAMES = ("alt_name", "official_name", "short_name", "old_name", "loc_name")
YES_NO = {"yes": True, "no": False}
# tag -> the service it tells of, and what its values say. Other values say nothing.
SERVICES = {
    "delivery": (Service.DELIVERY, YES_NO | {"only": True}),
    "takeaway": (Service.TAKEAWAY, YES_NO | {"only": True}),
    "click_and_collect": (Service.PICKUP, YES_NO),
    "reservation": (Service.RESERVATION, YES_NO | {"required": True, "recommended": True}),
    "outdoor_seating": (
        Service.TERRACE,
        YES_NO | dict.fromkeys(("terrace", "patio", "garden", "sidewalk"), True),
    ),
    "toilets": (Service.TOILETS, YES_NO | {"customers": True}),
    "kids_area": (Service.CHILDREN, YES_NO | {"indoor": True, "outdoor": True}),
    "dog": (Service.DOGS, YES_NO | {"leashed": True}),
    "second_hand": (Service.SECOND_HAND, YES_NO | {"only": True}),
    "organic": (Service.ORGANIC, YES_NO | {"only": True}),
    "bulk_purchase": (Service.REFILL, YES_NO | {"only": True}),
    "repair": (Service.REPAIR, YES_NO | {"only": True}),
    "service:bicycle:repair": (Service.REPAIR, YES_NO),
    "rental": (Service.RENTAL, YES_NO),
    "service:bicycle:rental": (Service.RENTAL, YES_NO),
    "gift_wrapping": (Service.GIFT_WRAP, YES_NO),
}
# One card of a kind that is taken says that the kind is; one that is not says nothing of the kind.
ONLY_YES = {"yes": True}
PAYMENTS = {
    "payment:cash": (Payment.CASH, YES_NO | {"only": True}),
    "payment:debit_cards": (Payment.DEBIT_CARD, YES_NO),
    "payment:maestro": (Payment.DEBIT_CARD, ONLY_YES),
    "payment:v_pay": (Payment.DEBIT_CARD, ONLY_YES),
    "payment:girocard": (Payment.DEBIT_CARD, ONLY_YES),
    "payment:credit_cards": (Payment.CREDIT_CARD, YES_NO),
    "payment:visa": (Payment.CREDIT_CARD, ONLY_YES),
    "payment:mastercard": (Payment.CREDIT_CARD, ONLY_YES),
    "payment:american_express": (Payment.CREDIT_CARD, ONLY_YES),
    "payment:contactless": (Payment.CONTACTLESS, YES_NO),
    "payment:apple_pay": (Payment.MOBILE, ONLY_YES),
    "payment:google_pay": (Payment.MOBILE, ONLY_YES),
    "payment:payconiq": (Payment.MOBILE, ONLY_YES),
    "payment:wero": (Payment.MOBILE, ONLY_YES),
    "payment:meal_voucher": (Payment.MEAL_VOUCHER, YES_NO),
}
ACCESS_ANSWERS = {
    "yes": AccessAnswer.YES,
    "designated": AccessAnswer.YES,
    "limited": AccessAnswer.PARTLY,
    "no": AccessAnswer.NO,
}
ACCESS = {
    "wheelchair": AccessQuestion.STEP_FREE,
    "toilets:wheelchair": AccessQuestion.TOILET,
    "hearing_loop": AccessQuestion.HEARING_LOOP,
}
ADDRESS = {
    "street": ("addr:street", 120),
    "house_number": ("addr:housenumber", 20),
    "postcode": ("addr:postcode", 12),
}
READ = {
    "name", *OTHER_NAMES, *PHONES, *EMAILS, *LINKS, "opening_hours", *SERVICES, *PAYMENTS, *ACCESS,
    "internet_access", "internet_access:fee", "wifi", *(key for key, _limit in ADDRESS.values()),
}  # fmt: skip
_SEVERAL_SITES = re.compile(r"\s*;\s*(?=https?:|www\.)")


def read(element: Element, frame: Frame) -> Row:
    """What an element says of a place, as far as we take it."""
    row = Row(element.number, element.id)
    if not isinstance(element.tags, dict):
        row.refuse("tags", _short(element.tags), _("cet élément n’a pas d’étiquettes lisibles"))
        return row
    tags = _known_tags(row, element.tags, frame)
    if not element.id:
        row.refuse("id", "", _("cet élément n’a pas d’identifiant OpenStreetMap"))
    _read_names(row, tags, frame)
    _read_categories(row, tags, frame)
    if element.lat is None or element.lon is None:
        row.refuse("lat, lon", "", _("pas de position (demandez « out center »)"))
    else:
        row.facts["position"] = (element.lat, element.lon)
    for name, (key, limit) in ADDRESS.items():
        if tags.get(key, "").strip():
            row.take(name, key, tags[key], facts.text(limit))
    _first(row, "phone", PHONES, tags, facts.phone(frame.region))
    _first(row, "email", EMAILS, tags, facts.email)
    _read_links(row, tags, frame)
    if tags.get("opening_hours", "").strip():
        facts.hours(row, "opening_hours", tags["opening_hours"], frame.place)
    _read_answers(row, "services", tags, SERVICES)
    _read_wifi(row, tags)
    _read_answers(row, "payments", tags, PAYMENTS)
    _read_access(row, tags)
    return row


def _known_tags(row, raw, frame):
    """The tags that we read, each a text of a reasonable length."""
    tags = {}
    for key, value in raw.items():
        if key not in READ and key not in frame.selector_keys and not key.startswith("name:"):
            continue
        if not isinstance(value, str):
            row.remark(key, _short(value), _("la valeur n’est pas un texte"))
        elif len(value) > facts.VALUE_LENGTH and key != "name":
            row.remark(key, value, facts.too_long(value, facts.VALUE_LENGTH))
        else:
            tags[key] = value
    return tags


def _read_names(row, tags, frame):
    name = tags.get("name", "")
    if not name.strip():
        row.refuse("name", "", _("ce lieu n’a pas de nom"))
        return
    try:
        row.name = row.facts["name"] = facts.text(facts.NAME_LENGTH)(name)
    except Refused as refused:
        row.refuse("name", name, str(refused))
        return
    others = []
    for key, value in sorted(tags.items()):
        language = key.removeprefix("name:")
        foreign = language != key and len(language) <= 3 and language not in frame.name_languages
        if key in OTHER_NAMES or foreign:
            facts.add_names(others, row, key, value)
    if others := facts.other_names(others, row.name):
        row.facts["other_names"] = others
    for language in frame.name_languages:
        key = f"name:{language}"
        if tags.get(key, "").strip() and tags[key].strip() != row.name:
            row.take(f"name_{language}", key, tags[key], facts.text(facts.NAME_LENGTH))


def _read_categories(row, tags, frame):
    codes = frame.categories_for(tags)
    if codes:
        row.facts["category"] = codes[0]
        row.facts["other_categories"] = tuple(sorted(codes[1:]))
        return
    keys = [key for key in OSM_KEYS if key in tags]
    row.refuse(
        ", ".join(keys) or OSM_KEYS[0],
        ", ".join(tags[key] for key in keys)[:80],
        _("aucune catégorie de la ville ne correspond"),
    )


def _first(row, name, keys, tags, read):
    """Take the first of several tags that can be read; say what is wrong with those before it."""
    for key in keys:
        if name not in row.facts and tags.get(key, "").strip():
            row.take(name, key, tags[key], read)


def _read_links(row, tags, frame):
    links = []
    for key, kind in LINKS.items():
        for value in _SEVERAL_SITES.split(tags[key]) if tags.get(key, "").strip() else ():
            try:
                found = facts.link(value, kind, frame.marketplaces)
            except Refused as refused:
                row.remark(key, value, str(refused))
                continue
            if found[1] not in [address for _kind, address in links]:
                links.append(found)
    if links:
        row.facts["links"] = tuple(links)


def _read_answers(row, name, tags, table):
    answers = {}
    for key, (code, meanings) in table.items():
        meaning = meanings.get(tags.get(key, "").strip())
        if meaning is not None:
            # Of two tags about one thing, a yes stands.
            answers[code.value] = answers.get(code.value, False) or meaning
    if answers:
        row.facts[name] = answers


def _read_wifi(row, tags):
    """Wi-Fi counts only where it is said to be free."""
    wireless = tags.get("internet_access") in ("wlan", "yes") or tags.get("wifi") in ("yes", "free")
    free = tags.get("internet_access:fee") in ("no", "customers") or tags.get("wifi") == "free"
    if wireless and free:
        row.facts.setdefault("services", {})[Service.WIFI.value] = True
    elif tags.get("internet_access") == "no" or tags.get("internet_access:fee") == "yes":
        row.facts.setdefault("services", {})[Service.WIFI.value] = False


def _read_access(row, tags):
    answers = {}
    for key, question in ACCESS.items():
        value = tags.get(key, "").strip()
        if value in ACCESS_ANSWERS:
            answers[question.value] = ACCESS_ANSWERS[value].value
        elif value:
            row.remark(key, value, _("réponse inconnue : yes, limited ou no"))
    if answers:
        row.facts["accessibility"] = answers


def _short(value):
    return str(value)[:80]
