"""The finance desk's payouts: the weekly file, what the bank answers, the shops' IBANs, the provider's own payouts."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.again import second_factor_again
from shops.desks.tables import csv_response
from shops.models import Event, Shop
from vouchers import ibans, ledger, lifecycle, treasury
from vouchers.desks.campaign_forms import GoodwillForm
from vouchers.desks.deciding import ask_for_money
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.settlement_forms import AccountForm, MessageForm, ProviderForm, ReturnForm, TermsForm
from vouchers.models import (
    FEES,
    Account,
    BankAccount,
    BankMessage,
    Issuer,
    Payout,
    PayoutFile,
    PayoutTerms,
    ProviderPayout,
)
from vouchers.seals import Unreadable
from vouchers.settlement import accounts, answers, bank, days, pain, runs, statements
from vouchers.templatetags.money import euros

A_PAGE = 50
# Loads of the budget for fees.
SHOWN = 20
PREPARES, RELEASES, ANSWERS = (
    "vouchers.add_payoutfile",
    "vouchers.change_payoutfile",
    "vouchers.change_payout",
)
ASKS, CONFIRMS = "vouchers.add_bankaccount", "vouchers.change_bankaccount"
SETS, NOTES = "vouchers.change_payoutterms", "vouchers.add_providerpayout"
get_and_post = require_http_methods(["GET", "HEAD", "POST"])
WAITS = {
    "no_account": gettext_lazy("aucun compte bancaire"),
    "not_confirmed": gettext_lazy("compte à confirmer"),
    "bounced": gettext_lazy("compte refusé ou arrêté"),
    "held": gettext_lazy("retenu, en cours de vérification"),
    "too_little": gettext_lazy("sous le montant minimal"),
}
REFUSALS = {
    "no_terms": gettext_lazy("Dites d’abord de quel compte les virements partent : voyez les réglages."),
    "nothing_due": gettext_lazy("Aucun commerce n’est à payer pour l’instant."),
    "one_prepared": gettext_lazy("Un fichier est déjà préparé : lancez-le ou abandonnez-le d’abord."),
    "same_person": gettext_lazy("Vous l’avez demandé vous-même : une autre personne doit le confirmer."),
    "changed": gettext_lazy("Des montants ont changé depuis l’affichage de cette page. Rien n’est parti : vérifiez les nouveaux montants."),
    "stale": gettext_lazy("Un commerce a changé de compte, ou plus rien ne lui est dû : abandonnez ce fichier et préparez-en un autre."),
    "given_up": gettext_lazy("Ce fichier a été abandonné."),
    "one_waits": gettext_lazy("Une demande est déjà en cours pour ce commerce : annulez-la d’abord."),
    "too_late": gettext_lazy("C’est trop tard : quelqu’un a déjà décidé."),
    "not_possible": gettext_lazy("Dans son état actuel, ce virement ne peut pas être marqué ainsi."),
    "not_allowed": gettext_lazy("Ce n’est plus possible."),
    "busy": gettext_lazy("Les caisses sont très occupées. Rien n’est parti : essayez encore une fois."),
    "overdrawn": gettext_lazy("Le budget des frais ne suffit pas : chargez-le d’abord."),
    "not_held": gettext_lazy("C’est plus que ce que le prestataire détient d’après les livres. Vérifiez le montant sur le relevé ; si des paiements sont encore en route, attendez qu’ils soient confirmés."),
    "key_reused": gettext_lazy("Cette référence est déjà notée avec un autre montant."),
    "too_large": gettext_lazy("Ce fichier dépasse 5 Mo."),
    "not_xml": gettext_lazy("Ce fichier n’est pas un XML que nous lisons."),
    "not_a_bank_message": gettext_lazy("Ce n’est ni un relevé camt.053 ni un compte rendu pain.002."),
    "other_account": gettext_lazy("Ce relevé n’est pas celui du compte qui paie les commerces."),
}  # fmt: skip


def refusal(error) -> str:
    """The sentence for a refusal that has a code."""
    return str(REFUSALS.get(error.code, REFUSALS["not_allowed"]))


def _page(request, template, context=None, *, page="payouts", status=None):
    said = {"may": {name: request.user.has_perm(right) for name, right in _RIGHTS.items()}}
    return finance_page(
        request, f"vouchers/desk/{template}.html", {**said, **(context or {})}, page=page, status=status
    )


_RIGHTS = {
    "prepare": PREPARES, "release": RELEASES, "answer": ANSWERS, "ask": ASKS, "confirm": CONFIRMS, "set": SETS,
    "note": NOTES,
}  # fmt: skip


def _must(request, right):
    """A page that more people may look at than change: whoever only looks does not post."""
    if request.method == "POST" and not request.user.has_perm(right):
        raise Http404("Not this person's work.")


def issuer_of(request):
    """The issuer that the page is about: the one asked for, or the first. Raises Http404."""
    issuers = Issuer.objects.order_by("pk")
    asked = request.GET.get("emetteur", "")
    found = issuers.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else issuers.first()
    if found is None:
        raise Http404("No such issuer.")
    return found


def names_of(*numbers) -> dict[int, str]:
    """People by their numbers; whose account is deleted is a number. One query."""
    wanted = {number for number in numbers if number}
    known = {person.pk: str(person) for person in get_user_model().objects.filter(pk__in=wanted)}
    return {
        number: known.get(number, _("compte effacé (%(number)s)") % {"number": number}) for number in wanted
    }


def _name(rows, *fields):
    """Give rows `who`: the names of the people in these fields, by the field."""
    rows = list(rows)
    known = names_of(*(getattr(row, field) for row in rows for field in fields))
    for row in rows:
        row.who = {field: known.get(getattr(row, field), "") for field in fields}
    return rows


PEOPLE_OF_A_FILE = ("prepared_by", "released_by", "cancelled_by")
PEOPLE_OF_AN_ACCOUNT = ("asked_by", "confirmed_by", "cancelled_by")


@require_safe
@finance_desk()
def payouts(request):
    """The next run, and the files so far."""
    issuer = issuer_of(request)
    terms = PayoutTerms.objects.filter(issuer=issuer).first()
    found = runs.due(issuer, at=request.now)
    ready = [one for one in found if not one.waits]
    page = Paginator(issuer.payout_files.order_by("-pk"), A_PAGE).get_page(request.GET.get("page"))
    page.object_list = _name(page.object_list, *PEOPLE_OF_A_FILE)
    today = lifecycle.city_day(request.now)
    return _page(
        request,
        "payouts",
        {
            "issuer": issuer,
            "issuers": Issuer.objects.order_by("pk"),
            "terms": terms,
            "next_on": runs.next_on(terms, at=request.now) if terms else None,
            "today": today,
            "ready": {"number": len(ready), "cents": sum(one.cents for one in ready)},
            "waits": _waits(found),
            "prepared": issuer.payout_files.filter(state=PayoutFile.State.PREPARED).first(),
            "files": page,
        },
    )


def _waits(found):
    """How many shops wait, for how much, by why: only what there is."""
    sums = []
    for code, words in WAITS.items():
        cents = [one.owed_cents for one in found if one.waits == code]
        if cents:
            sums.append({"code": code, "words": words, "number": len(cents), "cents": sum(cents)})
    return sums


@require_safe
@finance_desk()
def payout_waits(request):
    """Every shop that waits, with its amount."""
    issuer = issuer_of(request)
    found = [one for one in runs.due(issuer, at=request.now) if one.waits]
    why = request.GET.get("motif", "")
    page = Paginator([one for one in found if why in ("", one.waits)], A_PAGE).get_page(
        request.GET.get("page")
    )
    shops = runs.shops_of(page.object_list)
    rows = [
        {"shop": shops[one.shop], "due": one, "why": WAITS[one.waits]}
        for one in page.object_list
        if one.shop in shops
    ]
    return _page(
        request,
        "payout_waits",
        {"issuer": issuer, "sums": _waits(found), "rows": rows, "page_of": page, "why": why},
    )


@require_POST
@finance_desk(PREPARES)
def payout_prepare(request):
    issuer = issuer_of(request)
    try:
        file = runs.prepare(issuer, by=request.user, at=request.now)
    except runs.OnePrepared as error:
        file = issuer.payout_files.filter(state=PayoutFile.State.PREPARED).first()
        # A second click is shown what the first one has made.
        if file is None or file.prepared_by != request.user.pk:
            messages.info(request, refusal(error))
        if file is None:
            return redirect("finance:payouts")
    except runs.NotAllowed as error:
        messages.error(request, refusal(error))
        return redirect("finance:payouts")
    return redirect("finance:payout_file", file.pk)


def _file(pk):
    return get_object_or_404(PayoutFile.objects.select_related("issuer"), pk=pk)


@require_safe
@finance_desk()
def payout_file(request, pk):
    """One file: who prepared and released it, and its lines."""
    file = _file(pk)
    _name([file], *PEOPLE_OF_A_FILE)
    page = Paginator(file.payouts.select_related("shop", "account").order_by("pk"), A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"file": file, "lines": page}
    if file.state == PayoutFile.State.PREPARED:
        context |= _as_it_is_now(file, page, request)
    return _page(request, "payout_file", context)


def _as_it_is_now(file, page, request):
    """Of a prepared file: what is due now, beside what was."""
    found = runs.lines(file, at=request.now)
    by_payout = {line.payout.pk: line for line in found}
    for payout in page.object_list:
        payout.now = by_payout[payout.pk]
    return {
        "found": found,
        "prepared_cents": sum(line.payout.prepared_cents for line in found),
        "now_cents": sum(line.cents for line in found),
        "changed": [line for line in found if line.difference],
        "stale": [line for line in found if line.is_stale],
        "is_own": file.prepared_by == request.user.pk,
    }


@get_and_post
@finance_desk(RELEASES)
@second_factor_again
def payout_release(request, pk):
    """The second person looks at every difference, and releases."""
    file = _file(pk)
    problem = ""
    if request.method == "POST":
        try:
            runs.release(file, seen=request.POST.get("seen", ""), by=request.user, at=request.now)
        except (runs.NotAllowed, ledger.Refused) as error:
            problem = refusal(error)
        else:
            messages.success(request, _("Le fichier est lancé : téléchargez-le et remettez-le à la banque."))
            return redirect("finance:payout_file", file.pk)
        file = _file(pk)
    if file.state != PayoutFile.State.PREPARED:
        return redirect("finance:payout_file", file.pk)
    _name([file], *PEOPLE_OF_A_FILE)
    page = Paginator(file.payouts.none(), A_PAGE).get_page(1)
    context = _as_it_is_now(file, page, request)
    shown = context["changed"][:A_PAGE]
    context |= {"file": file, "problem": problem, "seen": runs.fingerprint(context["found"]), "shown": shown}
    return _page(
        request,
        "payout_release",
        context | {"pay_on": days.next_working_day(lifecycle.city_day(request.now))},
    )


@require_POST
@finance_desk(RELEASES)
def payout_cancel(request, pk):
    try:
        runs.cancel(_file(pk), by=request.user, at=request.now)
    except runs.NotAllowed as error:
        messages.error(request, refusal(error))
        return redirect("finance:payout_file", pk)
    messages.success(request, _("Le fichier est abandonné. Rien n’est parti."))
    return redirect("finance:payouts")


@require_POST
@finance_desk(RELEASES)
def payout_download(request, pk):
    """The file for the bank: made anew, never kept."""
    file = _file(pk)
    if not file.sha256:
        raise Http404("Not released.")
    try:
        content = runs.download(file, by=request.user, at=request.now)
    except pain.Altered:
        messages.error(
            request,
            _("Refait, le fichier n’est pas celui qui a été lancé. Ne payez rien et prévenez l’auditrice."),
        )
        return redirect("finance:payout_file", file.pk)
    except Unreadable:
        messages.error(
            request, _("Un IBAN ne peut être lu avec les clés connues : prévenez qui tient le serveur.")
        )
        return redirect("finance:payout_file", file.pk)
    return _kept_nowhere(content, "application/xml", f"{file.msg_id}.xml")


def _kept_nowhere(content, kind, name):
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store, private",
        },
    )


def _payout(pk):
    return get_object_or_404(
        Payout.objects.exclude(txn=None).select_related("file__issuer", "shop", "account"), pk=pk
    )


@get_and_post
@finance_desk()
def payout(request, pk):
    """One payout, and what the bank said of it."""
    _must(request, ANSWERS)
    found = _payout(pk)
    do = request.POST.get("do", "")
    form = ReturnForm(request.POST if do == "returned" else None)
    try:
        if do == "paid":
            answers.mark_paid(found, by=request.user, at=request.now)
            return redirect("finance:payout", found.pk)
        if do == "returned" and form.is_valid():
            answers.mark_returned(found, form.cleaned_data["reason"], by=request.user, at=request.now)
            return redirect("finance:payout", found.pk)
    except (answers.NotPossible, ledger.Refused) as error:
        messages.error(request, refusal(error))
        return redirect("finance:payout", found.pk)
    context = {
        "payout": found,
        "form": form,
        "reason": answers.reason_words(found.reason),
        "can_be_paid": found.state == Payout.State.IN_TRANSIT,
        "can_return": found.state in (Payout.State.IN_TRANSIT, Payout.State.PAID),
    }
    return _page(request, "payout", context)


@require_safe
@finance_desk()
def payout_statement(request, pk):
    """What the shop was paid for, as it reads it, in the reader's language."""
    found = _payout(pk)
    content = statements.statement_pdf(found, language=get_language())
    return _kept_nowhere(content, "application/pdf", f"{found.end_to_end_id}.pdf")


