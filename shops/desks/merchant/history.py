"""Everything that happened to a page, in sentences its people understand; on the desk and as a table to keep."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_  # noqa: N812
from django.views.decorators.http import require_safe

from shops.desks import tables, words
from shops.desks.merchant.door import desk, page, shop_of
from shops.editing import letters
from shops.editing.facts import FACTS
from shops.models import Event, Membership, MerchantRole, Shop
from shops.reference import structure
from shops.vocabulary import FactGroup

PAGE = 25

# What each kind of event says, after who did it. A kind that is not here says only that something happened: what is
# the City's own business stays with the City.
SAYS = {
    "facts:live": N_("a changé la page"),
    "facts:proposed": N_("a proposé un changement à la Ville"),
    "facts:withdrawn": N_("a retiré une proposition"),
    "facts:undone": N_("a annulé un changement"),
    "facts:accepted": N_("a accepté un changement"),
    "facts:refused": N_("n’a pas repris un changement"),
    "facts:checked": N_("a vérifié un changement en ligne"),
    "facts:reverted": N_("a remis la page comme avant"),
    "facts:upheld": N_("maintient sa décision"),
    "facts:decision_undone": N_("revient sur une décision et regarde encore une fois"),
    "facts:appealed": N_("a répondu à la Ville"),
    "facts:confirmed": N_("a confirmé que c’est toujours juste"),
    "edited": N_("a modifié la page"),
    "created": N_("a créé la page"),
    "member:joined": N_("a rejoint l’équipe"),
    "member:left": N_("a quitté l’équipe"),
    "member:removed": N_("a retiré quelqu’un de l’équipe"),
    "member:role": N_("a changé le rôle de quelqu’un"),
    "invitation:sent": N_("a invité quelqu’un"),
    "page:given_back": N_("a rendu la page à la Ville"),
    "photo:received": N_("a apporté une photo"),
    "photo:erased": N_("a effacé une photo"),
    "claim:given_back": N_("a rendu la page à la Ville"),
    "claim:granted": N_("a confié la page"),
    "trader:certified": N_("a certifié les mentions légales"),
    "link:dead": N_("a trouvé un lien qui ne mène plus nulle part"),
    "link:alive": N_("a retrouvé un lien qui répond de nouveau"),
    "import:changed": N_("a repris des données d’un fichier"),
    "import:new": N_("a repris le commerce d’un fichier"),
    "status:published": N_("a mis la page en ligne"),
    "status:submitted": N_("a proposé la page à la Ville"),
    "status:draft": N_("a renvoyé la page pour qu’elle soit complétée"),
    "status:suspended": N_("a suspendu la page"),
    "status:closed": N_("a noté que le commerce est fermé définitivement"),
    "status:merged": N_("a réuni cette page avec une autre"),
}
_CLAIMS_TOLD = ("claim:granted", "claim:given_back")
_SOMETHING = N_("a fait autre chose sur la page")
# Whose reasons were said to the merchant anyway.
_WITH_REASON = ("facts:", "status:")


@dataclass(frozen=True)
class Line:
    """An event as its shop's people read it."""

    pk: int
    at: datetime
    who: str
    mine: bool
    of_city: bool
    says: str
    why: str
    changes: list[tuple[str, str, str]]  # label, before, after

    @property
    def sentence(self):
        return _("%(who)s %(says)s") % {"who": self.who, "says": self.says}


def of_shop(shop: Shop) -> QuerySet[Event]:
    """What happened to a shop, the latest first. `pk` is its order: two things of one instant have one too.

    Not who else says that the shop is theirs, nor what residents report: that is between them and the City.
    """
    others = Q(kind__startswith="report:") | Q(kind__startswith="claim:") & ~Q(kind__in=_CLAIMS_TOLD)
    return Event.objects.filter(shop=shop).exclude(others).select_related("by").order_by("-pk")


def lines(events: Iterable[Event], *, viewer, members: set[int], structure) -> list[Line]:
    """Events in sentences.

    Args:
        viewer: who reads: her own deeds are « vous ».
        members: ids of the shop's people. Who works for the City is « la Ville » to merchants, without a name.
        structure: the city's frame.
    """
    return [_line(event, viewer, members, structure) for event in events]


def members_of(shop: Shop) -> set[int]:
    return set(Membership.objects.filter(shop=shop).values_list("user", flat=True))


