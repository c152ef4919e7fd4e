"""Who says that a shop is theirs: the City looks, calls, writes letters, decides. And new shops that were proposed."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django import forms
from django.contrib import messages
from django.db.models import Case, Count, Exists, OuterRef, Q, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from shops import reference
from shops.claiming import codes, paper, proofs, proposals
from shops.desks.city.door import city_desk, city_page
from shops.editing import rules
from shops.lookalikes import like_shop
from shops.models import Claim, LetterBatch, RefusalReason, Shop
from shops.models.letter_batch import LETTERS_A_BATCH
from shops.vocabulary import LinkKind

READS, DECIDES = "shops.view_claim", "shops.change_claim"
A_PAGE = 50
# Of one shop: more rivals, events or people than these do not help to decide.
SHOWN = 20


class GrantForm(forms.Form):
    """A decision and its reason. The reason is kept; where the page is refused, the claimant reads it."""

    why = forms.CharField(
        label=_("Motif"),
        help_text=_("Ce que vous avez vu ou entendu. Gardé dans l’historique."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    instead = forms.BooleanField(
        label=_("À la place des personnes qui tiennent la page"),
        required=False,
        help_text=_("Sinon, elle devient responsable à côté d’elles."),
    )


class RefusalForm(forms.Form):
    why_not = forms.CharField(
        label=_("Motif"),
        help_text=_("La personne le lit tel quel, par e-mail."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ProposalRefusalForm(forms.Form):
    """Why a proposed shop is not taken in, for good."""

    reason = forms.ChoiceField(label=_("Motif"), choices=[("", _("Choisissez …")), *RefusalReason.choices])
    words = forms.CharField(
        label=_("Vos mots à la personne"),
        help_text=_("Elle les lit tels quels, par e-mail, après la phrase du motif."),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("reason") == RefusalReason.OTHER and not cleaned.get("words"):
            self.add_error("words", gettext("« Autre motif » demande vos mots."))
        return cleaned


class PublishForm(forms.Form):
    why = forms.CharField(
        label=_("Motif"),
        help_text=_("Ce que vous avez vu ou entendu. Gardé dans l’historique."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    hand_over = forms.BooleanField(
        label=_("Remettre aussi la page à la personne qui l’a proposée"),
        required=False,
        help_text=_("Sinon, elle devra encore prouver que le commerce est le sien."),
    )


# The list


@require_safe
@city_desk(READS)
def claims(request):
    """The oldest first. One line for each claim, and beside it what else waits."""
    state, method = request.GET.get("etat", ""), request.GET.get("preuve", "")
    found = Claim.objects.select_related("shop__district", "user")
    found = found.filter(state=state) if state in Claim.State.values else found.undecided()
    if method in Claim.Method.values:
        found = found.filter(method=method)
    after = request.GET.get("apres", "")
    if after.isdecimal() and len(after) < 18:
        found = found.filter(pk__gt=after)
    rows = list(found.exclude(shop__status__in=_NOT_LISTED).order_by("pk")[: A_PAGE + 1])
    counts = Claim.objects.undecided().aggregate(
        calls=Count("pk", filter=Q(method=Claim.Method.PHONE)),
        letters=Count("pk", filter=Q(method=Claim.Method.LETTER)),
    )
    for row in rows:
        row.clock = _clock(request, row.created_at) if row.is_for_city(request.now) else None
    context = {
        "claims": rows[:A_PAGE],
        "more_after": rows[A_PAGE - 1].pk if len(rows) > A_PAGE else None,
        "counts": counts | {"proposals": proposals.waiting().count()},
        "states": [("", gettext("à traiter")), *Claim.State.choices],
        "methods": [("", gettext("toutes les preuves")), *Claim.Method.choices],
        "state": state,
        "method": method,
    }
    return city_page(request, "desks/city/claims/list.html", context, section="claims")


@dataclass(frozen=True)
class Clock:
    """Until when the City promised to answer."""

    due_at: datetime
    is_late: bool


def _clock(request, since):
    holidays = reference.structure(request.catalogue).place.holidays
    due_at = rules.due_at(since, zone=request.city.tz, holidays=holidays)
    return Clock(due_at, due_at < request.now)


# Pages that are not listed yet have a list of their own.
_NOT_LISTED = (Shop.Status.DRAFT, Shop.Status.SUBMITTED, Shop.Status.REFUSED)


# One claim


def _claim(pk):
    found = Claim.objects.select_related("shop__district", "shop__category", "user", "decided_by", "batch")
    return get_object_or_404(found, pk=pk)


@require_safe
@city_desk(READS)
def claim(request, pk):
    return _claim_page(request, _claim(pk))


@require_POST
@city_desk(READS, DECIDES)
def grant(request, pk):
    claim, form = _claim(pk), GrantForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, claim, grant_form=form)
    why, instead = form.cleaned_data["why"], form.cleaned_data["instead"]
    return _decided(request, claim, claim.grant, why=why, instead=instead)


@require_POST
@city_desk(READS, DECIDES)
def refuse(request, pk):
    claim, form = _claim(pk), RefusalForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, claim, refusal_form=form)
    return _decided(request, claim, claim.refuse, why=form.cleaned_data["why_not"])


def _decided(request, claim, verb, **said):
    """Do it, or say why it cannot be done: a colleague was first, or the claim is one's own."""
    try:
        verb(by=request.user, at=request.now, **said)
    except Claim.NotAllowed:
        own = claim.user == request.user
        messages.warning(
            request,
            gettext("Sur votre propre demande, c’est un collègue qui décide.")
            if own
            else gettext("Cette demande n’est plus à décider : voyez ci-dessous."),
        )
    else:
        messages.success(request, gettext("C’est noté, et la personne est prévenue par e-mail."))
    return redirect("city:claim", claim.pk)