@require_safe
@finance_desk()
def payout_table(request, pk):
    """The same as a table."""
    found = _payout(pk)
    return csv_response(
        f"{found.end_to_end_id}.csv", *statements.payout_table(found), delimiter=statements.delimiter()
    )


@get_and_post
@finance_desk()
def bank_messages(request):
    """The bank's messages, and a place for one more."""
    _must(request, ANSWERS)
    issuer = issuer_of(request)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            content = upload.read(bank.MOST_BYTES + 1)
            message = answers.take_in(issuer, content, by=request.user, at=request.now)
        except (bank.NotRead, answers.OtherAccount) as error:
            form.add_error("file", refusal(error))
        else:
            return redirect("finance:bank_message", message.pk)
    page = Paginator(issuer.bank_messages.order_by("-pk"), A_PAGE).get_page(request.GET.get("page"))
    page.object_list = _name(page.object_list, "read_by", "applied_by")
    return _page(request, "bank_messages", {"issuer": issuer, "form": form, "found": page})


@get_and_post
@finance_desk()
def bank_message(request, pk):
    """What a message comes to, and the button that does it."""
    _must(request, ANSWERS)
    message = get_object_or_404(BankMessage.objects.select_related("issuer"), pk=pk)
    if request.method == "POST":
        try:
            done = answers.apply(message, by=request.user, at=request.now)
        except (answers.NotPossible, ledger.Refused) as error:
            messages.error(request, refusal(error))
        else:
            messages.success(
                request, _("%(paid)d virements payés, %(returned)d revenus.") % {"paid": done["paid"], "returned": done["returned"]}
            )  # fmt: skip
        return redirect("finance:bank_message", message.pk)
    found = answers.judged(message)
    # What a person has to look at comes first.
    found.sort(key=lambda one: not one.is_alarm)
    counts = [(verdict.label, number) for verdict, number in answers.counts(found).items()]
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    _name([message], "read_by", "applied_by")
    does = sum(one.verdict in (answers.Verdict.PAID, answers.Verdict.RETURNED) for one in found)
    context = {"message": message, "lines": page, "counts": counts, "does": does}
    return _page(request, "bank_message", context)


