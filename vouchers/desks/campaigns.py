"""Campaigns at the finance desk: their terms, their budget, their batches, and how vouchers reach people."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shops.desks.tables import csv_response
from vouchers import campaign_paper, campaigns, ledger, lifecycle, serials
from vouchers.desks.campaign_forms import (
    BatchForm,
    BonusForm,
    CampaignForm,
    CounterForm,
    ListForm,
    LoadForm,
    PrintForm,
)
from vouchers.desks.deciding import ask_for_money
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.people import names
from vouchers.models import Account, Batch, Bonus, Campaign, CodePrint, Voucher
from vouchers.templatetags.money import euros

PAGE = 50
SHOWN = 20
WRITES = "vouchers.change_campaign"
TWO_WAYS = require_http_methods(["GET", "HEAD", "POST"])
STATES = {
    "prepared": Q(state=Voucher.State.PREPARED),
    "void": Q(state=Voucher.State.VOID, issued_on=None),
    "handed": Q(issued_on__isnull=False),
}


@dataclass(frozen=True)
class Counts:
    """How many vouchers there are, by what became of them."""

    made: int = 0
    prepared: int = 0
    handed: int = 0
    void: int = 0


def counts(by: str, **vouchers) -> dict[int, Counts]:
    """By batch or by campaign (`batch`, `batch__campaign`), of the vouchers that are meant. One query."""
    rows = Voucher.objects.filter(**vouchers).values(by).order_by()
    sums = {name: Count("pk", filter=which) for name, which in STATES.items()}
    return {row.pop(by): Counts(**row) for row in rows.annotate(made=Count("pk"), **sums)}


def _page(request, template, context=None, **how):
    context = {"may_write": request.user.has_perm(WRITES), **(context or {})}
    return finance_page(request, f"vouchers/desk/{template}.html", context, page="campaigns", **how)


def _campaign(pk):
    return get_object_or_404(Campaign.objects.select_related("network__issuer"), pk=pk)


@require_safe
@finance_desk("vouchers.view_campaign")
def index(request):
    """All campaigns, the youngest first."""
    page = Paginator(Campaign.objects.select_related("network"), PAGE).get_page(request.GET.get("page"))
    ids = [each.pk for each in page.object_list]
    budgets = Account.objects.filter(
        kind=Account.Kind.CAMPAIGN_BUDGET, owner__in=[each.budget_name for each in page.object_list]
    )
    left = dict(budgets.values_list("owner", "balance_cents"))
    counted = counts("batch__campaign", batch__campaign__in=ids)
    rows = [
        (each, counted.get(each.pk, Counts()), left.get(each.budget_name, 0)) for each in page.object_list
    ]
    return _page(request, "campaigns", {"rows": rows, "paged": page})


@TWO_WAYS
@finance_desk("vouchers.add_campaign")
def new(request):
    return _terms(request, None)


@TWO_WAYS
@finance_desk(WRITES)
def edit(request, pk):
    """The terms of a draft. Of a campaign that is open nothing changes any more."""
    found = _campaign(pk)
    if found.state != Campaign.State.DRAFT:
        messages.info(request, _("Cette campagne est ouverte : ses conditions ne changent plus."))
        return redirect("finance:campaign", pk)
    return _terms(request, found)


def _terms(request, found):
    today = lifecycle.city_day(request.now)
    form = CampaignForm(request.POST or None, campaign=found, today=today)
    if request.method == "POST" and form.is_valid():
        return redirect("finance:campaign", form.save().pk)
    return _page(request, "campaign_form", {"form": form, "campaign": found})


@require_safe
@finance_desk("vouchers.view_campaign")
def campaign(request, pk):
    return _campaign_page(request, _campaign(pk))


def _campaign_page(request, found, batch_form=None):
    paged = Paginator(found.batches.all(), PAGE).get_page(request.GET.get("page"))
    counted = counts("batch", batch__campaign=found)
    loads = list(found.loads.order_by("-pk")[:SHOWN])
    people = names(number for load in loads for number in (load.asked_by, load.decided_by))
    rule = Bonus.objects.filter(campaign=found).first()
    use = rule.uses.filter(owner="").first() if rule else None
    whole = Counts(*(sum(column) for column in zip(*map(_columns, counted.values()), strict=True)))
    left = campaigns.left(found)
    today = lifecycle.city_day(request.now)
    context = {
        "campaign": found,
        "left": left,
        "whole": whole,
        "missing": max(0, whole.prepared * found.amount_cents - left),
        "loads": [(load, people.get(load.asked_by), people.get(load.decided_by)) for load in loads],
        "own": request.user.pk,
        "paged": paged,
        "batches": [(batch, counted.get(batch.pk, Counts())) for batch in paged.object_list],
        "bonus": rule,
        "added": use.used_cents if use else 0,
        "is_open": campaigns.is_open(found, today),
        "is_over": found.ends_on < today,
        "batch_form": batch_form or BatchForm(),
    }
    return _page(request, "campaign", context)


def _columns(each):
    return each.made, each.prepared, each.handed, each.void


@require_POST
@finance_desk(WRITES)
def open_(request, pk):
    found = _campaign(pk)
    if not request.POST.get("sure"):
        messages.warning(request, _("Cochez la case pour ouvrir la campagne."))
        return redirect("finance:campaign", pk)
    try:
        campaigns.open_(found, today=lifecycle.city_day(request.now))
    except campaigns.Over:
        messages.warning(
            request, _("Son dernier jour de remise est passé : corrigez d’abord ses conditions.")
        )
    except campaigns.NotNow:
        messages.info(request, _("Cette campagne n’est plus en préparation."))
    else:
        messages.success(request, _("La campagne est ouverte. Faites maintenant préparer ses bons."))
    return redirect("finance:campaign", pk)


@require_POST
@finance_desk(WRITES)
def close(request, pk):
    found = _campaign(pk)
    if not request.POST.get("sure"):
        messages.warning(request, _("Cochez la case pour clore la campagne."))
        return redirect("finance:campaign", pk)
    try:
        campaigns.close(found, by=request.user.pk)
    except campaigns.NotNow:
        messages.info(request, _("Cette campagne est déjà close."))
    else:
        messages.success(request, _("La campagne est close. Les bons que personne n’a reçus sont annulés."))
    return redirect("finance:campaign", pk)


@TWO_WAYS
@finance_desk(WRITES)
def bonus(request, pk):
    """What the City adds to takings. Settled while the campaign is a draft."""
    found = _campaign(pk)
    if found.state != Campaign.State.DRAFT:
        messages.info(request, _("Cette campagne est ouverte : ses conditions ne changent plus."))
        return redirect("finance:campaign", pk)
    if request.method == "POST" and "without" in request.POST:
        Bonus.objects.filter(campaign=found).delete()
        return redirect("finance:campaign", pk)
    form = BonusForm(request.POST or None, campaign=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("finance:campaign", pk)
    has_one = Bonus.objects.filter(campaign=found).exists()
    return _page(request, "bonus_form", {"form": form, "campaign": found, "has_one": has_one})


@TWO_WAYS
@finance_desk("vouchers.add_budgetload")
def ask_load(request, pk):
    """Money for the campaign: one asks here, another agrees on the campaign's page."""
    found = _campaign(pk)
    form = LoadForm(request.POST or None)
    return ask_for_money(request, form, campaign=found) or _page(
        request, "load_form", {"form": form, "campaign": found}
    )


