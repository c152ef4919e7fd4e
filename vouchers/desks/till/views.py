"""The till's pages, on a paired telephone: code, amount, receipt. No code stands in any address."""

from datetime import date, timedelta
from functools import wraps

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from vitrine import rates
from vitrine.desks import desk_language
from vouchers import holders, ledger, lifecycle, till
from vouchers.desks.till import words
from vouchers.desks.till.forms import PairForm, PaperForm, PinForm, SaleForm, ScanForm

COOKIE = "__Secure-till" if settings.SECURE_COOKIES else "till"
# Only these pages ever get it.
COOKIE_PATH = "/comptoir/caisse/"
COOKIE_LIVES = timedelta(days=400)
A_PAGE = 50
# No voucher is older.
EARLIEST = date(2020, 1, 1)
get_and_post = require_http_methods(["GET", "HEAD", "POST"])


def at_till(view):
    """A page of a paired telephone, in its language; to others there is none, and the first says how to pair one."""

    @wraps(view)
    @never_cache
    def opened(request, *args, **kwargs):
        request.till = till.of_secret(request.COOKIES.get(COOKIE, ""), at=request.now)
        language = request.till.language if request.till else desk_language(translation.get_language())
        with translation.override(language):
            request.LANGUAGE_CODE = language
            if request.till is None:
                sends = request.method not in ("GET", "HEAD")
                status = (403 if sends else 200) if request.path == COOKIE_PATH else 404
                return render(request, "desks/till/unpaired.html", status=status)
            return view(request, *args, **kwargs)

    return opened


def unlocked(view):
    """Where the owner asks for a PIN: first that."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        if till.needs_pin(request.till, at=request.now):
            return redirect("till:pin")
        return view(request, *args, **kwargs)

    return opened


def give_cookie(response, secret):
    response.set_cookie(
        COOKIE,
        secret,
        max_age=COOKIE_LIVES,
        path=COOKIE_PATH,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )
    return response


@get_and_post
@never_cache
def pair(request):
    """The telephone that types, or brings, an owner's code is a till from now on."""
    language = desk_language(translation.get_language())
    with translation.override(language):
        form = PairForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            if not rates.allowed(
                "pairing", rates.address_of(request), till.MOST_WRONG * 2, till.WITHIN, request.now
            ):
                form.add_error(
                    "code", _("Plusieurs codes faux ont été essayés d’ici. Réessayez dans dix minutes.")
                )
                return _page(request, "pair", {"form": form}, status=429)
            try:
                _new, secret = till.pair(form.cleaned_data["code"], language, at=request.now)
            except till.NoSuchPairing:
                form.add_error(
                    "code",
                    _(
                        "Ce code n’est pas valable : il sert une fois, pendant dix minutes. Demandez-en un autre."
                    ),
                )
            else:
                return give_cookie(redirect("till:home"), secret)
        return _page(request, "pair", {"form": form})


@get_and_post
@at_till
def home(request):
    """A voucher's code, scanned or typed: it is taken in hand."""
    asks_pin = till.needs_pin(request.till, at=request.now)
    form = ScanForm(request.POST or None, asks_pin=asks_pin)
    held = till.in_hand(request.till, at=request.now)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "home", {"form": form, "held": held})
    if asks_pin and (answer := _open(request, form)):
        return answer
    try:
        voucher = holders.find(form.cleaned_data["code"], who=f"till:{request.till.pk}", at=request.now)
        if voucher is None:
            return _page(request, "home", {"form": form, "held": held, "refusal": words.unknown()})
        till.hold(request.till, voucher, at=request.now)
        till.keep(request.till, [each.pk for each in held], at=request.now)
    except holders.TooManyGuesses:
        refusal = _("Plusieurs codes inconnus ont été essayés d’ici. Réessayez dans dix minutes.")
        return _page(request, "home", {"form": form, "held": held, "refusal": refusal}, status=429)
    except ledger.Refused as refused:
        return _page(request, "home", {"form": ScanForm(), "held": held, "refusal": words.sentence(refused)})
    again = "?deja=1" if voucher.pk in {each.pk for each in held} else ""
    return redirect(reverse("till:sale") + again)


@get_and_post
@at_till
def pin(request):
    """The PIN alone, where nothing is in hand."""
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _open(request, form) or redirect("till:home")
    return _page(request, "pin", {"form": form})