@get_and_post
@finance_desk()
def payout_terms(request):
    """When and from where the shops are paid. Who may set it reads the whole IBAN."""
    _must(request, SETS)
    return (
        second_factor_again(_payout_terms)(request) if request.user.has_perm(SETS) else _payout_terms(request)
    )


def _payout_terms(request):
    issuer = issuer_of(request)
    terms = PayoutTerms.objects.filter(issuer=issuer).first()
    initial = _initial(terms) if terms and request.user.has_perm(SETS) else {}
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        _keep_terms(terms or PayoutTerms(issuer=issuer), form.cleaned_data, request)
        messages.success(request, _("C’est enregistré. Un fichier déjà lancé reste comme il est."))
        return redirect("finance:payout_terms")
    return _page(request, "payout_terms", {"issuer": issuer, "terms": terms, "form": form})


def _initial(terms):
    try:
        iban = ibans.spaced(terms.iban())
    except Unreadable:
        iban = ""
    return {
        "weekday": terms.weekday,
        "least": terms.least_cents,
        "debtor": terms.debtor,
        "iban": iban,
        "bic": terms.bic,
    }


@transaction.atomic
def _keep_terms(terms, said, request):
    terms.weekday, terms.least_cents = said["weekday"], said["least"]
    terms.debtor, terms.bic = said["debtor"], said["bic"]
    terms.keep(said["iban"])
    terms.save()
    after = {"issuer": terms.issuer_id, "weekday": terms.weekday, "least_cents": terms.least_cents}
    Event.note(None, "payout:terms", by=request.user, at=request.now, after=after)


