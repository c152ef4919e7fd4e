"""The vouchers' public pages."""

import uuid

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from shops import reference
from vitrine import rates
from vouchers import codes, holders, ledger, lifecycle
from vouchers.forms import CodeForm


@csrf_exempt  # nobody is signed in: the code is the whole right
@never_cache
def balance(request):
    """What is left on a voucher, for who has its code. The code comes by POST: no address ever has it."""
    form = CodeForm(request.POST or None)
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            voucher = holders.find(form.cleaned_data["code"], who=rates.address_of(request), at=request.now)
        except holders.TooManyGuesses:
            return render(request, "vouchers/balance.html", {**context, "too_many": True}, status=429)
        if voucher is None:
            return render(request, "vouchers/balance.html", {**context, "unknown": True})
        if "extend" in request.POST:
            context["extended"] = _extend(voucher, request.now)
            voucher.refresh_from_db()
        elif "donate" in request.POST:
            context["donation"] = _donate(voucher, request)
            voucher.refresh_from_db()
            voucher.account.refresh_from_db()
        context["holding"] = holders.holding(voucher, today=lifecycle.city_day(request.now, request.city))
        context["code"] = codes.spaced(form.cleaned_data["code"])
        context["empty_form"] = _empty_form(get_language())
    return render(request, "vouchers/balance.html", context)


@reference.kept(8)
def _empty_form(_language):
    """The form for another voucher, drawn."""
    return render_to_string("vouchers/_code_form.html", {"form": CodeForm()})


def _donate(voucher, request):
    """What came of it: « done », « unsure » without the tick, or « late » where it cannot be any more. Sent again, it is done."""
    if not request.POST.get("sure"):
        return "unsure"
    try:
        lifecycle.donate(voucher, key=f"donated:{voucher.pk}", at=request.now)
    except (ledger.NoSuchMove, ledger.Empty):
        return "late"
    return "done"


def _extend(voucher, at):
    """Whether it is good for longer now; a second click finds it done."""
    try:
        lifecycle.extend_for_holder(voucher, key=uuid.uuid4().hex, at=at)
    except ledger.NoSuchMove:
        return False
    return True
