"""The finance desk's first page: what waits, what is not as it should be, and what stands in the books."""

from django.db.models import Sum
from django.views.decorators.http import require_safe

from vouchers import alarms, corrections, lifecycle, reports
from vouchers.desks import tasks
from vouchers.desks.alarm_words import words_of
from vouchers.desks.door import finance_desk, finance_page
from vouchers.models import Account, Issuer

KINDS = (
    Account.Kind.VOUCHER,
    Account.Kind.MERCHANT_PAYABLE,
    Account.Kind.CAMPAIGN_BUDGET,
    Account.Kind.REFUND_DUE,
)


@require_safe
@finance_desk()
def index(request):
    today = lifecycle.city_day(request.now)
    issuers = []
    sums = {
        (issuer, kind): cents
        for issuer, kind, cents in Account.objects.values_list("issuer", "kind")
        .annotate(Sum("balance_cents"))
        .order_by()
    }
    for issuer in Issuer.objects.order_by("pk"):
        stands = [(Account.Kind(kind).label, sums.get((issuer.pk, kind), 0)) for kind in KINDS]
        issuers.append((issuer, stands, reports.volume(issuer, today)))
    context = {
        "tasks": tasks.waiting(own=request.user.pk, at=request.now),
        "alarms": [words_of(fact) for fact in alarms.facts(at=request.now)],
        "corrections_under_way": corrections.under_way().count(),
        "issuers": issuers,
    }
    return finance_page(request, "vouchers/desk/home.html", context, page="home")