@get_and_post
@finance_desk()
def provider_payouts(request):
    """What the payment provider has paid to the bank."""
    _must(request, NOTES)
    issuer = issuer_of(request)
    form = ProviderForm(request.POST or None, at=request.now)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            _note_provider(issuer, said, request)
        except ledger.KeyReused:
            form.add_error("bank_ref", refusal(ledger.KeyReused()))
        except NotHeld as error:
            form.add_error("amount", refusal(error))
        except ledger.Refused as error:
            form.add_error("fee", refusal(error))
        else:
            messages.success(
                request, _("%(total)s du prestataire sont notés.") % {"total": euros(said["amount"])}
            )
            return redirect("finance:provider_payouts")
    page = Paginator(issuer.provider_payouts.order_by("-paid_on", "-pk"), A_PAGE).get_page(
        request.GET.get("page")
    )
    page.object_list = _name(page.object_list, "noted_by")
    context = {
        "issuer": issuer,
        "form": form,
        "found": page,
        "still": -ledger.holds(issuer, Account.Kind.PSP_CLEARING),
        **_fees_loads(issuer, request.user),
        "fees": ledger.holds(issuer, Account.Kind.CAMPAIGN_BUDGET, FEES),
    }
    return _page(request, "provider_payouts", context)


def _fees_loads(issuer, user):
    loads = list(issuer.loads.filter(for_fees=True).order_by("-pk")[:SHOWN])
    people = names_of(*(number for load in loads for number in (load.asked_by, load.decided_by)))
    return {
        "loads": [(load, people.get(load.asked_by), people.get(load.decided_by)) for load in loads],
        "may_write": user.has_perm("vouchers.add_budgetload"),
        "own": user.pk,
    }


