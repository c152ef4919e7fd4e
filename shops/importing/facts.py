"""What a file says of a place, in our own words: each value checked, each refused one named with its reason."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from shops.opening_hours import Hours, InvalidHours
from shops.opening_hours.repair import Repaired, repair
from shops.vocabulary import FactGroup, LinkKind

# Which group of facts a field belongs to; names in other languages go with the name.
GROUPS = {
    "name": FactGroup.IDENTITY,
    "other_names": FactGroup.IDENTITY,
    "category": FactGroup.IDENTITY,
    "other_categories": FactGroup.IDENTITY,
    "district": FactGroup.IDENTITY,
    "position": FactGroup.IDENTITY,
    "street": FactGroup.IDENTITY,
    "house_number": FactGroup.IDENTITY,
    "postcode": FactGroup.IDENTITY,
    "place_note": FactGroup.IDENTITY,
    "opening_hours": FactGroup.HOURS,
    "opening_hours_text": FactGroup.HOURS,
    "phone": FactGroup.CONTACT,
    "email": FactGroup.CONTACT,
    "links": FactGroup.CONTACT,
    "services": FactGroup.SERVICES,
    "payments": FactGroup.SERVICES,
    "spoken_languages": FactGroup.SERVICES,
    "accessibility": FactGroup.ACCESSIBILITY,
}

NAME_LENGTH = 120
OTHER_NAMES_LENGTH = 200
HOURS_LENGTH = 1000
LINK_LENGTH = 300
VALUE_LENGTH = 2000  # of any value before it is looked at
SHOWN_LENGTH = 200  # of a value in the report
MOST_NAMES = 50  # beside the name


def group_of(name: str) -> FactGroup:
    """The group of facts of a field, as `opening_hours` or `name_de`."""
    return GROUPS.get(name, FactGroup.IDENTITY)


class Refused(ValueError):
    """A value cannot be taken. `str()` of it is the reason."""

    @property
    def sentence(self) -> str:
        """The reason, to stand alone."""
        return sentence(self)


def sentence(reason: object) -> str:
    """A reason of the import's report, to stand alone."""
    return capfirst(str(reason)).rstrip(".") + "."


@dataclass(slots=True)
class Remark:
    """A line of the report: which field of the file, with which value, and why it was not taken as it is."""

    field: str
    value: str
    reason: str


@dataclass(slots=True)
class Row:
    """One place of the file. `facts` holds only what the file says; a field that is absent says nothing.

    `services`, `payments` and `accessibility` map a code to an answer (True, False; yes, partly, no), so that
    what the file does not mention stays as it is.
    """

    number: int  # as the file counts: elements from 1, lines of a table with its heading as 1
    external_id: str = ""
    name: str = ""
    facts: dict = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    refusal: Remark | None = None

    def take(self, name: str, key: str, value: str, read: Callable[[str], object]):
        """Read one value of the file; what cannot be taken becomes a remark and nothing else happens.

        Args:
            name: the fact it becomes.
            key: what the file calls it.
            read: makes the fact of the text, or raises Refused.
        """
        try:
            self.facts[name] = read(value)
        except Refused as refused:
            self.remark(key, value, str(refused))

    def remark(self, key: str, value: object, reason: str):
        self.remarks.append(Remark(key[:SHOWN_LENGTH], str(value)[:SHOWN_LENGTH], reason))

    def refuse(self, key: str, value: object, reason: str):
        """Refuse the whole place; the first reason stands."""
        self.refusal = self.refusal or Remark(key, str(value)[:SHOWN_LENGTH], reason)


def too_long(value: str, limit: int) -> str:
    """The reason for which a text does not fit."""
    return _("trop long : %(length)s caractères, %(limit)s au plus") % {"length": len(value), "limit": limit}


# Characters that hide or turn around what stands next to them.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_HIDDEN = frozenset({"Cc", "Cs", "Cn"})


def text(limit: int) -> Callable[[str], str]:
    """A reader of one line of at most `limit` characters: white space tidied, nothing invisible in it."""

    def read(value):
        tidy = " ".join(unicodedata.normalize("NFC", value).split())
        if any(sign in _BIDI or unicodedata.category(sign) in _HIDDEN for sign in tidy):
            raise Refused(_("contient des caractères invisibles ou interdits"))
        if len(tidy) > limit:
            raise Refused(too_long(tidy, limit))
        if not tidy:
            raise Refused(_("vide"))
        return tidy

    return read


def lines(limit: int) -> Callable[[str], str]:
    """A reader of several lines of at most `limit` characters together, each read as `text` reads one."""
    one = text(limit)

    def read(value):
        tidy = "\n".join(one(line) if line.strip() else "" for line in value.splitlines()).strip()
        if len(tidy) > limit:
            raise Refused(too_long(tidy, limit))
        return tidy

    return read


def add_names(names: list[str], row: Row, key: str, value: str) -> None:
    """Add the names of a value (separated by semicolons) that can be read; the others become remarks."""
    for part in value.split(";"):
        if part.strip() and len(names) < MOST_NAMES:
            try:
                names.append(text(NAME_LENGTH)(part))
            except Refused as refused:
                row.remark(key, part, str(refused))


def other_names(names: Iterable[str], name: str) -> str:
    """Names beside the name, each once, as many as the field holds."""
    kept = []
    for other in names:
        if other.casefold() not in {name.casefold(), *(known.casefold() for known in kept)}:
            kept.append(other)
            if len("; ".join(kept)) > OTHER_NAMES_LENGTH:
                kept.pop()
    return "; ".join(kept)


