"""The pages on which residents buy: the order form, and what signed links open.

None of them knows who comes: there is no session that could be abused. A link's token is its whole right, and its pages
are kept nowhere and tell their address to nobody.
"""

from datetime import timedelta
from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from districts.models import City
from shops import contacts
from shops.models import Shop
from vitrine import rates
from vitrine.letters import address
from vouchers import buying, holders, jobs, ledger, letters, lifecycle, links, paper, payments
from vouchers.forms_buying import SENTENCES, LostLinkForm, OrderForm, ReaddressForm, RecipientForm
from vouchers.models import Campaign, Order, Payment, Voucher

# From one address: orders, and times that somebody has lost her links, in an hour.
MOST_ORDERS, MOST_LOST_LINKS = 30, 10
HOUR = timedelta(hours=1)
CAMPAIGNS_SHOWN = 5
# After so long a payment that was begun may have been made.
LEFT_TO_PAY = timedelta(minutes=2)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request):
    """The order form. Nothing is paid here, and whoever sends it is nobody yet."""
    network = buying.on_sale()
    if network is None:
        return render(request, "vouchers/no_sale.html")
    shop = _shop_of(request, network)
    form = OrderForm(
        request.POST or None, network=network, shop=shop, at=request.now, language=translation.get_language()
    )
    told = Campaign.objects.public().order_by("-starts_on")[:CAMPAIGNS_SHOWN]
    context = {"form": form, "network": network, "shop": shop, "campaigns": told}
    if request.method == "POST" and form.is_valid():
        if not rates.allowed("order", rates.address_of(request), MOST_ORDERS, HOUR, request.now):
            return render(request, "vouchers/buy.html", {**context, "too_many": True}, status=429)
        if order := form.save():
            _go_and_pay(order, request.now)
            return redirect("vouchers:order", links.token(order, links.ORDER))
    return render(request, "vouchers/buy.html", context)


@require_safe
def terms(request):
    """What a voucher is and what holds for it: drawn from the settings of the network that is on sale."""
    legal = City.objects.get().facts.get("legal", {})
    return render(
        request,
        "vouchers/terms.html",
        {
            "network": buying.on_sale(),
            "mediator": legal.get("consumer_mediator"),
            "mediator_url": legal.get("consumer_mediator_url"),
        },
    )


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request):
    """The links of a buyer's orders, mailed to her. The answer is the same whether there are any or not."""
    form = LostLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not rates.allowed("lost link", rates.address_of(request), MOST_LOST_LINKS, HOUR, request.now):
            return render(request, "vouchers/lost_link.html", {"form": form, "too_many": True}, status=429)
        hers = Order.objects.filter(buyer_email__iexact=form.cleaned_data["buyer_email"], erased_at=None)
        if pks := list(hers.filter(state=Order.State.PAID).order_by("-pk").values_list("pk", flat=True)[:20]):
            jobs.later(jobs.send_links, orders=pks, language=translation.get_language())
        return render(request, "vouchers/lost_link.html", {"sent": True})
    return render(request, "vouchers/lost_link.html", {"form": form})


SAFE = ["GET", "HEAD"]


def by_link(purpose, methods=SAFE):
    """A page that a signed link opens: `view(request, order, …)`."""

    def decorate(view):
        @wraps(view)
        @csrf_exempt
        @require_http_methods(methods)
        def opened(request, token, **more):
            try:
                response = view(request, links.read(token, purpose, at=request.now), **more)
            except links.Broken:
                response = render(request, "vouchers/link_over.html", {"no_alternates": True}, status=404)
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Cache-Control"] = "no-store, private"
            return response

        return opened

    return decorate


@by_link(links.ORDER, [*SAFE, "POST"])
def order(request, order):
    """The buyer's own page. To come back from the bank to it changes nothing; only what she sends does."""
    if request.method == "POST":
        return _ACTIONS.get(request.POST.get("do"), _show)(request, order)
    return _show(request, order)


@by_link(links.GIFT)
def gift(request, order):
    """The page of whom the vouchers are for."""
    _must_be_issued(order)
    return render(
        request,
        "vouchers/gift.html",
        {
            "order": order,
            "cards": cards(order, request.now),
            "gift_token": links.token(order, links.GIFT),
            "no_alternates": True,
        },
    )


