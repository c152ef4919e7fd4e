"""What waits for the finance officers, in the words of their first page, each with the page where it is done."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import ngettext

from vouchers import lifecycle, reports, signs
from vouchers.models import (
    BankAccount,
    Batch,
    BudgetLoad,
    Correction,
    Grant,
    Issuer,
    Order,
    PayoutFile,
    Refund,
    RestPayment,
    WriteOff,
)
from vouchers.models.grant import Decision
from vouchers.settlement import runs


@dataclass(frozen=True)
class Task:
    number: int
    words: str
    url: str


def waiting(*, own: int, at: datetime) -> list[Task]:
    """What is to do now; nothing that is not.

    Args:
        own: who looks: what she asked for herself waits for somebody else.
    """
    asked = {"state": Decision.State.ASKED}
    loads = BudgetLoad.objects.filter(**asked).exclude(asked_by=own)
    first_load = loads.order_by("pk").first()
    grants = Grant.objects.filter(**asked).exclude(asked_by=own).count()
    corrections = Correction.objects.filter(**asked).exclude(asked_by=own).count()
    corrections += WriteOff.objects.filter(**asked).exclude(asked_by=own).count()
    rests = RestPayment.objects.filter(**asked).exclude(asked_by=own).count()
    failed = Refund.objects.filter(state=Refund.State.FAILED).count()
    came_back = Order.objects.filter(erased_at=None, withdrawn_at=None).exclude(undelivered_at=None).count()
    came_back += Grant.objects.filter(erased_at=None).exclude(undelivered_at=None).count()
    bank_accounts = (
        BankAccount.objects.filter(confirmed_by=None, cancelled_at=None, bounced_at=None)
        .exclude(asked_by=own)
        .count()
    )
    files = PayoutFile.objects.filter(state=PayoutFile.State.PREPARED).exclude(prepared_by=own).count()
    halted = Batch.objects.exclude(halted="").count()
    today = lifecycle.city_day(at)
    issuers = list(Issuer.objects.select_related("payout_terms").order_by("pk"))
    months = sum(reports.months_to_close(issuer, today) for issuer in issuers)
    weeks = sum(signs.is_to_review(issuer, today=today) for issuer in issuers)
    to_prepare = sum(_pays_today(issuer, at) for issuer in issuers)
    found = [
        (
            to_prepare,
            ngettext("fichier de virements à préparer", "fichiers de virements à préparer", to_prepare),
            reverse("finance:payouts"),
        ),
        (
            loads.count(),
            ngettext("dotation à confirmer", "dotations à confirmer", loads.count()),
            page_of(first_load),
        ),
        (grants, ngettext("don à confirmer", "dons à confirmer", grants), reverse("finance:grants")),
        (
            corrections,
            ngettext("correction à confirmer", "corrections à confirmer", corrections),
            reverse("finance:corrections"),
        ),
        (rests, ngettext("reliquat à confirmer", "reliquats à confirmer", rests), reverse("finance:rests")),
        (
            files,
            ngettext("fichier de virements à lancer", "fichiers de virements à lancer", files),
            reverse("finance:payouts"),
        ),
        (
            bank_accounts,
            ngettext("compte de commerce à confirmer", "comptes de commerces à confirmer", bank_accounts),
            reverse("finance:bank_accounts"),
        ),
        (
            failed,
            ngettext("remboursement refusé", "remboursements refusés", failed),
            reverse("finance:orders") + "?voir=remboursements",
        ),
        (
            came_back,
            ngettext("e-mail qui est revenu", "e-mails qui sont revenus", came_back),
            reverse("finance:orders") + "?voir=revenus",
        ),
        (
            halted,
            ngettext("lot arrêté avant la fin", "lots arrêtés avant la fin", halted),
            reverse("finance:campaigns"),
        ),
        (
            weeks,
            ngettext("semaine d’encaissements à revoir", "semaines d’encaissements à revoir", weeks),
            reverse("finance:week"),
        ),
        (months, ngettext("mois à clore", "mois à clore", months), reverse("finance:books")),
    ]
    return [Task(number, words, url) for number, words, url in found if number]


def _pays_today(issuer, at):
    """Whether it is an issuer's day, somebody is to be paid, and nobody has prepared the file."""
    terms = getattr(issuer, "payout_terms", None)
    if terms is None or runs.next_on(terms, at=at) != lifecycle.city_day(at):
        return False
    if issuer.payout_files.filter(state=PayoutFile.State.PREPARED).exists():
        return False
    return any(not one.waits for one in runs.due(issuer, at=at))


def page_of(load: BudgetLoad | None) -> str:
    """The page where a load is decided; without one, where most are."""
    if load and load.campaign_id:
        return reverse("finance:campaign", args=[load.campaign_id])
    return reverse("finance:provider_payouts" if load and load.for_fees else "finance:grants")
