"""What two people give: money for a budget, a voucher for somebody. One asks, another agrees."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vouchers import campaign_paper, decisions, grant_letters
from vouchers.desks.campaign_forms import GoodwillForm, GrantForm
from vouchers.desks.campaigns import pdf_response
from vouchers.desks.deciding import ask_for_money, decide_now
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.people import names
from vouchers.desks.tasks import page_of
from vouchers.models import GOODWILL, Account, BudgetLoad, Grant, Voucher

PAGE = 50
SHOWN = 20
WRITES = "vouchers.change_grant"
TWO_WAYS = require_http_methods(["GET", "HEAD", "POST"])


def _page(request, template, context, **how):
    context = {"may_write": request.user.has_perm(WRITES), "own": request.user.pk, **context}
    return finance_page(request, f"vouchers/desk/{template}.html", context, page="grants", **how)


@require_safe
@finance_desk("vouchers.view_grant")
def index(request):
    """Those that wait for a second person first."""
    paged = Paginator(Grant.objects.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    waiting = list(Grant.objects.filter(state=Grant.State.ASKED).order_by("pk")[:PAGE])
    loads = list(BudgetLoad.objects.filter(campaign=None, for_fees=False).order_by("-pk")[:SHOWN])
    budgets = Account.objects.filter(kind=Account.Kind.CAMPAIGN_BUDGET, owner=GOODWILL)
    decided = [*paged.object_list, *waiting, *loads]
    people = names(number for each in decided for number in (each.asked_by, each.decided_by))
    context = {
        "paged": paged,
        "grants": [
            (each, people.get(each.asked_by), people.get(each.decided_by)) for each in paged.object_list
        ],
        "waiting": [(each, people.get(each.asked_by)) for each in waiting],
        "loads": [(each, people.get(each.asked_by), people.get(each.decided_by)) for each in loads],
        "budgets": budgets.select_related("issuer").order_by("pk"),
    }
    return _page(request, "grants", context)


@TWO_WAYS
@finance_desk("vouchers.add_grant")
def new(request):
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        grant = decisions.ask_grant(
            said["network"], form_key=said["key"], by=request.user.pk, at=request.now, **form.columns()
        )
        messages.success(request, _("C’est demandé. Une autre personne des finances doit confirmer."))
        return redirect("finance:grant", grant.pk)
    return _page(request, "grant_form", {"form": form})


@TWO_WAYS
@finance_desk("vouchers.add_budgetload")
def ask_load(request):
    form = GoodwillForm(request.POST or None)
    return ask_for_money(request, form) or _page(request, "load_form", {"form": form})


@require_POST
@finance_desk("vouchers.change_budgetload")
def decide_load(request, pk):
    load = get_object_or_404(BudgetLoad.objects.select_related("issuer", "campaign"), pk=pk)
    decide_now(request, load, decisions.agree_load, _("La dotation est au budget."))
    return redirect(page_of(load))


@require_safe
@finance_desk("vouchers.view_grant")
def grant(request, pk):
    found = _grant(pk)
    prints = list(found.prints.all()[:SHOWN])
    people = names([found.asked_by, found.decided_by, *(each.by for each in prints)])
    context = {
        "grant": found,
        "voucher": getattr(found, "voucher", None),
        "asked_by": people.get(found.asked_by),
        "decided_by": people.get(found.decided_by),
        "left": decisions.left(found),
        "prints": [(each, people.get(each.by)) for each in prints],
    }
    return _page(request, "grant", context)


@require_POST
@finance_desk(WRITES)
def decide(request, pk):
    found = _grant(pk)
    decide_now(request, found, decisions.agree_grant, _("Le bon est émis."))
    return redirect("finance:grant", pk)


@require_POST
@finance_desk("vouchers.add_codeprint")
def take_code(request, pk):
    """The voucher on paper, for whoever gives it away: made now, noted, kept nowhere."""
    found = _grant(pk)
    if found.state != Grant.State.AGREED or found.voucher.state != Voucher.State.ACTIVE:
        raise Http404("Nothing to print.")
    campaign_paper.note_grant(found, by=request.user.pk, at=request.now)
    return pdf_response(f"don-{pk}.pdf", grant_letters.pdf(found))


@require_POST
@finance_desk(WRITES)
def erase(request, pk):
    """Whom it was for, and why in words, are forgotten; the voucher stays good."""
    decisions.erase(_grant(pk), at=request.now)
    messages.success(request, _("C’est effacé. Le bon reste valable."))
    return redirect("finance:grant", pk)


def _grant(pk):
    found = Grant.objects.select_related(
        "network__issuer", "campaign", "voucher__account", "voucher__network__issuer"
    )
    return get_object_or_404(found, pk=pk)
