"""What two people put right: money back on a voucher from the shop's next takings, a difference written off."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vouchers import corrections
from vouchers.desks.deciding import decide_now
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.fields import Euros, Keyed
from vouchers.desks.people import names
from vouchers.models import Account, Correction, Transaction, Voucher, WriteOff
from vouchers.templatetags.money import euros

PAGE, SHOWN = 50, 20
TWO_WAYS = require_http_methods(["GET", "HEAD", "POST"])
MOST_WRITTEN_OFF = 10_000_00


class CorrectionForm(Keyed):
    """How much of a sale goes back, and why."""

    cents = Euros(label=gettext_lazy("À rendre au bon, en euros"))
    reason = forms.ChoiceField(label=gettext_lazy("Motif"), choices=Correction.Reason)
    words = forms.CharField(
        label=gettext_lazy("Explication"),
        help_text=gettext_lazy("Lue par qui confirme. Elle est effacée un an après la décision ; le journal n’a que le motif."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class WriteOffForm(Keyed):
    """Which account differs from the outside world's statement, which way and by how much."""

    account = forms.ModelChoiceField(
        label=gettext_lazy("Compte"), queryset=Account.objects.none(), empty_label=None
    )
    way = forms.ChoiceField(
        label=gettext_lazy("Le relevé dit"),
        choices=[
            ("less", gettext_lazy("moins que les livres : une perte")),
            ("more", gettext_lazy("plus que les livres : un gain")),
        ],
        widget=forms.RadioSelect,
        initial="less",
    )
    amount = Euros(label=gettext_lazy("Différence, en euros"), most=MOST_WRITTEN_OFF)
    reason = forms.ChoiceField(label=gettext_lazy("Motif"), choices=WriteOff.Reason)
    words = forms.CharField(
        label=gettext_lazy("Explication"),
        help_text=gettext_lazy("Ce qui a été cherché, et où. Elle est effacée un an après la décision ; le journal n’a que le motif."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        accounts = Account.objects.filter(kind__in=WriteOff.KINDS, owner="").select_related("issuer")
        self.fields["account"].queryset = accounts.order_by("issuer", "kind")
        self.fields["account"].label_from_instance = lambda account: (
            f"{account.issuer} – {account.get_kind_display()}"
        )

    @property
    def cents(self) -> int:
        """Into the account, or out of it. What is held stands there as a negative balance: less of it is a plus."""
        amount = self.cleaned_data["amount"]
        return amount if self.cleaned_data["way"] == "less" else -amount


def _page(request, template, context, *, status=None):
    return finance_page(request, f"vouchers/desk/{template}.html", context, page="corrections", status=status)


@require_safe
@finance_desk("vouchers.view_correction")
def index(request):
    """Corrections, the youngest first, and write-offs beside them."""
    paged = Paginator(Correction.objects.select_related("shop", "voucher").order_by("-pk"), PAGE)
    paged = paged.get_page(request.GET.get("page"))
    write_offs = list(WriteOff.objects.select_related("account__issuer").order_by("-pk")[:SHOWN])
    rows = [*paged.object_list, *write_offs]
    people = names(number for each in rows for number in (each.asked_by, each.decided_by))

    def with_people(each):
        return each, people.get(each.asked_by), people.get(each.decided_by)

    context = {
        "paged": paged,
        "corrections": list(map(with_people, paged.object_list)),
        "write_offs": list(map(with_people, write_offs)),
        "own": request.user.pk,
        "may_write": request.user.has_perm("vouchers.add_correction"),
    }
    return _page(request, "corrections", context)


@TWO_WAYS
@finance_desk("vouchers.add_correction")
def new(request, pk, sale):
    """Ask that part of a sale go back to the voucher that paid it."""
    voucher = get_object_or_404(Voucher.objects.select_related("account", "network__issuer"), pk=pk)
    sale = get_object_or_404(Transaction, pk=sale, kind=Transaction.Kind.REDEEMED)
    took = sum(
        part.amount_cents for part in corrections.parts_of(sale) if part.source_id == voucher.account_id
    )
    if not took:
        raise Http404("Not of this voucher.")
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            corrections.ask(
                sale, voucher, said["cents"], reason=said["reason"], words=said["words"], form_key=said["key"],
                by=request.user.pk, at=request.now,
            )  # fmt: skip
        except corrections.TooMuch as refused:
            form.add_error("cents", _too_much(refused.most))
        else:
            messages.success(request, _("C’est demandé. Une autre personne des finances doit confirmer."))
            return redirect("finance:corrections")
    context = {
        "form": form,
        "voucher": voucher,
        "sale": sale,
        "took": took,
        "most": corrections.most(sale, voucher),
    }
    return _page(request, "correction_form", context)


def _too_much(most):
    if most <= 0:
        return _("De cet encaissement, rien ne peut plus être rendu : il a été annulé ou déjà corrigé.")
    return _("De cet encaissement, %(most)s peuvent être rendus au plus.") % {"most": euros(most)}


@require_POST
@finance_desk("vouchers.change_correction")
def decide(request, pk):
    found = get_object_or_404(Correction.objects.select_related("shop"), pk=pk)
    decide_now(
        request,
        found,
        corrections.agree,
        _("C’est confirmé : le montant est rendu à mesure que le commerce encaisse."),
    )
    return redirect("finance:corrections")


@TWO_WAYS
@finance_desk("vouchers.add_writeoff")
def new_write_off(request):
    form = WriteOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        corrections.ask_write_off(
            said["account"], form.cents, reason=said["reason"], words=said["words"], form_key=said["key"],
            by=request.user.pk, at=request.now,
        )  # fmt: skip
        messages.success(request, _("C’est demandé. Une autre personne des finances doit confirmer."))
        return redirect("finance:corrections")
    return _page(request, "write_off_form", {"form": form})


@require_POST
@finance_desk("vouchers.change_writeoff")
def decide_write_off(request, pk):
    found = get_object_or_404(WriteOff.objects.select_related("account__issuer"), pk=pk)
    decide_now(request, found, corrections.agree_write_off, _("L’écart est passé en perte."))
    return redirect("finance:corrections")
