"""Orders at the finance desk: what went wrong first, each with its payments and refunds."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from vouchers import buying, jobs, payments
from vouchers.desks.door import finance_desk, finance_page
from vouchers.models import Order, Refund

PAGE = 50
WRITES = "vouchers.change_order"
CAME_BACK = Q(undelivered_at__isnull=False) | Q(receipt_failed_at__isnull=False)
# Why a provider refused, by its own name for it; of another, the name is shown.
FAILURES = {
    "account-closed": gettext_lazy("le compte de l’acheteur est fermé"),
    "came-back": gettext_lazy("l’argent est revenu au prestataire"),
    "charge_already_refunded": gettext_lazy("déjà remboursé chez le prestataire"),
    "charge_for_pending_refund_disputed": gettext_lazy(
        "l’acheteur a contesté ce paiement auprès de sa banque"
    ),
    "declined": gettext_lazy("la banque de l’acheteur refuse"),
    "expired_or_canceled_card": gettext_lazy("carte échue ou résiliée"),
    "insufficient_funds": gettext_lazy("il n’y a pas assez d’argent chez le prestataire"),
    "lost_or_stolen_card": gettext_lazy("carte perdue ou volée"),
    "more-than-was-paid": gettext_lazy("plus que ce qui a été payé"),
}
VIEWS = {
    "": (gettext_lazy("Toutes"), Q()),
    "remboursements": (
        gettext_lazy("Remboursements refusés"),
        Q(payments__refunds__state=Refund.State.FAILED),
    ),
    "revenus": (gettext_lazy("E-mails revenus"), CAME_BACK & Q(erased_at=None, withdrawn_at=None)),
    "contestees": (gettext_lazy("Paiements contestés"), Q(payments__disputed_at__isnull=False)),
    "ouvertes": (gettext_lazy("Pas encore payées"), Q(state=Order.State.OPEN)),
}


@require_safe
@finance_desk("vouchers.view_order")
def index(request):
    """The youngest first."""
    chosen = request.GET.get("voir", "")
    if chosen not in VIEWS:
        chosen = ""
    found = Order.objects.filter(VIEWS[chosen][1]).order_by("-pk").distinct()
    paged = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "paged": paged,
        "views": [(name, label) for name, (label, _which) in VIEWS.items()],
        "chosen": chosen,
    }
    return finance_page(request, "vouchers/desk/orders.html", context, page="orders")


def _order(pk):
    return get_object_or_404(Order.objects.select_related("network__issuer", "shop"), pk=pk)


@require_safe
@finance_desk("vouchers.view_order")
def order(request, pk):
    found = _order(pk)
    may_write = request.user.has_perm(WRITES)
    context = {
        "order": found,
        # Who buys, and for whom, is shown to whoever answers them.
        "may_write": may_write,
        "vouchers": found.vouchers.select_related("account").order_by("pk"),
        "payments": _payments(found),
        "may_send": _may_send(found) and may_write,
    }
    return finance_page(request, "vouchers/desk/order.html", context, page="orders")


def _payments(found):
    rows = list(found.payments.prefetch_related("refunds").order_by("pk"))
    for payment in rows:
        payment.provider_label = payments.label_of(payment.provider)
        for refund in payment.refunds.all():
            refund.why = FAILURES.get(refund.failure, refund.failure)
    return rows


def _may_send(found):
    return bool(found.paid_at and not found.withdrawn_at and not found.erased_at)


@require_POST
@finance_desk(WRITES)
def send_again(request, pk):
    """The buyer's mail once more, and that of whom it is for, had it gone out already; to the addresses that are known."""
    found = _order(pk)
    if not _may_send(found):
        messages.info(request, _("Cette commande n’a rien à envoyer."))
    else:
        jobs.later(jobs.send_receipt, order=pk)
        if found.is_gift:
            buying.resend(found)
        messages.success(request, _("L’e-mail repart dans la minute."))
    return redirect("finance:order", pk)


@require_POST
@finance_desk(WRITES)
def erase(request, pk):
    """Who bought it, and for whom, is forgotten; the vouchers stay good for whoever has their codes."""
    found = _order(pk)
    if not request.POST.get("sure"):
        messages.warning(request, _("Cochez la case pour effacer ces personnes."))
    elif found.payments.filter(refunds__state__in=[Refund.State.ASKED, Refund.State.FAILED]).exists():
        messages.warning(
            request, _("Un remboursement est encore dû : effacez ces personnes quand il est fait.")
        )
    else:
        buying.erase(found, at=request.now)
        messages.success(request, _("C’est effacé. Les bons restent valables."))
    return redirect("finance:order", pk)


@require_POST
@finance_desk("vouchers.change_refund")
def refund_again(request, pk):
    """Ask the provider once more for a refund that it refused."""
    refund = get_object_or_404(Refund.objects.select_related("payment"), pk=pk)
    if refund.state == Refund.State.FAILED:
        buying.ask_again(refund, at=request.now)
        messages.success(request, _("Le prestataire est sollicité encore une fois."))
    else:
        messages.info(request, _("Ce remboursement n’est plus en échec."))
    return redirect("finance:order", refund.payment.order_id)
