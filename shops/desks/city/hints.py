"""What a moderator should look at twice, in words. Hints, never verdicts."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from shops.desks.city.differences import host_of
from shops.editing import rules
from shops.editing.facts import FACTS
from shops.models import Change

YOUNG = timedelta(days=7)
PHONE = re.compile(r"(?:\+|00)?\d(?:[\s./()-]?\d){5,}")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+|https?://|\bwww\.", re.I)
PRICE = re.compile(r"(?:€|\bEUR\b|\beuros?\b)|[-–]\s?\d{1,2}\s?%", re.I)
ENTIRELY_NEW = 0.4


def hints_on_shop(changes: Iterable[Change], trust: rules.Trust, *, at: datetime) -> list[str]:
    """Reasons to look closer at all that a shop's people write. The changes carry their revision and person."""
    found = []
    if trust is rules.Trust.DOUBTED:
        found.append(_("La Ville a refusé des changements de ce commerce ces derniers mois."))
    people = {change.revision.by for change in changes} - {None}
    for by in sorted(people, key=lambda person: person.pk):
        if by.created_at > at - YOUNG:
            found.append(_("Le compte de %(person)s a moins d’une semaine.") % {"person": by})
    return found


def hints_on(change: Change) -> list[str]:
    """Reasons to look closer at one change."""
    found = []
    if change.is_appealed:
        found.append(_("Le commerçant a répondu au refus : lisez sa réponse."))
    kind = FACTS[change.field].kind
    if kind in ("text", "lines") and isinstance(change.after, str):
        found += _on_text(change, change.before or "", change.after)
    elif kind == "links":
        known = {host_of(url) for _kind, url in change.before or []}
        hosts = {host_of(url) for _kind, url in change.after or []}
        if strange := sorted(hosts - known):
            found.append(_("Mène à un site qui n’y était pas : %(hosts)s.") % {"hosts": ", ".join(strange)})
    elif kind == "notes":
        text = " ".join((change.after or {}).values())
        found += _contacts_in(text)
    return found


def _on_text(change, before, after):
    found = []
    if change.field == "name" or change.field.startswith("name_"):
        alike = SequenceMatcher(None, before.casefold(), after.casefold(), autojunk=False).ratio()
        if before and alike < ENTIRELY_NEW:
            found.append(_("Le nom n’a presque rien de l’ancien : est-ce encore le même commerce ?"))
        if len(after) > 3 and after == after.upper() != after.lower():
            found.append(_("Le nom est tout en majuscules."))
    elif change.field not in ("phone", "email", "postcode", "house_number"):
        found += _contacts_in(after)
    if before and not after:
        found.append(_("Le texte est effacé."))
    return found


def _contacts_in(text):
    found = []
    if PHONE.search(text):
        found.append(_("Le texte contient un numéro de téléphone."))
    if ADDRESS.search(text):
        found.append(_("Le texte contient une adresse e-mail ou un lien."))
    if PRICE.search(text):
        found.append(_("Le texte parle d’un prix ou d’une remise."))
    return found
