"""What a shop was paid for: each taking, what was taken back, what the City added. On paper, as a table, by day and month.

All of it is the journal's: the lines between one release and the next sum to what was paid, to the cent.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDay, TruncMonth
from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from districts.models import City
from shops.desks.tables import Figure
from shops.models import Shop
from vouchers import lifecycle, spending
from vouchers.models import Account, Payout, Till, Transaction, Transfer, Voucher
from vouchers.templatetags.money import euros

TEMPLATE = Path(__file__).with_name("statement.typ")
Kind = Transaction.Kind
# What stands on a statement, in words; a bonus is told by where it comes from.
TAKING, BONUS, TAKEN_BACK, BONUS_BACK = "taking", "bonus", "taken_back", "bonus_back"
CORRECTED, CAME_BACK, WRITTEN_OFF, PAID_OUT = "corrected", "came_back", "written_off", "paid_out"
WORDS = {
    TAKING: gettext_lazy("Encaissement"),
    BONUS: gettext_lazy("Complément de la Ville"),
    TAKEN_BACK: gettext_lazy("Annulation"),
    BONUS_BACK: gettext_lazy("Complément annulé"),
    CORRECTED: gettext_lazy("Correction"),
    CAME_BACK: gettext_lazy("Virement revenu, dû de nouveau"),
    WRITTEN_OFF: gettext_lazy("Régularisation"),
    PAID_OUT: gettext_lazy("Versé par virement"),
}

KEPT = gettext_lazy("Retenu, en cours de vérification")


@dataclass(frozen=True)
class Entry:
    """One line: when, what, of which voucher, at which till, and the cents that it adds (or takes, below zero)."""

    number: int
    at: datetime
    what: str
    last4: str
    till: str
    cents: int

    @property
    def words(self) -> str:
        return str(WORDS[self.what])


class Differs(Exception):
    """The lines do not sum to what was paid: no statement is given before somebody has found out why."""


@dataclass(frozen=True)
class Lines:
    """What a payout is made of: what was due after the payout before it, each line since, and what was kept back."""

    opening: int
    entries: list[Entry]
    kept: int


def lines_of(payout: Payout) -> Lines:
    """The lines of one payout: since the release before it. Six queries.

    Raises:
        Differs
    """
    owed = _payable(payout.file.issuer_id, payout.shop_id)
    released = Transfer.objects.get(txn=payout.txn_id)
    before = (
        Transfer.objects.filter(source=owed, txn__kind=Kind.PAYOUT_RELEASED, pk__lt=released.pk)
        .order_by("-pk")
        .first()
    )
    entries = _entries([owed], Q(pk__lt=released.pk, pk__gt=before.pk if before else 0))
    opening = before.source_after if before else 0
    kept = released.source_after
    if opening + sum(entry.cents for entry in entries) - kept != payout.cents:
        raise Differs(payout.end_to_end_id)
    return Lines(opening, entries, kept)


def _entries(owed, when, *, with_payouts=False):
    ids = [account.pk for account in owed]
    hidden = [] if with_payouts else [Kind.PAYOUT_RELEASED]
    transfers = list(
        Transfer.objects.filter(when, Q(source__in=ids) | Q(target__in=ids))
        .exclude(txn__kind__in=hidden)
        .select_related("txn", "source", "target")
        .order_by("pk")
    )
    others = {
        transfer.pk: transfer.target if transfer.source_id in ids else transfer.source
        for transfer in transfers
    }
    vouchers = dict(
        Voucher.objects.filter(account__in={other.pk for other in others.values()}).values_list(
            "account", "last4"
        )
    )
    tills = dict(
        Till.objects.filter(pk__in={transfer.txn.device for transfer in transfers if transfer.txn.device})
        .values_list("pk", "name")
    )  # fmt: skip
    tz = City.objects.get().tz
    return [
        Entry(
            number=transfer.txn_id,
            at=transfer.txn.created_at.astimezone(tz),
            what=_what(transfer, others[transfer.pk]),
            last4=vouchers.get(others[transfer.pk].pk, ""),
            till=tills.get(transfer.txn.device, ""),
            cents=transfer.amount_cents if transfer.target_id in ids else -transfer.amount_cents,
        )
        for transfer in transfers
    ]


def _what(transfer, other):
    is_bonus = other.kind == Account.Kind.CAMPAIGN_BUDGET
    return {
        Kind.REDEEMED: BONUS if is_bonus else TAKING,
        Kind.REVERSED: BONUS_BACK if is_bonus else TAKEN_BACK,
        Kind.CORRECTED: CORRECTED,
        Kind.PAYOUT_RETURNED: CAME_BACK,
        Kind.PAYOUT_RELEASED: PAID_OUT,
    }.get(transfer.txn.kind, WRITTEN_OFF)


def _payable(issuer, shop):
    return Account.objects.get(issuer=issuer, kind=Account.Kind.MERCHANT_PAYABLE, owner=f"shop:{shop}")


def _payables(shop):
    """What every issuer owes it; most shops have one."""
    return list(
        Account.objects.filter(kind=Account.Kind.MERCHANT_PAYABLE, owner=spending.subject(shop)).order_by(
            "pk"
        )
    )


def owed(shop: Shop) -> int:
    """Cents that are due to a shop now."""
    return sum(account.balance_cents for account in _payables(shop))


@dataclass(frozen=True)
class Takings:
    """What was taken in a day or a month, less what was taken back. `bonus` is the City's part of `cents`."""

    on: date
    cents: int
    bonus: int
    number: int