@by_link(links.GIFT)
def gift_pdf(request, order):
    """The vouchers on paper."""
    _must_be_issued(order)
    if not any(card.is_of_use for card in cards(order, request.now)):
        raise Http404
    response = HttpResponse(letters.pdf_of(order, hidden=order.hide_amount), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{_("bon")}-{order.ref}.pdf"'
    return response


@by_link(links.GIFT)
def gift_qr(request, order, voucher):
    """The QR code of one of them, to be shown at the till."""
    _must_be_issued(order)
    found = get_object_or_404(order.vouchers, pk=voucher, state=Voucher.State.ACTIVE)
    return HttpResponse(contacts.qr_svg(paper.link_of(found.code())), content_type="image/svg+xml")


def cards(order, at):
    """The vouchers of an order as its pages show them."""
    today = lifecycle.city_day(at)
    return holders.holdings(buying.vouchers_of(order), today=today)


def _shop_of(request, network):
    """The shop that the form was opened for, if it takes such vouchers."""
    slug = request.GET.get("commerce", "")
    shop = Shop.objects.published().filter(slug=slug).first() if slug else None
    return shop if shop and buying.sold_for(shop, network, at=request.now) else None


def _must_be_issued(order):
    if order.state != Order.State.PAID or order.erased_at:
        raise links.Broken


def _go_and_pay(order, at):
    """Have a payment begun; where the provider does not answer, her page lets her try again."""
    with translation.override(order.language):
        back = address("vouchers:order", links.token(order, links.ORDER)) + "?retour=1"
        words = _("Bons d’achat, commande %(number)s") % {"number": order.number}
    try:
        return buying.begin_payment(order, words=words, back=back, at=at)
    except payments.Unavailable:
        return None


def _show(request, order, **more):
    payments = list(order.payments.prefetch_related("refunds"))
    by_state = {each.state: each for each in reversed(payments)}
    payment = by_state.get(Payment.State.OPEN)
    refunds = [refund for each in payments for refund in each.refunds.all()]
    status = more.pop("status", 200)
    found = cards(order, request.now) if order.state == Order.State.PAID and not order.erased_at else []
    return render(
        request,
        "vouchers/order.html",
        {
            "order": order,
            "number": order.number,
            "payment": payment,
            "failed": not payment and Payment.State.FAILED in by_state,
            "wrong": by_state.get(Payment.State.WRONG),
            # Begun a while ago: it may be paid, and the bank's word on its way.
            "may_be_paid": payment and request.now - payment.begun_at > LEFT_TO_PAY,
            "is_back": "retour" in request.GET,
            "refunds": refunds,
            "cards": found,
            "gift_token": links.token(order, links.GIFT),
            "withdrawable": buying.withdrawable(order, at=request.now),
            "last_day": buying.last_day_to_withdraw(order),
            "is_withdrawing": "retractation" in request.GET,
            "today": lifecycle.city_day(request.now),
            "recipient_form": RecipientForm(initial={"recipient_email": order.recipient_email}),
            "may_resend": buying.may_resend(order),
            "may_readdress": buying.may_readdress(order, at=request.now),
            "may_have_left": buying.may_have_left(order, at=request.now),
            "readdress_form": ReaddressForm(order=order),
            "no_alternates": True,
            **more,
        },
        status=status,
    )


def _pay(request, order):
    try:
        payment = _go_and_pay(order, request.now)
    except buying.NotForSale as refused:
        return _show(request, order, refusal=SENTENCES[refused.code])
    if payment is None:
        return _show(
            request,
            order,
            refusal=_("Le service de paiement ne répond pas. Réessayez dans quelques minutes."),
        )
    return redirect(request.path)


def _withdraw(request, order):
    try:
        buying.withdraw(order, at=request.now)
    except buying.NothingToWithdraw:
        order.refresh_from_db()
        if not order.withdrawn_at:
            return _show(
                request,
                order,
                refusal=_("Il n’y a plus rien à rembourser, ou les quatorze jours sont passés."),
            )
    except ledger.Refused:
        return _show(
            request, order, refusal=_("Un bon vient d’être utilisé. Regardez ce qui reste, et recommencez.")
        )
    return redirect(request.path)


def _reissue(request, order):
    """A code that somebody else has seen, or that is lost: a new one for what is left."""
    pk = request.POST.get("voucher", "")
    lost = next((card.voucher for card in cards(order, request.now) if str(card.voucher.pk) == pk), None)
    if lost is None or order.erased_at:
        raise links.Broken
    try:
        lifecycle.reissue(lost, key=f"reissued:{lost.pk}", at=request.now)
    except ledger.Refused:
        return _show(
            request,
            order,
            refusal=_("Ce bon ne peut pas être remplacé : il est vide, bloqué ou déjà annulé."),
        )
    return redirect(request.path)


def _correct_address(request, order):
    """The mail came back: to another address."""
    form = RecipientForm(request.POST)
    if not (order.undelivered_at and order.recipient_email) or order.withdrawn_at or order.erased_at:
        return redirect(request.path)
    if not form.is_valid():
        return _show(request, order, recipient_form=form)
    Order.objects.filter(pk=order.pk).update(
        recipient_email=form.cleaned_data["recipient_email"], undelivered_at=None
    )
    jobs.later(jobs.deliver, order=order.pk)
    return redirect(request.path)


def _resend(request, order):
    """The mail is lost, or in the wrong folder: the same once more."""
    if buying.may_resend(order):
        buying.resend(order)
    return redirect(request.path)


def _readdress(request, order):
    """To somebody else."""
    form = ReaddressForm(request.POST, order=order)
    if not buying.may_readdress(order, at=request.now):
        return _not_for_another(request, order)
    if not form.is_valid():
        return _show(request, order, readdress_form=form)
    said = form.cleaned_data
    try:
        buying.readdress(order, said["recipient_name"], said["new_email"], at=request.now)
    except (buying.NotForAnother, ledger.Refused):
        order.refresh_from_db()
        return _not_for_another(request, order)
    return redirect(request.path)


def _not_for_another(request, order):
    if request.POST.get("new_email", "").strip().casefold() == order.recipient_email.casefold():
        return redirect(request.path)  # clicked twice: it is done
    refusal = _(
        "Ce cadeau ne peut plus changer de destinataire : un bon a servi, ou vous l’avez déjà fait une fois."
    )
    return _show(request, order, refusal=refusal)


_ACTIONS = {
    "pay": _pay,
    "withdraw": _withdraw,
    "reissue": _reissue,
    "send": _correct_address,
    "resend": _resend,
    "readdress": _readdress,
}