@get_and_post
@finance_desk("vouchers.add_budgetload")
def fees_load(request):
    """Money for the provider's fees: one asks here, another agrees on the provider's page."""
    form = GoodwillForm(request.POST or None)
    return ask_for_money(request, form, for_fees=True) or _page(
        request, "load_form", {"form": form, "for_fees": True}
    )


class NotHeld(ledger.Refused):
    """More than the payment provider has, as far as the books know."""

    code = "not_held"


def _note_provider(issuer, said, request):
    """Once for a reference of the bank's, however often it is sent.

    Raises:
        KeyReused: the reference stands there with another amount, fee or day.
        NotHeld
        Refused
    """

    def work():
        posted = treasury.provider_paid(
            issuer, said["amount"], fee=said["fee"], key=f"provider:{issuer.pk}:{said['bank_ref']}", at=request.now,
            actor=request.user.pk,
        )  # fmt: skip
        if posted.again:
            there = ProviderPayout.objects.filter(txn=posted.txn).first()
            if there is None or there.paid_on != said["paid_on"]:
                raise ledger.KeyReused
            return
        # Read under the lock that the movement has taken; what is refused here is undone with it.
        if ledger.holds(issuer, Account.Kind.PSP_CLEARING) > 0:
            raise NotHeld
        ProviderPayout.objects.create(
            issuer=issuer, bank_ref=said["bank_ref"], paid_on=said["paid_on"], cents=said["amount"],
            fee_cents=said["fee"], txn=posted.txn, noted_by=request.user.pk, noted_at=request.now,
        )  # fmt: skip

    try:
        ledger.transact(work)
    except IntegrityError:
        # The same reference in other letters.
        raise ledger.KeyReused from None


