"""What visitors report about a shop's page, as its people see it: without addresses, with two answers; dead links."""

from collections import defaultdict

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shops.desks.merchant.door import desk, page, shop_of
from shops.models import Report
from shops.reports import handling
from shops.reports.forms import AnswerForm
from shops.vocabulary import ConfirmedBy

MOST = 200
LATELY = 10


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def reports(request, public_id):
    shop = shop_of(request, public_id)
    answered = None
    if request.method == "POST":
        answered = AnswerForm(
            request.POST, kind=_kind(request.POST.get("kind", "")), side=ConfirmedBy.MERCHANT
        )
        if answered.is_valid():
            _answer(request, shop, answered)
            return redirect("merchant:reports", shop.public_id)
    context = {
        "topics": _topics(shop, answered),
        "answered": shop.reports.filter(answered_side=ConfirmedBy.MERCHANT).order_by("-answered_at")[:LATELY],
        "dead": shop.links.exclude(dead_since=None),
        "faults": bool(answered and answered.errors),
    }
    return page(request, "desks/merchant/reports.html", context, shop=shop, section="reports")


def _answer(request, shop, form):
    outcome, words = form.cleaned_data["outcome"], form.cleaned_data["words"]
    try:
        handling.answer(
            f"{shop.pk}:{form.kind}",
            outcome,
            words,
            by=request.user,
            side=ConfirmedBy.MERCHANT,
            at=request.now,
            keys=form.cleaned_data["seen"],
        )
    except Report.MoveNotAllowed:
        messages.info(request, _("Quelqu’un a déjà répondu, ou la Ville s’en charge maintenant."))
    else:
        messages.success(request, _("Merci. Qui l’a signalé et a laissé une adresse reçoit votre réponse."))


def _kind(text):
    return text if text in Report.Kind.values else ""


def _topics(shop, answered):
    """What waits for her, by subject, the longest first; each with its form, the one that was sent with what it said."""
    by_kind = defaultdict(list)
    for report in shop.reports.with_merchant().order_by("created_at", "pk")[:MOST]:
        by_kind[report.kind].append(report)
    topics = []
    for kind, found in by_kind.items():
        form = AnswerForm(
            kind=kind,
            side=ConfirmedBy.MERCHANT,
            seen=" ".join(str(report.pk) for report in found),
        )
        if answered is not None and answered.kind == kind:
            form = answered
        form.auto_id = f"{kind}_%s"
        topics.append({"kind": kind, "reports": found, "due_at": found[0].due_at, "form": form})
    return topics
