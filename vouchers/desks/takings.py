"""The owner's desk: what vouchers brought in, when it is paid, on which account; statements, and a table for her accountant."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shops.desks.merchant.door import desk, page, shop_of
from shops.desks.tables import csv_response
from vouchers import corrections, ibans, lifecycle
from vouchers.desks.settlement_forms import AccountForm, PeriodForm
from vouchers.models import Agreement, BankAccount, Payout
from vouchers.seals import Unreadable
from vouchers.settlement import accounts, answers, runs, statements

SECTION = "takings"
A_PAGE, SHOWN = 25, 20
LAST_DAYS = timedelta(days=13)
LUXEMBOURGISH = "lb"
get_and_post = require_http_methods(["GET", "HEAD", "POST"])
REFUSALS = {
    "one_waits": gettext_lazy("Une demande est déjà en cours : annulez-la d’abord."),
    "too_late": gettext_lazy("C’est trop tard : quelqu’un a déjà décidé."),
}


def _refusal(error):
    return str(REFUSALS.get(error.code, _("Ce n’est plus possible.")))


@require_safe
@desk
def home(request, public_id):
    """Today, this week, what is due and when it comes, and what was paid."""
    return _home(request, shop_of(request, public_id, word="owned_by"))


def _home(request, shop, form=None):
    today = lifecycle.city_day(request.now)
    monday = today - timedelta(days=today.weekday())
    by_day = statements.by_day(shop, min(monday, today - LAST_DAYS), today)
    paid = Payout.objects.filter(shop=shop).exclude(txn=None)
    on_its_way = paid.filter(state=Payout.State.IN_TRANSIT).aggregate(cents=Sum("cents"))["cents"] or 0
    paged = Paginator(paid.select_related("file").order_by("-pk"), A_PAGE).get_page(request.GET.get("page"))
    for payout in paged.object_list:
        payout.why = answers.reason_words(payout.reason)
    outlook = runs.outlook(shop, at=request.now)
    context = {
        "today": sum(day.cents for day in by_day if day.on == today),
        "week": sum(day.cents for day in by_day if day.on >= monday),
        "outlook": outlook,
        "due": sum(one.owed_cents for one in outlook),
        "kept": sum(one.owed_cents - one.cents for one in outlook),
        "on_its_way": on_its_way,
        "to_give_back": corrections.left_of(shop),
        "has_agreement": Agreement.objects.active(today).filter(shop=shop).exists(),
        "account": accounts.current([shop.pk], at=request.now).get(shop.pk),
        "by_day": [day for day in by_day if day.on >= today - LAST_DAYS],
        "payouts": paged,
        "form": form or PeriodForm(initial=_this_month(today)),
        "vat": statements.vat_note(),
    }
    return page(request, "desks/merchant/takings.html", context, shop=shop, section=SECTION)


def _this_month(today):
    return {"du": today.replace(day=1), "au": today}


@get_and_post
@desk
def account(request, public_id):
    """Where the money goes. She types an IBAN here; the City confirms it."""
    shop = shop_of(request, public_id, word="owned_by")
    do = request.POST.get("do", "") if request.method == "POST" else ""
    form = AccountForm(request.POST if do == "ask" else None)
    try:
        if do == "ask" and form.is_valid():
            said = form.cleaned_data
            accounts.ask(shop, said["iban"], said["holder"], by=request.user, at=request.now)
            messages.success(request, _("C’est demandé. La Ville vous rappelle et confirme."))
            return redirect("takings:account", shop.public_id)
        if do == "cancel":
            _cancel(request, shop)
            return redirect("takings:account", shop.public_id)
    except accounts.NotAllowed as error:
        form.add_error(None, _refusal(error))
    found = list(shop.bank_accounts.order_by("-pk")[:SHOWN])
    for one in found:
        one.now = BankAccount.State(one.state(request.now))
        one.shown = _shown(one, request.user)
        one.is_waiting = one.now in (BankAccount.State.ASKED, BankAccount.State.HELD)
    current = accounts.current([shop.pk], at=request.now).get(shop.pk)
    context = {
        "form": form,
        "accounts": found,
        "current": current,
        "waiting": next((one for one in found if one.is_waiting), None),
        "hold_hours": int(accounts.HOLD.total_seconds() // 3600),
    }
    return page(request, "desks/merchant/takings_account.html", context, shop=shop, section=SECTION)


def _cancel(request, shop):
    for waiting in BankAccount.objects.waiting(request.now).filter(shop=shop):
        try:
            accounts.cancel(waiting, by=request.user, at=request.now)
        except accounts.NotAllowed as error:
            messages.error(request, _refusal(error))
        else:
            messages.success(request, _("La demande est annulée."))


def _shown(one, person):
    """In full for who has typed it, its end for the others of the shop."""
    if one.asked_by != person.pk:
        return f"… {one.last4}"
    try:
        return ibans.spaced(one.iban())
    except Unreadable:
        return f"… {one.last4}"


@require_safe
@desk
def export(request, public_id):
    """Every line of a period, for her accountant; of this month, where none is said."""
    shop = shop_of(request, public_id, word="owned_by")
    form = PeriodForm(request.GET or _this_month(lifecycle.city_day(request.now)))
    if not form.is_valid():
        return _home(request, shop, form)
    first, last = form.cleaned_data["du"], form.cleaned_data["au"]
    header, rows = statements.period_table(shop, first, last)
    return csv_response(
        f"recettes-{shop.public_id}-{first}-{last}.csv", header, rows, delimiter=statements.delimiter()
    )


def _payout(request, public_id, pk):
    shop = shop_of(request, public_id, word="owned_by")
    paid = Payout.objects.exclude(txn=None).select_related("file__issuer", "shop", "account")
    return get_object_or_404(paid, shop=shop, pk=pk)


def _language(request):
    """The desk's own, but for who reads Luxembourgish, which the desk does not speak."""
    return LUXEMBOURGISH if request.user.language == LUXEMBOURGISH else get_language()


@require_safe
@desk
def statement(request, public_id, pk):
    """The statement of a payout, to print."""
    found = _payout(request, public_id, pk)
    content = statements.statement_pdf(found, language=_language(request))
    headers = {"Content-Disposition": f'attachment; filename="{found.end_to_end_id}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
@desk
def statement_csv(request, public_id, pk):
    found = _payout(request, public_id, pk)
    with translation.override(_language(request)):
        header, rows = statements.payout_table(found)
        return csv_response(f"{found.end_to_end_id}.csv", header, rows, delimiter=statements.delimiter())