def by_city(event: Event, members: set[int]) -> bool:
    """Whether the City did it: somebody who works for it and is none of the shop's people."""
    return event.by is not None and event.by.is_staff and event.by_id not in members


def _line(event, viewer, members, structure):
    mine = event.by_id == viewer.pk
    of_city = not mine and by_city(event, members)
    if mine:
        who, says = _("Vous"), _says_you(event.kind)
    else:
        says = _(SAYS.get(event.kind, _SOMETHING))
        if of_city:
            who = _("La Ville")
        elif event.by:
            who = str(event.by)
        elif event.kind.startswith(("facts:", "member:", "invitation:", "claim:")):
            who = _("Une personne qui n’a plus de compte")
        else:
            who = _("Le site")
    why = event.why if event.kind.startswith(_WITH_REASON) else ""
    return Line(event.pk, event.at, who, mine, of_city, says, why, _changes(event, structure))


# The same, said to the person herself.
_YOU = {
    "claim:granted": N_("tenez désormais la page"),
    "facts:live": N_("avez changé la page"),
    "facts:proposed": N_("avez proposé un changement à la Ville"),
    "facts:withdrawn": N_("avez retiré une proposition"),
    "facts:undone": N_("avez annulé un changement"),
    "facts:appealed": N_("avez répondu à la Ville"),
    "facts:confirmed": N_("avez confirmé que c’est toujours juste"),
    "member:joined": N_("avez rejoint l’équipe"),
    "member:removed": N_("avez retiré quelqu’un de l’équipe"),
    "member:role": N_("avez changé le rôle de quelqu’un"),
    "invitation:sent": N_("avez invité quelqu’un"),
    "photo:received": N_("avez apporté une photo"),
    "photo:erased": N_("avez effacé une photo"),
    "trader:certified": N_("avez certifié les mentions légales"),
    "status:submitted": N_("avez proposé la page à la Ville"),
}
_YOU_SOMETHING = N_("avez fait autre chose sur la page")


def _says_you(kind):
    return _(_YOU.get(kind, _YOU_SOMETHING))


def _changes(event, structure):
    if event.kind == "facts:confirmed":
        groups = [FactGroup(group) for group in event.after.get("confirmed", []) if group in FactGroup]
        return [(str(group.label), "", "") for group in groups]
    if event.kind == "facts:appealed":
        field = event.after.get("field")
        return [(letters.label_of(field), "", "")] if field in FACTS else []
    if event.kind == "member:role":
        roles = dict(MerchantRole.choices)
        before, after = (str(roles.get(side.get("role"), "")) for side in (event.before, event.after))
        return [(_("Rôle"), before, after)]
    if not event.kind.startswith("facts:"):
        return []
    names = [name for name in FACTS if name in event.before or name in event.after]
    return [
        (
            letters.label_of(name),
            words.line(name, event.before.get(name), structure),
            words.line(name, event.after.get(name), structure),
        )
        # What is refused leaves the page as it was: then its name says enough.
        if event.before.get(name) != event.after.get(name)
        else (letters.label_of(name), "", "")
        for name in names
    ]


@require_safe
@desk
def history(request, public_id):
    """Paged by key: who reads on meets neither gaps nor repeats, whatever happens meanwhile."""
    shop = shop_of(request, public_id)
    events = of_shop(shop)
    before = request.GET.get("avant", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    found = list(events[: PAGE + 1])
    shown = lines(
        found[:PAGE], viewer=request.user, members=members_of(shop), structure=structure(request.catalogue)
    )
    days = [
        (day, list(own)) for day, own in itertools.groupby(shown, key=lambda line: localtime(line.at).date())
    ]
    context = {"days": days, "next": shown[-1].pk if len(found) > PAGE else None, "older": bool(before)}
    return page(request, "desks/merchant/history.html", context, shop=shop, section="history")


@require_safe
@desk
def export(request, public_id):
    """All of it, as a table."""
    shop = shop_of(request, public_id)
    every = lines(
        of_shop(shop).iterator(chunk_size=500),
        viewer=request.user,
        members=members_of(shop),
        structure=structure(request.catalogue),
    )
    header = [_("Quand"), _("Qui"), _("Quoi"), _("Fait"), _("Avant"), _("Après"), _("Motif")]
    rows = (
        [date_format(localtime(line.at), "Y-m-d H:i"), line.who, line.says, *change, line.why]
        for line in every
        for change in line.changes or [("", "", "")]
    )
    return tables.csv_response(f"historique-{shop.public_id}.csv", header, rows)
