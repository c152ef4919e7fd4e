"""One voucher at the finance desk: found by what somebody says of it, what happened to it, frozen and released."""

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shops.models import Shop
from vouchers import codes, ledger, lifecycle, serials, till
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.fields import Keyed
from vouchers.desks.people import names
from vouchers.models import Account, Order, Till, Transaction, Transfer, Voucher

WRITES = "vouchers.change_voucher"
# Lines of a voucher's story on its page, the youngest; vouchers of the same last four signs.
SHOWN, FOUND = 200, 20
WHY = {
    "frozen": [
        ("lost", gettext_lazy("perdu ou volé, en attendant")),
        ("dispute", gettext_lazy("paiement contesté")),
        ("fraud", gettext_lazy("soupçon de fraude")),
    ],
    "active": [
        ("settled", gettext_lazy("l’affaire est réglée")),
        ("mistake", gettext_lazy("bloqué par erreur")),
    ],
}


class SearchForm(forms.Form):
    """Sent by POST: a code or an e-mail does not belong in an address."""

    typed = forms.CharField(
        label=gettext_lazy("Un numéro, un code, une commande ou une adresse e-mail"),
        help_text=gettext_lazy("Le numéro imprimé (12-00345-7), le code ou ses quatre derniers signes, le numéro de commande, l’adresse de l’acheteur."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@finance_desk("vouchers.view_voucher")
def index(request):
    """Find a voucher or an order. Nothing is changed by it."""
    form = SearchForm(request.POST or None)
    found = orders = None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["typed"].strip()
        found = _vouchers(typed)
        # Who buys is nobody's business but that of whoever answers her.
        orders = _orders(typed, by_buyer=request.user.has_perm("vouchers.change_order"))
        if len(found) + len(orders) == 1:
            return (
                redirect("finance:voucher", found[0].pk) if found else redirect("finance:order", orders[0].pk)
            )
        if not found and not orders:
            form.add_error("typed", _("Rien de tel. Vérifiez les signes un à un, ou essayez autre chose."))
    context = {"form": form, "vouchers": found, "orders": orders}
    return finance_page(request, "vouchers/desk/vouchers.html", context, page="vouchers")


def _vouchers(typed):
    everything = Voucher.objects.select_related("account", "network", "batch")
    try:
        return list(everything.filter(code_hmac__in=codes.digests(codes.read(typed.rpartition("#")[2]))))
    except codes.Mistyped:
        pass
    try:
        one = serials.find(everything, typed)
    except serials.Mistyped:
        return list(everything.filter(last4=typed.upper()).order_by("-pk")[:FOUND]) if len(typed) == 4 else []
    return [one] if one else []


def _orders(typed, *, by_buyer):
    which = Q(ref=typed.replace(" ", "").replace("-", "").upper())
    if by_buyer and "@" in typed:
        which |= Q(buyer_email__iexact=typed)
    return list(Order.objects.filter(which).order_by("-pk")[:FOUND])


class MoveForm(Keyed):
    """Freeze an active voucher, or release a frozen one, for a reason."""

    reason = forms.ChoiceField(label=gettext_lazy("Pourquoi"))

    def __init__(self, *args, to, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = WHY[to]


def _voucher(pk):
    everything = Voucher.objects.select_related(
        "account", "network__issuer", "shop", "batch__campaign", "grant", "order", "replaces"
    )
    return get_object_or_404(everything, pk=pk)


@require_safe
@finance_desk("vouchers.view_voucher")
def voucher(request, pk):
    return _page(request, _voucher(pk))


def _page(request, found, form=None):
    to = _to(found)
    context = {
        "voucher": found,
        "number": serials.of(found) if found.batch_id else "",
        "lines": _story(found),
        "replaced_by": Voucher.objects.filter(replaces=found).first(),
        "form": form or (MoveForm(to=to) if to and request.user.has_perm(WRITES) else None),
        "to": to,
        "expired": bool(found.expires_on) and found.expires_on < lifecycle.city_day(request.now),
        "may_correct": request.user.has_perm("vouchers.add_correction"),
    }
    return finance_page(request, "vouchers/desk/voucher.html", context, page="vouchers")


def _to(found):
    return {Voucher.State.ACTIVE: "frozen", Voucher.State.FROZEN: "active"}.get(found.state)


def _story(found):
    """What happened to it, the youngest first: a transaction, what it moved here, the shop, by whom. Five queries."""
    legs = Transfer.objects.filter(Q(source=found.account_id) | Q(target=found.account_id))
    legs = list(legs.select_related("txn", "source", "target").order_by("-pk")[:SHOWN])
    still = Transaction.objects.filter(subject=f"voucher:{found.pk}", kind__in=Transaction.MOVE_NOTHING)
    rows = [(leg.txn, leg) for leg in legs] + [(txn, None) for txn in still.order_by("-pk")[:SHOWN]]
    rows.sort(key=lambda row: (row[0].pk, row[1].position if row[1] else 0), reverse=True)
    shops = Shop.objects.in_bulk({_shop(leg, found) for _txn, leg in rows} - {None})
    tills = Till.objects.in_bulk({txn.device for txn, _leg in rows} - {None})
    people = names(txn.actor for txn, _leg in rows)
    taken_back = {txn.reverses_id for txn, _leg in rows}
    return [
        {
            "txn": txn,
            "cents": leg and (leg.amount_cents if leg.target_id == found.account_id else -leg.amount_cents),
            "after": leg and (leg.target_after if leg.target_id == found.account_id else leg.source_after),
            "shop": shops.get(_shop(leg, found)),
            "by": tills.get(txn.device) or people.get(txn.actor),
            "is_sale": txn.kind == Transaction.Kind.REDEEMED and txn.pk not in taken_back,
            "on_paper": till.happened_at(txn),
        }
        for txn, leg in rows[:SHOWN]
    ]


def _shop(leg, found):
    other = leg and (leg.source if leg.target_id == found.account_id else leg.target)
    if not other or other.kind != Account.Kind.MERCHANT_PAYABLE:
        return None
    return int(other.owner.partition(":")[2])


@require_POST
@finance_desk(WRITES)
def move(request, pk):
    """Freeze it or release it: whichever it is not."""
    found = _voucher(pk)
    to = request.POST.get("to")
    if to not in WHY or to != _to(found):
        messages.info(request, _("Ce bon a changé entre-temps : regardez encore une fois."))
        return redirect("finance:voucher", pk)
    form = MoveForm(request.POST, to=to)
    if not form.is_valid():
        return _page(request, found, form)
    verb, done = {
        "frozen": (lifecycle.freeze, _("Ce bon est bloqué : rien n’en est pris tant qu’il l’est.")),
        "active": (lifecycle.release, _("Ce bon est débloqué.")),
    }[to]
    try:
        verb(
            found, reason=form.cleaned_data["reason"], key=f"{to}:{pk}:{form.cleaned_data['key']}",
            at=request.now, actor=request.user.pk,
        )  # fmt: skip
    except ledger.Refused:
        messages.info(request, _("Ce bon a changé entre-temps : regardez encore une fois."))
    else:
        messages.success(request, done)
    return redirect("finance:voucher", pk)
