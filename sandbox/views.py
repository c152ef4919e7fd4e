"""The bank's one page, where whoever has a payment's address decides what becomes of it; and the mails that left."""

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from sandbox import mails
from sandbox.forms import Wish
from sandbox.jobs import send_news
from sandbox.models import Payment


@csrf_exempt  # nobody's session; whoever has the address plays with the bank
@never_cache
def pay(request, ref):
    payment = get_object_or_404(Payment, ref=ref)
    with translation.override(payment.language):
        request.LANGUAGE_CODE = payment.language
        if request.method != "POST":
            return _show(request, payment, Wish())
        if "dispute" in request.POST:
            _dispute(payment)
            return redirect(payment.back)
        form = Wish(request.POST)
        if not form.is_valid():
            return _show(request, payment, form)
        _decide(payment, **form.cleaned_data)
        return redirect(payment.back)


def _show(request, payment, form):
    return render(request, "sandbox/pay.html", {"payment": payment, "form": form})


def _decide(payment, *, outcome, news, refuses_refunds):
    """Once: a second click changes nothing."""
    if outcome == "leave":
        return
    with transaction.atomic():
        kept = Payment.objects.select_for_update().get(pk=payment.pk)
        if kept.state != Payment.State.OPEN:
            return
        kept.refuses_refunds = refuses_refunds
        kept.state = Payment.State.FAILED if outcome == "refuse" else Payment.State.PAID
        if kept.state == Payment.State.PAID:
            kept.paid_cents = kept.cents - (100 if outcome == "short" else 0)
        kept.save()
        send_news(kept.ref, news)


def _dispute(payment):
    with transaction.atomic():
        paid = Payment.objects.filter(pk=payment.pk, state=Payment.State.PAID, disputed_cents=0)
        if paid.update(disputed_cents=payment.paid_cents):
            send_news(payment.ref, "once")


@require_safe
@never_cache
def mailbox(request):
    """What the demonstration has sent, as its file-based mailer keeps it: to everybody, and for everybody to see."""
    _only_in_the_demonstration()
    return render(request, "sandbox/mailbox.html", {"mails": mails.latest(), "no_alternates": True})


@require_safe
@never_cache
def attachment(request, name, number):
    """What hangs on a mail."""
    _only_in_the_demonstration()
    found = mails.attachment(name, number)
    if found is None:
        raise Http404
    response = HttpResponse(found.content, content_type=found.kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


def _only_in_the_demonstration():
    if not settings.DEMO:
        raise Http404("Mails are shown in the demonstration alone.")
