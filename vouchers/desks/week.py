"""The finance desk's look at a week: what stands out among its sales, and the money that waits while somebody asks."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from vouchers import lifecycle, signs
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.people import names
from vouchers.desks.settlement import issuer_of
from vouchers.models import Issuer, PayoutHold, Transaction, WeekReview
from vouchers.settlement import holds

# Of what is kept back now, and of what was lifted last.
SHOWN, LIFTED_SHOWN = 100, 20


class HoldForm(forms.Form):
    """Which sales of a shop, and why."""

    sales = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Cochez les encaissements à retenir.")}
    )
    reason = forms.ChoiceField(choices=PayoutHold._meta.get_field("reason").choices)

    def __init__(self, data: QueryDict):
        super().__init__(data)
        # Any number is a choice: which of them are sales of this issuer, the books say.
        asked = data.getlist("sales")[: signs.MOST_LINES]
        self.fields["sales"].choices = [(one, one) for one in asked if one.isdecimal() and len(one) < 19]


def _week(request):
    """The Monday of the week that holds the day asked for; without a day, of the last week that is over."""
    today = lifecycle.city_day(request.now)
    try:
        day = parse_date(request.GET.get("du", "")[:10])
    except ValueError:
        day = None
    if day is None or day > today or day.year < 2000:
        day = signs.last_week(today)
    return signs.monday_of(day), today


@require_safe
@finance_desk("vouchers.view_weekreview")
def week(request):
    """What stood out in a week, shop by shop, and what is kept back. A bounded number of queries."""
    issuer = issuer_of(request)
    monday, today = _week(request)
    mine = PayoutHold.objects.filter(issuer=issuer).select_related("shop", "sale")
    kept = list(mine.filter(lifted_at=None).order_by("-pk")[:SHOWN])
    lifted = list(mine.exclude(lifted_at=None).order_by("-lifted_at", "-pk")[:LIFTED_SHOWN])
    review = WeekReview.objects.filter(issuer=issuer, week=monday).first()
    people = names([each.placed_by for each in kept + lifted] + [each.lifted_by for each in lifted] + [review and review.reviewed_by])  # fmt: skip
    sums = holds.kept(issuer)
    context = {
        "issuer": issuer,
        "issuers": Issuer.objects.order_by("pk"),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7) if monday + timedelta(days=7) <= today else None,
        "is_over": monday + timedelta(days=7) <= today,
        "found": signs.of_week(issuer, monday),
        "most_shops": signs.MOST_SHOPS,
        "signs": _explained(),
        "kept": [(each, people.get(each.placed_by)) for each in kept],
        "kept_cents": sum(sums.values()),
        "lifted": [(each, people.get(each.placed_by), people.get(each.lifted_by)) for each in lifted],
        "review": review,
        "reviewed_by": people.get(review.reviewed_by) if review else None,
        "may_hold": request.user.has_perm("vouchers.add_payouthold"),
        "may_lift": request.user.has_perm("vouchers.change_payouthold"),
        "may_review": request.user.has_perm("vouchers.add_weekreview"),
    }
    return finance_page(request, "vouchers/desk/week.html", context, page="payouts")


def _explained():
    """What each sign says, with its numbers: whoever is asked about a sale can be told."""
    minutes = signs.BURST_WITHIN.seconds // 60
    return [
        (signs.Sign.OWN.label, _("Le bon a été acheté, ou reçu par e-mail, avec l’adresse de quelqu’un du commerce.")),
        (
            signs.Sign.ONE_BUYER.label,
            _("À partir de %(euros)d € par semaine, %(percent)d %% au moins viennent de bons achetés avec une même adresse.")
            % {"euros": signs.ONE_BUYER_CENTS // 100, "percent": signs.ONE_BUYER_PERCENT},
        ),
        (
            signs.Sign.BURST.label,
            _("%(sales)d encaissements ou plus en %(minutes)d minutes.")
            % {"sales": signs.BURST_SALES, "minutes": minutes},
        ),
        (
            signs.Sign.NIGHT.label,
            _("Entre minuit et %(hour)d h, à une heure où le commerce se dit fermé.")
            % {"hour": signs.NIGHT_HOURS.stop},
        ),
        (
            signs.Sign.ROUND.label,
            _("De %(sales)d encaissements ou plus qui ont laissé un reste sur le bon, %(percent)d %% sont des multiples de %(euros)d €.")
            % {"sales": signs.ROUND_SALES, "percent": signs.ROUND_PERCENT, "euros": signs.ROUND_CENTS // 100},
        ),
        (signs.Sign.PAPER.label, _("Le réseau était absent : le code et l’heure ont été tapés après coup.")),
    ]  # fmt: skip


def _back(request, issuer, monday):
    asked = QueryDict(mutable=True)
    asked["emetteur"], asked["du"] = issuer.pk, monday.isoformat()
    return redirect(f"{reverse('finance:week')}?{asked.urlencode()}")


@require_POST
@finance_desk("vouchers.add_payouthold")
def hold(request):
    """Keep back what these sales brought their shop."""
    issuer, (monday, _today) = issuer_of(request), _week(request)
    form = HoldForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Rien n’est retenu : cochez des encaissements et dites pourquoi."))
        return _back(request, issuer, monday)
    said = form.cleaned_data
    sales = Transaction.objects.filter(
        pk__in=said["sales"], kind=Transaction.Kind.REDEEMED, transfers__target__issuer=issuer
    )
    kept = paid = 0
    for sale in sales.distinct().order_by("pk"):
        try:
            holds.place(sale, issuer, said["reason"], by=request.user.pk, at=request.now)
            kept += 1
        except holds.Paid:
            paid += 1
    if kept:
        text = ngettext("%(number)d encaissement est retenu : le reste est versé comme d’habitude.", "%(number)d encaissements sont retenus : le reste est versé comme d’habitude.", kept)  # fmt: skip
        messages.success(request, text % {"number": kept})
    if paid:
        text = ngettext("%(number)d encaissement est déjà versé au commerce, ou annulé : pour le reprendre, demandez une correction depuis la page du bon.", "%(number)d encaissements sont déjà versés au commerce, ou annulés : pour les reprendre, demandez une correction depuis la page du bon.", paid)  # fmt: skip
        messages.warning(request, text % {"number": paid})
    if not kept and not paid:
        raise Http404("No such sales.")
    return _back(request, issuer, monday)


@require_POST
@finance_desk("vouchers.change_payouthold")
def lift(request, pk):
    """Let it be paid with the next file."""
    found = get_object_or_404(PayoutHold.objects.select_related("issuer"), pk=pk)
    holds.lift(found, by=request.user.pk, at=request.now)
    messages.success(request, _("C’est libéré : le montant part avec le prochain fichier."))
    return _back(request, found.issuer, _week(request)[0])


@require_POST
@finance_desk("vouchers.add_weekreview")
def review(request):
    """Note that somebody has looked through the week."""
    issuer, (monday, today) = issuer_of(request), _week(request)
    if monday + timedelta(days=7) > today:
        messages.warning(request, _("Cette semaine n’est pas finie."))
    else:
        signs.review(issuer, monday, by=request.user.pk, at=request.now)
        messages.success(request, _("La semaine est revue. Elle reste lisible ici."))
    return _back(request, issuer, monday)