@require_safe
@finance_desk()
def bank_accounts(request):
    """The shops' accounts: what waits for somebody first, then by name."""
    asked = request.GET.get("q", "").strip()[:100].replace("\0", "")
    shops = Shop.objects.filter(agreements__isnull=False) | Shop.objects.filter(bank_accounts__isnull=False)
    shops = shops.distinct().order_by("name_key", "pk")
    if asked:
        shops = shops.filter(name__icontains=asked)
    page = Paginator(shops, A_PAGE).get_page(request.GET.get("page"))
    known = accounts.current([shop.pk for shop in page.object_list], at=request.now)
    waiting = BankAccount.objects.waiting(request.now).select_related("shop").order_by("asked_at", "pk")
    to_do = _name(waiting[:A_PAGE], *PEOPLE_OF_AN_ACCOUNT)
    for account in to_do:
        account.now = BankAccount.State(account.state(request.now))
    rows = [{"shop": shop, "account": known.get(shop.pk)} for shop in page.object_list]
    for row in rows:
        if row["account"]:
            row["state"] = BankAccount.State(row["account"].state(request.now)).label
    context = {
        "to_do": to_do,
        "rows": rows,
        "page_of": page,
        "shared": list(accounts.shared(request.now).values()),
        "q": asked,
    }
    return _page(request, "bank_accounts", context, page="payouts")


@get_and_post
@finance_desk()
def bank_account(request, public_id):
    """One shop's accounts, in full for finance; and another one to be asked for."""
    _must(request, ASKS)
    shop = get_object_or_404(Shop, public_id=public_id)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            accounts.ask(shop, said["iban"], said["holder"], by=request.user, at=request.now)
        except accounts.NotAllowed as error:
            form.add_error(None, refusal(error))
        else:
            messages.success(request, _("Demandé. Une autre personne doit le confirmer."))
            return redirect("finance:bank_account", shop.public_id)
    found = _name(shop.bank_accounts.order_by("-pk")[:A_PAGE], *PEOPLE_OF_AN_ACCOUNT)
    current = accounts.current([shop.pk], at=request.now).get(shop.pk)
    for account in found:
        account.now = BankAccount.State(account.state(request.now))
        account.shown = _in_full(account) if request.user.has_perm(ASKS) else f"… {account.last4}"
        account.is_current = current is not None and account.pk == current.pk
        account.is_waiting = account.now in (BankAccount.State.ASKED, BankAccount.State.HELD)
    digests = {account.iban_digest for account in found if not account.cancelled_at}
    elsewhere = (
        BankAccount.objects.filter(iban_digest__in=digests, cancelled_at=None)
        .exclude(shop=shop)
        .select_related("shop")
        .order_by("pk")[:A_PAGE]
    )
    context = {"of": shop, "accounts": found, "elsewhere": elsewhere, "form": form}
    return _page(request, "bank_account", context, page="payouts")


def _in_full(account):
    """For finance alone."""
    try:
        return ibans.spaced(account.iban())
    except Unreadable:
        return f"… {account.last4}"


@get_and_post
@finance_desk(CONFIRMS)
@second_factor_again
def bank_account_confirm(request, pk):
    """The second person compares, and confirms."""
    account = _account(pk)
    if request.method == "POST":
        return _done_to(request, account, accounts.confirm, _("Le compte est confirmé."))
    account.in_full = _in_full(account)
    _name([account], *PEOPLE_OF_AN_ACCOUNT)
    others = (
        account.shop.bank_accounts.filter(cancelled_at=None).exclude(confirmed_at=None).exclude(pk=account.pk)
    )
    context = {
        "account": account,
        "is_own": account.asked_by == request.user.pk,
        "is_open": account.state(request.now) == BankAccount.State.ASKED,
        "is_change": others.exists(),
    }
    return _page(request, "bank_account_confirm", context, page="payouts")


@require_POST
@finance_desk(CONFIRMS)
def bank_account_cancel(request, pk):
    return _done_to(request, _account(pk), accounts.cancel, _("La demande est annulée."))


@require_POST
@finance_desk(CONFIRMS)
def bank_account_stop(request, pk):
    """Somebody says that the account is not the shop's: one person is enough to stop."""
    return _done_to(request, _account(pk), accounts.stop, _("Arrêté : plus rien ne part vers ce compte."))


def _account(pk):
    return get_object_or_404(BankAccount.objects.select_related("shop"), pk=pk)


def _done_to(request, account, verb, done):
    """Do it, say so or why not, and go back to the shop's accounts."""
    try:
        verb(account, by=request.user, at=request.now)
    except accounts.NotAllowed as error:
        messages.error(request, refusal(error))
    else:
        messages.success(request, done)
    return redirect("finance:bank_account", account.shop.public_id)
