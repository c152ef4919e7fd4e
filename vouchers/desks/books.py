"""The proof of the books at the finance desk: for an auditor who wants to see it run, and months that are closed."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vouchers import checks, heads, lifecycle, proof, reports
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.people import names
from vouchers.desks.reports import NAMES
from vouchers.models import Account, BookCheck, ChainLink, Issuer, MonthClosing, Transaction

SHOWN = 20


@require_safe
@finance_desk("vouchers.view_bookcheck")
def index(request):
    """The last proofs, the head of the chain, the trust identity of each issuer, the months. A bounded number of queries."""
    found = list(BookCheck.objects.all()[:SHOWN])
    closings = list(MonthClosing.objects.select_related("issuer")[:SHOWN])
    people = names([*(each.asked_by for each in found), *(each.closed_by for each in closings)])
    issuers = list(Issuer.objects.order_by("pk"))
    today = lifecycle.city_day(request.now)
    context = {
        "checks": [(each, people.get(each.asked_by)) for each in found],
        "under_way": any(each.done_at is None for each in found),
        "last": ChainLink.objects.order_by("-seq").first(),
        "waiting": Transaction.objects.filter(link=None).count(),
        "identities": [(issuer, proof.trust_identity(issuer)) for issuer in issuers],
        "closings": [(each, people.get(each.closed_by)) for each in closings],
        "to_close": [(issuer, month) for issuer in issuers if (month := reports.to_close(issuer, today))],
        "may_check": request.user.has_perm("vouchers.add_bookcheck"),
        "may_close": request.user.has_perm("vouchers.add_monthclosing"),
        "has_heads": any(Path(path).exists() for path in settings.LEDGER_HEADS),
    }
    return finance_page(request, "vouchers/desk/books.html", context, page="books")


@require_POST
@finance_desk("vouchers.add_bookcheck")
def check(request):
    """Have the books proved; asked twice, it is one proof."""
    checks.ask(by=request.user.pk, at=request.now)
    messages.success(
        request, _("La vérification est lancée. Elle prend quelques secondes : rechargez la page.")
    )
    return redirect("finance:books")


@require_safe
@finance_desk("vouchers.view_bookcheck")
def published(request):
    """The heads that were published, in the form that `verify_ledger --heads` reads: date, place, hash."""
    try:
        known = heads.published()
    except ValueError:
        known = {}
    # Without their dates: the places prove the order.
    lines = [f"- {seq} {digest}\n" for seq, digest in sorted(known.items())]
    return HttpResponse(
        "".join(lines),
        content_type="text/plain; charset=ascii",
        headers={"Content-Disposition": 'attachment; filename="heads.txt"'},
    )


@require_POST
@finance_desk("vouchers.add_monthclosing")
def close(request):
    """Close the next month of an issuer: which one is not asked, so that none is left out."""
    asked = request.POST.get("issuer", "")
    issuer = Issuer.objects.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None
    month = issuer and reports.to_close(issuer, lifecycle.city_day(request.now))
    if month is None or month.isoformat() != request.POST.get("month"):
        messages.info(request, _("Ce mois est déjà clos, ou pas encore fini."))
        return redirect("finance:books")
    try:
        closing = reports.close_month(issuer, month, by=request.user.pk, at=request.now)
    except reports.NotOver:
        messages.warning(request, _("Tout n’est pas encore scellé : réessayez dans une minute."))
        return redirect("finance:books")
    except reports.Closed:
        messages.info(request, _("Ce mois est déjà clos, ou pas encore fini."))
        return redirect("finance:books")
    messages.success(request, _("Le mois est clos : ses chiffres ne changent plus."))
    return redirect("finance:month", closing.pk)


@require_safe
@finance_desk("vouchers.view_monthclosing")
def month(request, pk):
    """A closed month as it stood, and whether the journal still says the same."""
    closing = get_object_or_404(MonthClosing.objects.select_related("issuer"), pk=pk)
    stood, flows = closing.figures["balances"], closing.figures["flows"]
    context = {
        "closing": closing,
        "by": names([closing.closed_by]).get(closing.closed_by),
        "stood": [(Account.Kind(kind).label, stood[kind]) for kind in reports.OWED],
        "owed": reports.owed(stood),
        "held_sum": reports.held(stood),
        # A month of long ago was kept before some of them were counted.
        "flows": [(label, flows[name]) for name, label in NAMES.items() if name in flows],
        "differs": reports.differs(closing),
    }
    return finance_page(request, "vouchers/desk/month.html", context, page="books")