@require_POST
@finance_desk("vouchers.add_batch")
def new_batch(request, pk):
    found, form = _campaign(pk), BatchForm(request.POST)
    if not form.is_valid():
        return _campaign_page(request, found, form)
    said = form.cleaned_data
    try:
        batch = campaigns.order_batch(
            found, said["quantity"], form_key=said["key"], by=request.user.pk, at=request.now
        )
    except campaigns.NotOpen:
        messages.warning(request, _("Ouvrez d’abord la campagne."))
        return redirect("finance:campaign", pk)
    return redirect("finance:batch", batch.pk)


# One batch


def _batch(pk):
    return get_object_or_404(Batch.objects.select_related("campaign__network__issuer"), pk=pk)


@require_safe
@finance_desk("vouchers.view_batch")
def batch(request, pk):
    return _batch_page(request, _batch(pk))


def _batch_page(request, found, print_form=None):
    counted = counts("batch", batch=found).get(found.pk, Counts())
    done = {
        Batch.Task.PREPARE: (counted.made, found.quantity),
        Batch.Task.HAND_OVER: (counted.handed, counted.made),
        Batch.Task.CANCEL: (counted.void, counted.made - counted.handed),
    }
    prints = list(found.prints.all()[:SHOWN])
    people = names([found.made_by, *(each.by for each in prints)])
    context = {
        "batch": found,
        "campaign": found.campaign,
        "counts": counted,
        "progress": done.get(found.task),
        "cost": counted.prepared * found.campaign.amount_cents,
        "is_open": campaigns.is_open(found.campaign, lifecycle.city_day(request.now)),
        "by": people.get(found.made_by),
        "prints": [(each, people.get(each.by)) for each in prints],
        "print_form": print_form or PrintForm(parts=_parts(found)),
        "may_print": request.user.has_perm("vouchers.add_codeprint") and found.campaign.may_print,
    }
    return _page(request, "batch", context)


def _parts(found):
    size = campaign_paper.PART
    return [
        (number, (number - 1) * size + 1, min(number * size, found.quantity))
        for number in campaign_paper.parts(found)
    ]


@require_POST
@finance_desk("vouchers.change_batch")
def hand_over_all(request, pk):
    found = _batch(pk)
    if not request.POST.get("sure"):
        messages.warning(request, _("Cochez la case pour remettre tous les bons de ce lot."))
        return redirect("finance:batch", pk)
    try:
        campaigns.hand_over_all(found, by=request.user.pk, at=request.now)
    except campaigns.NotNow:
        messages.info(request, _("Ce lot est déjà en cours de traitement, ou ne part pas par lettre."))
    except campaigns.NotOpen:
        messages.warning(request, _("La campagne n’est pas ouverte aujourd’hui."))
    except campaigns.NotEnough as refused:
        messages.warning(request, _not_enough(refused))
    return redirect("finance:batch", pk)


