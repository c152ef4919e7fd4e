"""What was left on vouchers that are over: how much is there for whom, and that it is paid, which takes two people."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.again import second_factor_again
from vouchers import decisions
from vouchers.desks.deciding import decide_now
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.fields import Euros, Keyed
from vouchers.desks.people import names
from vouchers.models import Account, Network, RestPayment
from vouchers.templatetags.money import euros

A_PAGE = 50
TWO_WAYS = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Rest:
    """What stands on the account of a destination, the words that vouchers say of it, and what of it was asked for."""

    account: Account
    words: str
    asked_cents: int

    @property
    def cents(self) -> int:
        return self.account.balance_cents

    @property
    def left_cents(self) -> int:
        """What may still be asked for."""
        return self.cents - self.asked_cents

    def __str__(self):
        return f"{self.words} ({self.account.issuer})"


class RestForm(Keyed):
    """How much goes to which destination, and by which transfer."""

    destination = forms.TypedChoiceField(label=gettext_lazy("Destination"))
    cents = Euros(label=gettext_lazy("Montant, en euros"))
    reference = forms.CharField(
        label=gettext_lazy("Référence du virement"),
        help_text=gettext_lazy("Celle qui se lira sur le relevé de la banque."),
        max_length=80,
    )

    def __init__(self, *args, rests, **kwargs):
        super().__init__(*args, **kwargs)
        by_account = {str(rest.account.pk): rest for rest in rests}
        # One that was chosen while it still held something stays chosen: what it has now is said beside the amount.
        chosen = self.data.get("destination")
        self.fields["destination"].choices = [
            (pk, f"{rest} – {euros(rest.cents)}")
            for pk, rest in by_account.items()
            if rest.cents or pk == chosen
        ]
        self.fields["destination"].coerce = lambda pk: by_account[pk].account


def _rests() -> list[Rest]:
    """Every destination there is, issuer by issuer. Three queries."""
    words = {}
    for network in Network.objects.order_by("pk"):
        said = words.setdefault((network.issuer_id, network.rest_goes_to), [])
        if network.rest_words_i18n and network.rest_words_i18n not in said:
            said.append(network.rest_words_i18n)
    asked = decisions.rests_asked()
    accounts = Account.objects.filter(kind=Account.Kind.BREAKAGE).select_related("issuer")
    return [
        Rest(account, ", ".join(words.get(key, [])) or account.owner, asked.get(key, 0))
        for account in accounts.order_by("issuer", "owner")
        for key in [(account.issuer_id, account.owner)]
    ]


def _page(request, template, context):
    return finance_page(request, f"vouchers/desk/{template}.html", context, page="payouts")


@require_safe
@finance_desk("vouchers.view_restpayment")
def index(request):
    """What is there, and what was asked for and paid, the youngest first."""
    rests = _rests()
    paged = Paginator(RestPayment.objects.select_related("issuer").order_by("-pk"), A_PAGE)
    paged = paged.get_page(request.GET.get("page"))
    people = names(number for each in paged.object_list for number in (each.asked_by, each.decided_by))
    known = {(rest.account.issuer_id, rest.account.owner): rest.words for rest in rests}
    context = {
        "rests": rests,
        "has_something": any(rest.cents for rest in rests),
        "paged": paged,
        "payments": [
            (
                each,
                known.get((each.issuer_id, each.destination), each.destination),
                people.get(each.asked_by),
                people.get(each.decided_by),
            )
            for each in paged.object_list
        ],
        "own": request.user.pk,
        "may_write": request.user.has_perm("vouchers.add_restpayment"),
    }
    return _page(request, "rests", context)


@TWO_WAYS
@finance_desk("vouchers.add_restpayment")
def new(request):
    """Ask that some of it be paid."""
    form = RestForm(request.POST or None, rests=_rests())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        account = said["destination"]
        try:
            decisions.ask_rest_payment(
                account.issuer, account.owner, said["cents"], reference=said["reference"], form_key=said["key"],
                by=request.user.pk, at=request.now,
            )  # fmt: skip
        except decisions.TooMuch as refused:
            form.add_error("cents", _too_much(refused.most))
        else:
            messages.success(request, _("C’est demandé. Une autre personne des finances doit confirmer."))
            return redirect("finance:rests")
    return _page(request, "rest_form", {"form": form})


def _too_much(most):
    if most <= 0:
        return _("Ce compte n’a plus rien à verser : tout est versé ou déjà demandé.")
    return _("De ce compte, %(most)s peuvent être versés au plus.") % {"most": euros(most)}


@TWO_WAYS
@finance_desk("vouchers.change_restpayment")
def decide(request, pk):
    """Refuse, or agree: money leaves then, so the second factor is asked for again. Looking leads to the list."""
    found = get_object_or_404(RestPayment.objects.select_related("issuer"), pk=pk)
    if request.method != "POST":
        return redirect("finance:rests")
    return (second_factor_again(_decide) if "agree" in request.POST else _decide)(request, found)


def _decide(request, payment):
    decide_now(
        request,
        payment,
        decisions.agree_rest_payment,
        _("C’est confirmé : faites le virement à la banque, avec cette référence."),
        overdrawn=_("Il n’y a plus autant sur ce compte : rien n’a bougé. Refusez cette demande et demandez moins."),
    )  # fmt: skip
    return redirect("finance:rests")