def by_day(shop: Shop, first: date, last: date) -> list[Takings]:
    """Days with takings, the newest first. Three queries."""
    since, until = lifecycle.bounds_of(first)[0], lifecycle.bounds_of(last)[1]
    return _sums(shop, TruncDay, Q(txn__created_at__gte=since, txn__created_at__lt=until))


def by_month(shop: Shop, first: date) -> list[Takings]:
    """Months with takings since a day, the newest first. Three queries."""
    return _sums(shop, TruncMonth, Q(txn__created_at__gte=lifecycle.bounds_of(first)[0]))


def _sums(shop, trunc, when):
    owed = _payables(shop)
    rows = (
        Transfer.objects.filter(when, Q(source__in=owed) | Q(target__in=owed))
        .filter(txn__kind__in=[Kind.REDEEMED, Kind.REVERSED, Kind.CORRECTED])
        .annotate(
            on=trunc("txn__created_at", tzinfo=City.objects.get().tz),
            is_bonus=Q(source__kind=Account.Kind.CAMPAIGN_BUDGET)
            | Q(target__kind=Account.Kind.CAMPAIGN_BUDGET),
        )
        .values("on", "txn__kind", "is_bonus")
        .annotate(
            cents=Sum("amount_cents"), sales=Count("txn", distinct=True, filter=Q(txn__reversed_by=None))
        )
        .order_by("-on")
    )
    found = {}
    for row in rows:
        sums = found.setdefault(row["on"].date(), {"cents": 0, "bonus": 0, "number": 0})
        cents = row["cents"] if row["txn__kind"] == Kind.REDEEMED else -row["cents"]
        sums["cents"] += cents
        if row["is_bonus"]:
            sums["bonus"] += cents
        elif row["txn__kind"] == Kind.REDEEMED:
            sums["number"] += row["sales"]
    return [Takings(on, **sums) for on, sums in found.items()]


COLUMNS = [
    gettext_lazy("Date"),
    gettext_lazy("Heure"),
    gettext_lazy("Opération n°"),
    gettext_lazy("Fait"),
    gettext_lazy("Bon (4 derniers signes)"),
    gettext_lazy("Caisse"),
    gettext_lazy("Montant (EUR)"),
]


def delimiter() -> str:
    """Between the cells of a table, as the spreadsheets of the active language expect it."""
    return "," if get_language() == "en" else ";"


def table(entries: Iterable[Entry]) -> tuple[list[str], list[list]]:
    """Heading and rows for a spreadsheet, in the active language."""
    rows = [
        [
            f"{entry.at:%Y-%m-%d}", f"{entry.at:%H:%M:%S}", entry.number, entry.words, entry.last4, entry.till,
            figure(entry.cents),
        ]
        for entry in entries
    ]  # fmt: skip
    return [str(column) for column in COLUMNS], rows


