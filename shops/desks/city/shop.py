"""One shop at the City's desk: how it stands, what may be done with it, its people; each verb asks once more first."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from shops.desks.city import queue
from shops.desks.city.door import city_desk, city_page
from shops.desks.city.forms import MergeForm, ReasonForm, SuspensionForm, WhyForm
from shops.desks.city.journal import Teller
from shops.editing import moves, rules
from shops.lookalikes import like_shop
from shops.models import Membership, Shop
from shops.search.at_desk import sought

SHOWN = 50
ALIKE = 20
LATELY = 8
LOOK, MOVE = "shops.view_shop", "shops.change_change"


@require_safe
@city_desk(LOOK)
def shops(request):
    """Shops by name, address, number or identifier."""
    words = request.GET.get("q", "").strip()[:200].replace("\0", "")
    found = []
    if words:
        rows = sought(Shop.objects.select_related("district", "category"), words).order_by("name_key", "pk")
        found = list(rows[: SHOWN + 1])
    context = {"words": words, "found": found[:SHOWN], "more": len(found) > SHOWN}
    return city_page(request, "desks/city/shops.html", context, section="shops")


@dataclass(frozen=True)
class Verb:
    """What may be done with a page: the word in the address, its name, what it brings about, and its form."""

    name: str
    label: str | Promise
    consequence: str | Promise
    to: Shop.Status
    form: type
    done: str | Promise
    first: tuple = ()  # states from which it is called so; empty: all that allow it


VERBS = {
    verb.name: verb
    for verb in [
        Verb(
            "publier",
            gettext_lazy("Mettre en ligne"),
            gettext_lazy("Tout le monde verra la page. Ses responsables en sont avertis par e-mail."),
            Shop.Status.PUBLISHED,
            WhyForm,
            gettext_lazy("La page est en ligne."),
            (Shop.Status.DRAFT, Shop.Status.SUBMITTED),
        ),
        Verb(
            "remettre",
            gettext_lazy("Remettre en ligne"),
            gettext_lazy(
                "La page redevient visible tout de suite. Ses responsables en sont avertis par e-mail."
            ),
            Shop.Status.PUBLISHED,
            WhyForm,
            gettext_lazy("La page est de nouveau en ligne."),
            (Shop.Status.SUSPENDED,),
        ),
        Verb(
            "rouvrir",
            gettext_lazy("Rouvrir"),
            gettext_lazy(
                "Le commerce est ouvert à nouveau : sa page revient dans les listes. Ses responsables en sont avertis."
            ),
            Shop.Status.PUBLISHED,
            WhyForm,
            gettext_lazy("Le commerce est rouvert, sa page est en ligne."),
            (Shop.Status.CLOSED,),
        ),
        Verb(
            "suspendre",
            gettext_lazy("Suspendre"),
            gettext_lazy(
                "Le public ne voit plus la page, ni aucune raison. Ses responsables reçoivent la raison et la date par "
                "e-mail, et peuvent continuer à la modifier. Ce jour-là, elle revient d’elle-même en ligne."
            ),
            Shop.Status.SUSPENDED,
            SuspensionForm,
            gettext_lazy("La page est suspendue."),
        ),
        Verb(
            "fermer",
            gettext_lazy("Fermer définitivement"),
            gettext_lazy(
                "Le commerce sort des listes et de la recherche ; son adresse dit qu’il est fermé. On peut le rouvrir."
            ),
            Shop.Status.CLOSED,
            WhyForm,
            gettext_lazy("La page dit que le commerce est fermé."),
        ),
    ]
}


def verbs_for(shop: Shop) -> list[Verb]:
    """What may be done with a page as it stands."""
    return [
        verb
        for verb in VERBS.values()
        if verb.to in Shop.MOVES[Shop.Status(shop.status)] and (not verb.first or shop.status in verb.first)
    ]


def _shop(public_id):
    return get_object_or_404(
        Shop.objects.select_related("district", "category", "merged_into"), public_id=public_id
    )


@require_safe
@city_desk(LOOK)
def shop(request, public_id):
    shop = _shop(public_id)
    may_move = request.user.has_perm(MOVE)
    may_read = request.user.has_perm("shops.view_event")
    events = list(shop.events.select_related("by")[:LATELY]) if may_read else []
    context = {
        "shop": shop,
        "verbs": verbs_for(shop) if may_move else [],
        "may_merge": may_move and Shop.Status.MERGED in Shop.MOVES[Shop.Status(shop.status)],
        "may_move": may_move,
        "may_edit": request.user.has_perm("shops.change_shop") and shop.status != Shop.Status.MERGED,
        "may_read": may_read,
        "events": Teller(request.catalogue, events).tell_all(events),
        "people": shop.memberships.select_related("user")
        if request.user.has_perm("shops.view_membership")
        else [],
        "open": shop.changes.open().count(),
        "trust": queue.TRUST_WORDS[rules.trust_of(shop, at=request.now)],
        "on_site": shop.get_absolute_url()
        if shop.status in (Shop.Status.PUBLISHED, Shop.Status.CLOSED)
        else "",
    }
    return city_page(request, "desks/city/shop.html", context, section="shops")


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(MOVE)
def move(request, public_id, verb):
    """Say what a verb brings about, ask, do it."""
    shop = _shop(public_id)
    if verb not in VERBS:
        raise Http404("No such verb.")
    verb = VERBS[verb]
    if verb not in verbs_for(shop):
        messages.warning(
            request,
            _("Ce n’est plus possible : la page est maintenant « %(state)s ».")
            % {"state": shop.get_status_display()},
        )
        return redirect("city:shop", public_id)
    more = (
        {"today": request.now.astimezone(request.city.tz).date(), "zone": request.city.tz}
        if verb.form is SuspensionForm
        else {}
    )
    form = verb.form(request.POST if request.method == "POST" else None, **more)
    if request.method == "POST" and form.is_valid():
        try:
            _act(verb, shop, form, request)
        except Shop.MoveNotAllowed:
            messages.warning(request, _("Ce n’est plus possible : quelqu’un d’autre a été plus rapide."))
        else:
            messages.success(request, verb.done)
        return redirect("city:shop", public_id)
    context = {
        "shop": shop,
        "verb": verb,
        "form": form,
        "keepers": shop.memberships.count(),
        "open": shop.changes.open().count(),
    }
    return city_page(request, "desks/city/move.html", context, section="shops")


def _act(verb, shop, form, request):
    words = {"by": request.user, "at": request.now, "why": form.cleaned_data["why"].strip()}
    if verb.to == Shop.Status.SUSPENDED:
        moves.suspend(shop, until=form.until_at, **words)
    elif verb.to == Shop.Status.CLOSED:
        moves.close(shop, **words)
    else:
        moves.publish(shop, **words)


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(MOVE)
def merge(request, public_id):
    """Name the page that stays; see what goes along; then, with `sure`, do it."""
    shop = _shop(public_id)
    if Shop.Status.MERGED not in Shop.MOVES[Shop.Status(shop.status)]:
        messages.warning(
            request,
            _("Ce n’est plus possible : la page est maintenant « %(state)s ».")
            % {"state": shop.get_status_display()},
        )
        return redirect("city:shop", public_id)
    form = MergeForm(request.POST if request.method == "POST" else None, shop=shop)
    other = moving = None
    if request.method == "POST" and form.is_valid():
        other = form.cleaned_data["other"]
        if "sure" in request.POST:
            try:
                moves.merge(
                    shop, other, by=request.user, at=request.now, why=form.cleaned_data["why"].strip()
                )
            except Shop.MoveNotAllowed:
                messages.warning(request, _("Ce n’est plus possible : quelqu’un d’autre a été plus rapide."))
                return redirect("city:shop", public_id)
            messages.success(request, _("Les deux pages n’en font plus qu’une : voici celle qui reste."))
            return redirect("city:shop", other.public_id)
        moving = moves.what_moves(shop, other)
    words = request.GET.get("q", "").strip()[:200].replace("\0", "")
    context = {
        "shop": shop,
        "form": form,
        "other": other,
        "moving": moving,
        "words": words,
        "candidates": _candidates(shop, words),
    }
    return city_page(request, "desks/city/merge.html", context, section="shops")


def _candidates(shop, words):
    """Pages that may be of the same shop: those looked for; without words, those alike, with what speaks for it."""
    if words:
        others = Shop.objects.exclude(pk=shop.pk).exclude(status=Shop.Status.MERGED)
        others = others.select_related("district", "category").order_by("name_key", "pk")
        return list(sought(others, words)[:ALIKE])
    found = like_shop(shop, limit=ALIKE)
    for one in found:
        one.shop.alike = one
    return [one.shop for one in found]


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(MOVE)
def remove_person(request, public_id, member_id):
    """Take somebody off a page, with a reason that she reads."""
    shop = _shop(public_id)
    member = get_object_or_404(Membership.objects.select_related("user"), pk=member_id, shop=shop)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        moves.remove_person(member, by=request.user, at=request.now, why=form.cleaned_data["why"].strip())
        messages.success(request, _("%(person)s ne tient plus cette page.") % {"person": member.user})
        return redirect("city:shop", public_id)
    context = {"shop": shop, "member": member, "form": form, "is_last": member.is_last_owner()}
    return city_page(request, "desks/city/remove_person.html", context, section="shops")