@get_and_post
@at_till
@unlocked
def sale(request):
    """What is in hand, and how much is taken of it."""
    do = request.POST.get("do", "take")
    if request.method == "POST" and do == "drop":
        till.let_go(request.till)
        return redirect("till:home")
    data, refusal = request.POST.copy() if request.method == "POST" else None, ""
    if data is not None and do == "all":
        # What the button said, so that nobody takes more than was read.
        data["amount"] = data.get("all", "")
    form = SaleForm(data)
    if data is not None:
        if form.is_valid():
            try:
                posted = till.take(
                    request.till,
                    form.vouchers(),
                    form.cleaned_data["amount"],
                    key=form.cleaned_data["key"],
                    at=request.now,
                )
            except ledger.Refused as refused:
                refusal = words.sentence(refused)
            else:
                return redirect("till:receipt", posted.txn.pk)
        # Somebody is typing: they stay in hand.
        till.keep(request.till, form.vouchers(), at=request.now)
    held = till.in_hand(request.till, at=request.now)
    left = sum(each.voucher.account.balance_cents for each in held)
    form.name_held(held)
    if not held and not refusal:
        return redirect("till:home")
    if data is None:
        # Straight to the keypad.
        form.fields["amount"].widget.attrs["autofocus"] = True
    context = {
        "form": form,
        "held": held,
        "left": left,
        "refusal": refusal,
        "is_there_already": "deja" in request.GET,
    }
    return _page(request, "sale", context)


@get_and_post
@at_till
@unlocked
def receipt(request, number):
    """What was taken, what is left, and taking it back."""
    found = till.sale(request.till.shop, number, at=request.now)
    if found is None:
        raise Http404("Not this shop's.")
    refusal = ""
    if request.method == "POST":
        try:
            till.undo(request.till, found.txn, at=request.now)
        except ledger.Refused as refused:
            refusal = words.sentence(refused)
        else:
            return redirect("till:receipt", number)
    return _page(request, "receipt", {"sale": found, "refusal": refusal})


@require_safe
@at_till
@unlocked
def day(request):
    """What the shop took on a day, and of whom with which till."""
    today = lifecycle.city_day(request.now)
    on = min(max(_day_of(request) or today, EARLIEST), today)
    begin, end = lifecycle.bounds_of(on)
    found = till.sales_between(request.till.shop, begin, end)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return _page(
        request,
        "day",
        {
            "day": on,
            "before": on - timedelta(days=1),
            "after": on + timedelta(days=1) if on < today else None,
            "page_of_sales": page,
            "sales": till.with_parts(page.object_list, at=request.now),
            "total": till.total_between(request.till.shop, begin, end),
        },
    )


@get_and_post
@at_till
@unlocked
def paper(request):
    """What was written down while the net was away."""
    form = PaperForm(request.POST or None, at=request.now)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            voucher = holders.find(said["code"], who=f"till:{request.till.pk}", at=request.now)
            if voucher is None:
                refusal = words.unknown()
            else:
                posted = till.take_from_paper(
                    request.till,
                    voucher,
                    said["amount"],
                    happened_at=said["happened_at"],
                    key=said["key"],
                    at=request.now,
                )
                return redirect("till:receipt", posted.txn.pk)
        except holders.TooManyGuesses:
            refusal = _("Plusieurs codes inconnus ont été essayés d’ici. Réessayez dans dix minutes.")
        except ledger.Refused as refused:
            refusal = words.sentence(refused)
    return _page(request, "paper", {"form": form, "refusal": refusal})


@require_safe
@at_till
def sheet(request):
    """A sheet to print and to lie beside the till, for when the net is away."""
    return _page(request, "sheet", {"lines": range(12)})


def _day_of(request):
    """The day that is asked for; None where it is none."""
    try:
        return parse_date(request.GET.get("jour", "")[:10])
    except ValueError:
        return None


def _open(request, form):
    """Open the till by the form's PIN. Returns the page to show where it is not the right one."""
    name = "home" if "code" in form.fields else "pin"
    try:
        till.open_with(request.till, form.cleaned_data["pin"], at=request.now)
    except till.WrongPin:
        form.add_error("pin", _("Ce n’est pas le bon code secret."))
    except till.PinLocked:
        form.add_error(
            "pin", _("Trop d’essais. Réessayez dans dix minutes, ou demandez à la personne propriétaire.")
        )
    else:
        return None
    return _page(request, name, {"form": form})


def _page(request, name, context, *, status=None):
    return render(
        request,
        f"desks/till/{name}.html",
        {**context, "till": getattr(request, "till", None)},
        status=status,
    )