def figure(cents: int) -> Figure:
    """An amount as a spreadsheet of the active language reads a number."""
    sign, mark = "-" if cents < 0 else "", "." if get_language() == "en" else ","
    return Figure(f"{sign}{abs(cents) // 100}{mark}{abs(cents) % 100:02}")


def payout_table(payout: Payout) -> tuple[list[str], list[list]]:
    """The same of one payout, with what was due before, its total and its reference."""
    lines = lines_of(payout)
    heading, rows = table(lines.entries)
    begin = [["", "", "", _("Solde au début"), "", "", figure(lines.opening)]]
    end = [["", "", "", str(KEPT), "", "", figure(-lines.kept)]] if lines.kept else []
    end += [
        ["", "", "", _("Total versé"), "", "", figure(payout.cents)],
        ["", "", "", _("Référence du virement"), payout.end_to_end_id, "", ""],
    ]
    return heading, begin + rows + end


def period_table(shop: Shop, first: date, last: date) -> tuple[list[str], list[list]]:
    """Every line of a period, payouts included."""
    since, until = lifecycle.bounds_of(first)[0], lifecycle.bounds_of(last)[1]
    when = Q(txn__created_at__gte=since, txn__created_at__lt=until)
    return table(_entries(_payables(shop), when, with_payouts=True))


def statement_pdf(payout: Payout, *, language: str) -> bytes:
    """The statement of a payout on paper, accessible (PDF/UA-1). The IBAN is not on it, nor any code."""
    # Imported late: most processes never print.
    import typst

    with translation.override(language):
        document = _document(payout, language)
    return typst.Compiler(str(TEMPLATE)).compile(
        format="pdf", pdf_standards=["ua-1"], sys_inputs={"statement": json.dumps(document)}
    )


def _document(payout, language):
    city, file, shop = City.objects.get(), payout.file, payout.shop
    lines = lines_of(payout)
    entries = lines.entries
    facts = [
        (_("Émetteur"), file.issuer.name),
        (_("Commerce"), shop.name_i18n),
        (_("Référence du virement"), payout.end_to_end_id),
        (_("Lancé le"), date_format(lifecycle.in_the_city(file.released_at), "DATETIME_FORMAT")),
        (_("À exécuter le"), date_format(file.pay_on, "DATE_FORMAT")),
        (_("État"), str(payout.get_state_display())),
    ]
    sums = {}
    for entry in entries:
        sums[entry.what] = sums.get(entry.what, 0) + entry.cents
    return {
        "language": language,
        "site": city.name_i18n,
        "title": _("Relevé des bons encaissés"),
        "facts": [{"name": name, "says": says} for name, says in facts],
        "summary_title": _("En résumé"),
        "summary": [
            {"name": _("Solde au début"), "says": euros(lines.opening)},
            *[{"name": str(WORDS[what]), "says": euros(sums[what])} for what in WORDS if what in sums],
            *[{"name": str(KEPT), "says": euros(-cents)} for cents in [lines.kept] if cents],
        ],
        "total": {"name": _("Total versé"), "says": euros(payout.cents)},
        "lines_title": _("Ligne par ligne"),
        "columns": [_("Date"), _("Heure"), _("Fait"), _("Bon"), _("Caisse"), _("Montant")],
        "lines": [
            [
                date_format(entry.at, "SHORT_DATE_FORMAT"), time_format(entry.at, "TIME_FORMAT"), entry.words,
                f"… {entry.last4}" if entry.last4 else "", entry.till, euros(entry.cents),
            ]
            for entry in entries
        ],
        "vat": vat_note(),
        "page": _("Page"),
    }  # fmt: skip


def vat_note() -> str:
    """What a shop's accountant must know of such vouchers."""
    return _(
        "Bons à usages multiples : aucune TVA n’est due à leur vente. La TVA est due par le commerce, au moment où il les"
        " encaisse, au taux de ce qu’il a vendu."
    )