def _claim_page(request, claim, **forms_):
    shop = claim.shop
    others = list(shop.claims.exclude(pk=claim.pk).select_related("user").order_by("-created_at")[:SHOWN])
    members = [m for m in shop.memberships.select_related("user")[:SHOWN] if m.user_id != claim.user_id]
    grant_form = forms_.get("grant_form") or GrantForm()
    if not members:
        del grant_form.fields["instead"]
    offered = proofs.offered(shop)
    context = {
        "claim": claim,
        "shop": shop,
        "others": others,
        "has_rivals": any(other.is_undecided for other in others),
        "members": members,
        "keeps_elsewhere": claim.user.memberships.exclude(shop=shop).select_related("shop")[:SHOWN],
        "contacts": _contacts(shop, offered),
        "events": shop.events.filter(_ABOUT_PEOPLE).select_related("by")[:SHOWN],
        "grant_form": grant_form,
        "refusal_form": forms_.get("refusal_form") or RefusalForm(),
        "form": forms_.get("grant_form") or forms_.get("refusal_form"),
        "may_decide": request.user.has_perm(DECIDES) and claim.is_undecided,
        "clock": _clock(request, claim.created_at) if claim.is_for_city(request.now) else None,
        "code_is_live": claim.has_live_code(request.now),
    }
    return city_page(request, "desks/city/claims/claim.html", context, section="claims")


_ABOUT_PEOPLE = Q(kind__startswith="claim:") | Q(kind__startswith="member:")


def _contacts(shop, offered):
    """(what it is, the contact, whether a code may go there)."""
    known = [
        (Claim.Method.EMAIL, gettext("Adresse e-mail connue"), shop.email),
        (Claim.Method.PHONE, gettext("Téléphone connu"), shop.phone),
        (Claim.Method.LETTER, gettext("Adresse postale"), proofs.postal_address(shop)),
    ]
    return [(label, contact, method in offered) for method, label, contact in known if contact]


# Calls


@require_safe
@city_desk(READS)
def calls(request):
    """Whom to call, street by street, to be printed too."""
    return _calls_page(request)


@require_POST
@city_desk(READS, DECIDES)
def call(request, pk):
    """An agent takes up the telephone: the code is made now, and shown to her this once."""
    claim = _claim(pk)
    try:
        code = claim.open_call(by=request.user, at=request.now)
    except Claim.NotAllowed:
        messages.warning(request, gettext("Cet appel n’est plus à faire."))
        return redirect("city:calls")
    context = {"claim": claim, "shop": claim.shop, "code": codes.shown(code)}
    return city_page(request, "desks/city/claims/call.html", context, section="claims")


def _calls_page(request):
    waiting = (
        Claim.objects.wanting_calls()
        .filter(shop__status=Shop.Status.PUBLISHED)
        .select_related("shop__district", "user")
        .order_by("shop__street_slug", "shop__house_number", "pk")
    )[:LETTERS_A_BATCH]
    rows = [(claim, claim.has_live_code(request.now)) for claim in waiting]
    streets = [
        (street, list(group)) for street, group in groupby(rows, key=lambda row: row[0].shop.street or "–")
    ]
    context = {"streets": streets, "may_decide": request.user.has_perm(DECIDES)}
    return city_page(request, "desks/city/claims/calls.html", context, section="claims")


# Letters


@require_safe
@city_desk(READS)
def letters(request):
    return _letters_page(request)