def _not_enough(refused):
    return _("Il manque %(missing)s au budget : demandez une dotation.") % {"missing": euros(refused.missing)}


@require_POST
@finance_desk("vouchers.change_batch")
def cancel_rest(request, pk):
    found = _batch(pk)
    if not request.POST.get("sure"):
        messages.warning(request, _("Cochez la case pour annuler ces bons."))
        return redirect("finance:batch", pk)
    try:
        campaigns.cancel_rest(found, by=request.user.pk)
    except campaigns.NotNow:
        messages.info(request, _("Ce lot est déjà en cours de traitement."))
    return redirect("finance:batch", pk)


@require_POST
@finance_desk("vouchers.add_codeprint")
def take_codes(request, pk):
    """Codes in clear, for whoever may have them: made now, noted, kept nowhere."""
    found = _batch(pk)
    form = PrintForm(request.POST, parts=_parts(found))
    if not found.campaign.may_print or not form.is_valid():
        return _batch_page(request, found, form)
    said = form.cleaned_data
    try:
        made = campaign_paper.take(
            found, said["form"], said["part"], language=said["language"], by=request.user.pk, at=request.now
        )
    except campaign_paper.NothingToPrint:
        messages.info(
            request, _("Rien à imprimer là : ces bons sont remis, annulés, ou pas encore préparés.")
        )
        return redirect("finance:batch", pk)
    if said["form"] == CodePrint.Form.TABLE:
        return csv_response(f"lot-{pk}.csv", campaign_paper.HEADER, made)
    return pdf_response(f"lot-{pk}-{said['form']}-{said['part']}.pdf", made)


def pdf_response(filename: str, pdf: bytes) -> HttpResponse:
    """A file to keep, which no browser keeps by itself: the desk's pages are all no-store."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


# Vouchers that are handed over one by one


@TWO_WAYS
@finance_desk(WRITES)
def counter(request, pk):
    """Somebody stands at the counter, and gets the voucher that lies there."""
    found = _campaign(pk)
    form = CounterForm(request.POST or None, campaign=found)
    if request.method == "POST" and form.is_valid():
        voucher = form.cleaned_data["typed"]
        if problem := _hand_over(request, found, voucher):
            form.add_error("typed", problem)
        else:
            said = {
                "number": serials.of(voucher),
                "amount": euros(found.amount_cents),
                "day": f"{found.expires_on:%d/%m/%Y}",
            }
            messages.success(
                request, _("Bon %(number)s remis : %(amount)s, à dépenser jusqu’au %(day)s.") % said
            )
            return redirect("finance:campaign_counter", pk)
    context = {
        "form": form,
        "campaign": found,
        "left": campaigns.left(found),
        "is_open": campaigns.is_open(found, lifecycle.city_day(request.now)) and found.may_hand_over,
    }
    return _page(request, "counter", context)


def _hand_over(request, found, voucher):
    """Why it cannot be handed over; nothing when it is."""
    if not found.may_hand_over:
        return _("Les bons de cette campagne ne sont pas remis au guichet.")
    try:
        number = ledger.transact(
            lambda: campaigns.hand_over(found, [voucher], by=request.user.pk, at=request.now)
        )
    except campaigns.NotOpen:
        return _("La campagne n’est pas ouverte aujourd’hui.")
    except ledger.Overdrawn:
        return _("Le budget de la campagne ne suffit plus : demandez une dotation.")
    return "" if number else _("Ce bon a déjà été remis : prenez-en un autre.")


@TWO_WAYS
@finance_desk(WRITES)
def listed(request, pk):
    """Those of a list get theirs: the numbers of their vouchers come as a file."""
    found = _campaign(pk)
    form = ListForm(request.POST or None, request.FILES or None, campaign=found)
    if request.method == "POST" and form.is_valid():
        vouchers = form.cleaned_data["file"]
        if problem := _have_handed_over(request, found, vouchers):
            form.add_error("file", problem)
        else:
            sentence = ngettext(
                "%(number)d bon est en train d’être remis.",
                "%(number)d bons sont en train d’être remis.",
                len(vouchers),
            )
            messages.success(request, sentence % {"number": len(vouchers)})
            return redirect("finance:campaign", pk)
    return _page(request, "list_form", {"form": form, "campaign": found})


def _have_handed_over(request, found, vouchers):
    if not found.may_hand_over:
        return _("Les bons de cette campagne ne sont pas remis sur liste.")
    try:
        campaigns.have_handed_over(found, vouchers, by=request.user.pk, at=request.now)
    except campaigns.NotOpen:
        return _("La campagne n’est pas ouverte aujourd’hui.")
    except campaigns.NotEnough as refused:
        return _not_enough(refused)
    return ""