def phone(region: str) -> Callable[[str], str]:
    """A reader of telephone numbers as one writes them in a region (ISO 3166): the first valid one, as +…"""

    def read(value):
        for part in re.split(r"[;,/]", value[:200]):
            try:
                number = phonenumbers.parse(part, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        raise Refused(_("n’est pas un numéro de téléphone valable"))

    return read


_is_mailbox = EmailValidator(allowlist=[])  # "localhost" is nobody's host
# Allowed by the standard between quotation marks, used by nobody, copied wrongly by everybody.
_NOT_IN_A_MAILBOX = re.compile(r"[\s\"<>()\\]")


def email(value: str) -> str:
    """The first valid address of a value."""
    for part in re.split("[;,]", value[:1000]):
        address = part.strip().removeprefix("mailto:")
        try:
            _is_mailbox(address)
        except ValidationError:
            continue
        if len(address) <= 254 and not _NOT_IN_A_MAILBOX.search(address):
            return address
    raise Refused(_("n’est pas une adresse e-mail valable"))


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_NOT_IN_A_LINK = re.compile(r"[\s\\<>\"'`{}|^]")
_HANDLE = re.compile(r"@?([A-Za-z0-9_.-]{2,80})")
_SOCIAL_HOSTS = {
    LinkKind.FACEBOOK: ("facebook.com", "fb.com", "fb.me"),
    LinkKind.INSTAGRAM: ("instagram.com",),
    LinkKind.LINKEDIN: ("linkedin.com",),
    LinkKind.TIKTOK: ("tiktok.com",),
    LinkKind.YOUTUBE: ("youtube.com", "youtu.be"),
}
_PROFILES = {
    LinkKind.FACEBOOK: "https://www.facebook.com/{}",
    LinkKind.INSTAGRAM: "https://www.instagram.com/{}",
    LinkKind.LINKEDIN: "https://www.linkedin.com/company/{}",
    LinkKind.TIKTOK: "https://www.tiktok.com/@{}",
    LinkKind.YOUTUBE: "https://www.youtube.com/@{}",
}
_is_address = URLValidator(schemes=["https"])


def web_address(value: str) -> str:
    """An https address: http is raised to it, a bare host gets it; anything else is refused."""
    value = value.strip()
    scheme = _SCHEME.match(value)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise Refused(_("ce genre d’adresse (« %(scheme)s: ») n’est pas admis") % {"scheme": scheme[1][:20]})
    hidden = any(unicodedata.category(sign)[0] == "C" for sign in value)
    if hidden or _NOT_IN_A_LINK.search(value) or value.startswith("/"):
        raise Refused(_("n’est pas une adresse web valable"))
    try:
        parts = urlsplit(value if scheme else f"https://{value}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Refused(_("n’est pas une adresse web valable")) from None
    if "@" in parts.netloc:
        raise Refused(_("une adresse web ne contient pas d’identifiant"))
    if port not in (None, 80, 443) or _is_ip(host):
        raise Refused(_("n’est pas l’adresse publique d’un site"))
    address = urlunsplit(("https", host, parts.path, parts.query, parts.fragment))
    if len(address) > LINK_LENGTH:
        raise Refused(too_long(address, LINK_LENGTH))
    try:
        _is_address(address)
    except ValidationError:
        raise Refused(_("n’est pas une adresse web valable")) from None
    return address


def _is_ip(host):
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # A resolver reads "127.1" and "0x7f.1" as addresses too.
        return host.rsplit(".", 1)[-1].isdigit() or host.rsplit(".", 1)[-1].startswith("0x")
    return True


def link(value: str, kind: str, marketplaces: Iterable[str] = ()) -> tuple[str, str]:
    """A link and its kind, which its host decides before what the file calls it.

    Args:
        kind: what the file calls it.
        marketplaces: hosts where residents buy online.
    """
    value = value.strip()
    handle = _HANDLE.fullmatch(value)
    if kind in _PROFILES and handle and not _of_kind(handle[1].lower(), kind):
        value = _PROFILES[kind].format(handle[1])
    address = web_address(value)
    host = urlsplit(address).hostname
    if any(_under(host, known) for known in marketplaces):
        return LinkKind.MARKETPLACE.value, address
    for known in _SOCIAL_HOSTS:
        if _of_kind(host, known):
            return known.value, address
    return (LinkKind.OTHER.value if kind in _SOCIAL_HOSTS else LinkKind(kind).value), address


def _of_kind(host, kind):
    return any(_under(host, known) for known in _SOCIAL_HOSTS[kind])


def _under(host, known):
    return host == known or host.endswith(f".{known}")


def hours(row: Row, key: str, value: str, place) -> None:
    """Opening hours: understood, repaired where the meaning is certain, else kept as text and flagged."""
    try:
        given = text(HOURS_LENGTH)(value)
    except Refused as refused:
        row.remark(key, value, str(refused))
        return
    try:
        repaired = weekly_hours(given, place)
    except Refused as refused:
        row.facts["opening_hours"] = ""
        row.facts["opening_hours_text"] = given
        row.remark(key, given, _("gardé comme texte, horaires à confirmer : %(why)s") % {"why": refused})
        return
    row.facts["opening_hours"] = repaired.expression
    row.facts["opening_hours_text"] = ""
    if repaired.changed:
        row.remark(key, given, _("lu comme « %(hours)s »") % {"hours": repaired.expression})


def weekly_hours(given: str, place) -> Repaired:
    """Opening hours as somebody wrote them, repaired where the meaning is certain.

    Raises:
        Refused: it is not.
    """
    repaired = repair(given)
    if repaired.expression is None:
        raise Refused(repaired.reason)
    try:
        Hours.parse(repaired.expression, place)
    except InvalidHours as invalid:
        raise Refused(str(invalid)) from invalid
    return repaired
