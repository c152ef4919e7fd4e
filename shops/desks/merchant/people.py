"""A shop's team at the merchants' desk: owners decide on it, who is invited answers, everybody may leave."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shops.desks.merchant.door import desk, member_of, page, shop_of
from shops.desks.merchant.people_forms import (
    AnswerForm,
    HandOverForm,
    InviteForm,
    OpenInvitationForm,
    RoleForm,
)
from shops.models import (
    Event,
    Gone,
    Invitation,
    InvitationOver,
    InvitationRefused,
    LastOwner,
    Membership,
    NotOwner,
    Shop,
)

get_and_post = require_http_methods(["GET", "HEAD", "POST"])


@get_and_post
@desk
def people(request, public_id):
    """Who is there, who is invited, and whom to invite."""
    shop = shop_of(request, public_id, word="owned_by")
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            Invitation.send(shop, email, form.cleaned_data["role"], by=request.user, at=request.now)
        except InvitationRefused as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, _("L’invitation est partie : %(email)s.") % {"email": email})
            return redirect("merchant:people", shop.public_id)
    team = shop.memberships.select_related("user")
    return _page(
        request,
        "people",
        shop,
        team=team,
        invitations=shop.invitations.unanswered().with_state(request.now),
        form=form,
        is_alone=sum(member.is_owner for member in team) == 1,
    )


@get_and_post
@desk
def invitation(request, public_id, pk):
    """Send it again, or take it back."""
    shop = shop_of(request, public_id, word="owned_by")
    asked = get_object_or_404(shop.invitations.select_related("shop"), pk=pk)
    form = OpenInvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["do"] == "again":
                asked.send_again(by=request.user, at=request.now)
                messages.success(
                    request, _("L’invitation est repartie : %(email)s.") % {"email": asked.email}
                )
            else:
                asked.withdraw(by=request.user, at=request.now)
                messages.success(request, _("L’invitation est retirée : %(email)s.") % {"email": asked.email})
        except InvitationRefused as refused:
            messages.error(request, str(refused))
        except InvitationOver:
            messages.info(request, _("Cette invitation a déjà reçu une réponse, ou a été retirée."))
    return redirect("merchant:people", shop.public_id)


@get_and_post
@desk
def change_role(request, public_id, pk):
    shop = shop_of(request, public_id, word="owned_by")
    member = _colleague(shop, pk)
    if member is None:
        return _somebody_was_quicker(request, shop)
    form = RoleForm(request.POST or None, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        try:
            member.change_role(form.cleaned_data["role"], by=request.user, at=request.now)
        except LastOwner:
            form.add_error(
                "role", _("Il faut quelqu’un qui décide : confiez d’abord la page à une autre personne.")
            )
        except Gone:
            return _somebody_was_quicker(request, shop)
        else:
            messages.success(
                request,
                _("C’est noté : %(person)s, %(role)s.")
                % {"person": member.user, "role": member.get_role_display()},
            )
            if member.user == request.user:
                return redirect("merchant:home")
            return redirect("merchant:people", shop.public_id)
    return _page(request, "change_role", shop, member=member, form=form)


@get_and_post
@desk
def remove(request, public_id, pk):
    """A colleague works on this page no more. Oneself: that is leaving."""
    shop = shop_of(request, public_id, word="owned_by")
    member = _colleague(shop, pk)
    if member is None:
        return _somebody_was_quicker(request, shop)
    if member.user == request.user:
        return redirect("merchant:leave", shop.public_id)
    if request.method == "POST":
        try:
            member.end(by=request.user, at=request.now)
        except (LastOwner, Gone):
            return _somebody_was_quicker(request, shop)
        messages.success(request, _("%(person)s n’est plus dans l’équipe.") % {"person": member.user})
        return redirect("merchant:people", shop.public_id)
    return _page(request, "remove", shop, member=member)


@get_and_post
@desk
def hand_over(request, public_id, pk):
    """Confide the page to a colleague."""
    shop = shop_of(request, public_id, word="owned_by")
    member = _colleague(shop, pk)
    if member is None or member.user == request.user or not member.user.is_active:
        return _somebody_was_quicker(request, shop)
    form = HandOverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        stay = form.cleaned_data["me"] == "stay"
        try:
            member_of(request, shop).hand_over(member, stay=stay, at=request.now)
        except (Gone, NotOwner):
            return _somebody_was_quicker(request, shop)
        messages.success(
            request,
            _("%(person)s est désormais responsable de « %(shop)s ».")
            % {"person": member.user, "shop": shop.name_i18n},
        )
        return redirect("merchant:home")
    return _page(request, "hand_over", shop, member=member, form=form)


@get_and_post
@desk
def leave(request, public_id):
    """Leave a shop's team, whatever one's role."""
    try:
        shop = shop_of(request, public_id, word="worked_at_by")
    except Http404:
        if _has_left(request, public_id):
            return redirect("merchant:home")
        raise
    member = member_of(request, shop)
    if request.method == "POST":
        try:
            member.end(by=request.user, at=request.now)
        except Gone:
            return redirect("merchant:home")
        except LastOwner:
            pass  # the page says what to do instead
        else:
            messages.success(
                request, _("Vous avez quitté l’équipe de « %(shop)s ».") % {"shop": shop.name_i18n}
            )
            return redirect("merchant:home")
    colleagues = (
        shop.memberships.exclude(user=request.user).filter(user__is_active=True).select_related("user")
    )
    context = {"place": shop, "is_last_owner": member.is_last_owner(), "colleagues": colleagues}
    # To who works at the till there are no other pages of the shop.
    return page(
        request,
        "desks/merchant/leave.html",
        context,
        shop=shop if member.is_editing else None,
        section="people",
    )


@get_and_post
@desk
def invitations(request):
    """What one is asked to join. The mail leads here; looking at it answers nothing."""
    form = AnswerForm(request.POST or None, user=request.user)
    if form.is_valid():
        return _answer(request, form.cleaned_data["invitation"], form.cleaned_data["answer"])
    if "invitation" in form.errors and form["invitation"].value():
        raise Http404("No such invitation to this person.")
    waiting = Invitation.objects.open(request.now).for_user(request.user)
    return page(
        request,
        "desks/merchant/invitations.html",
        {"invitations": waiting.select_related("shop__district", "invited_by")},
    )


def _answer(request, asked, answer):
    there = Membership.objects.filter(shop=asked.shop, user=request.user)
    try:
        if answer == "decline":
            asked.decline(request.user, at=request.now)
            messages.success(request, _("C’est noté, l’invitation est refusée."))
            return redirect("merchant:home")
        member = asked.accept(request.user, at=request.now)
        messages.success(
            request, _("Bienvenue dans l’équipe de « %(shop)s ».") % {"shop": asked.shop.name_i18n}
        )
    except InvitationOver:
        member = there.first()
        if member is None:
            messages.info(
                request, _("Cette invitation n’est plus ouverte. Demandez-en une autre à qui vous a invité.")
            )
            return redirect("merchant:invitations")
    if member.is_editing:
        return redirect("merchant:shop", asked.shop.public_id)
    return redirect("merchant:home")


def _colleague(shop, pk):
    """Somebody of the team; None for who has left it. Raises Http404 for anybody else's colleague."""
    member = Membership.objects.select_related("user", "shop").filter(pk=pk).first()
    if member and member.shop_id != shop.pk:
        raise Http404("Not in this team.")
    return member


def _somebody_was_quicker(request, shop):
    """A second click, or a colleague: what there is now is the answer."""
    messages.info(request, _("L’équipe a changé entre-temps : voici où elle en est."))
    if Shop.objects.owned_by(request.user).filter(pk=shop.pk).exists():
        return redirect("merchant:people", shop.public_id)
    return redirect("merchant:home")


def _has_left(request, public_id):
    """Whether the person was in the team and left it: her second click."""
    left = Event.objects.filter(shop__public_id=public_id, kind="member:left", by=request.user)
    return left.exists()


def _page(request, name, shop, **context):
    return page(request, f"desks/merchant/{name}.html", context, shop=shop, section="people")