@require_POST
@city_desk(READS, DECIDES)
def print_letters(request):
    """First how many, and what printing does; then, once said, the codes and the paper."""
    ids = [int(pk) for pk in request.POST.getlist("claim") if pk.isdecimal() and len(pk) < 18]
    chosen = list(_waiting_for_letters(request).filter(pk__in=ids[:LETTERS_A_BATCH]))
    if not chosen:
        return _letters_page(request, faults=[gettext("Choisissez au moins une lettre.")])
    if "confirmed" not in request.POST:
        context = {"chosen": chosen, "again": sum(claim.printed for claim in chosen)}
        return city_page(request, "desks/city/claims/letters_confirm.html", context, section="claims")
    batch, made = LetterBatch.make([claim.pk for claim in chosen], by=request.user, at=request.now)
    if not made:
        return _letters_page(request, faults=[gettext("Plus personne n’attend ces lettres.")])
    response = HttpResponse(
        paper.letters_pdf(made, city=request.city, at=request.now), content_type="application/pdf"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="lettres-{batch.pk}.pdf"'
    return response


def _waiting_for_letters(request):
    printed = Case(When(code_expires_at__gt=request.now, then=True), default=False)
    return (
        Claim.objects.wanting_letters()
        .filter(shop__status=Shop.Status.PUBLISHED)
        .exclude(shop__street="")
        .annotate(printed=printed)
        .select_related("shop__district", "user", "batch")
        .order_by("printed", "shop__street_slug", "pk")
    )


def _letters_page(request, faults=()):
    context = {
        "waiting": _waiting_for_letters(request)[:LETTERS_A_BATCH],
        "faults": faults,
        "may_decide": request.user.has_perm(DECIDES),
    }
    return city_page(request, "desks/city/claims/letters.html", context, section="claims")


# New shops


@require_safe
@city_desk(READS)
def proposed(request):
    claimed = Claim.objects.undecided().filter(shop=OuterRef("pk"))
    rows = proposals.waiting().select_related("district", "category").annotate(claimed=Exists(claimed))
    shops = list(rows.order_by("proposed_at", "pk")[:A_PAGE])
    for shop in shops:
        shop.clock = _clock(request, shop.proposed_at)
    context = {"shops": shops}
    return city_page(request, "desks/city/claims/proposed.html", context, section="claims")


@require_safe
@city_desk(READS)
def proposal(request, public_id):
    return _proposal_page(request, _proposal(public_id))


@require_POST
@city_desk(READS, DECIDES, "shops.change_shop")
def publish(request, public_id):
    shop, form = _proposal(public_id), PublishForm(request.POST)
    if not form.is_valid():
        return _proposal_page(request, shop, publish_form=form)
    claim = shop.claims.undecided().order_by("pk").first() if form.cleaned_data["hand_over"] else None
    try:
        proposals.publish(shop, by=request.user, at=request.now, why=form.cleaned_data["why"], claim=claim)
    except (Shop.MoveNotAllowed, Claim.NotAllowed):
        messages.warning(request, gettext("Cette proposition n’est plus à décider, ou elle est la vôtre."))
    else:
        messages.success(request, gettext("La page est en ligne, et la personne est prévenue par e-mail."))
    return redirect("city:proposed")


@require_POST
@city_desk(READS, DECIDES, "shops.change_shop")
def send_back(request, public_id):
    shop, form = _proposal(public_id), RefusalForm(request.POST)
    if not form.is_valid():
        return _proposal_page(request, shop, refusal_form=form)
    try:
        proposals.send_back(shop, by=request.user, at=request.now, why=form.cleaned_data["why_not"])
    except (Shop.MoveNotAllowed, Claim.NotAllowed):
        messages.warning(request, gettext("Cette proposition n’est plus à décider, ou elle est la vôtre."))
    else:
        messages.success(request, gettext("C’est noté, et la personne est prévenue par e-mail."))
    return redirect("city:proposed")


@require_POST
@city_desk(READS, DECIDES, "shops.change_shop")
def refuse_proposal(request, public_id):
    shop, form = _proposal(public_id), ProposalRefusalForm(request.POST)
    if not form.is_valid():
        return _proposal_page(request, shop, end_form=form)
    reason, words = form.cleaned_data["reason"], form.cleaned_data["words"].strip()
    try:
        proposals.refuse(shop, by=request.user, at=request.now, reason=reason, words=words)
    except (Shop.MoveNotAllowed, Claim.NotAllowed):
        messages.warning(request, gettext("Cette proposition n’est plus à décider, ou elle est la vôtre."))
    else:
        messages.success(request, gettext("C’est noté, et la personne est prévenue par e-mail."))
    return redirect("city:proposed")


def _proposal(public_id):
    return get_object_or_404(proposals.waiting().select_related("district", "category"), public_id=public_id)


def _proposal_page(request, shop, **forms_):
    claim = shop.claims.undecided().select_related("user").order_by("pk").first()
    publish_form = forms_.get("publish_form") or PublishForm(initial={"hand_over": True})
    if claim is None:
        del publish_form.fields["hand_over"]
    is_own = claim is not None and claim.user_id == request.user.pk
    website = next((link.url for link in shop.links.all() if link.kind == LinkKind.WEBSITE), "")
    context = {
        "shop": shop,
        "claim": claim,
        "website": website,
        "alike": like_shop(shop),
        "publish_form": publish_form,
        "refusal_form": forms_.get("refusal_form") or RefusalForm(),
        "end_form": forms_.get("end_form") or ProposalRefusalForm(),
        "form": next(iter(forms_.values()), None),
        "clock": _clock(request, shop.proposed_at),
        "is_own": is_own,
        "may_decide": not is_own and request.user.has_perms([DECIDES, "shops.change_shop"]),
    }
    return city_page(request, "desks/city/claims/proposal.html", context, section="claims")
