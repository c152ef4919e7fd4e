"""What a till does: it is paired, holds vouchers, takes of them, takes back, and reads what it took.

The shop comes from the paired telephone, never from a list. Every verb takes `at`, an aware instant.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.db.models import Q, Sum, prefetch_related_objects

from shops.models import Shop
from vitrine import rates
from vouchers import codes, ledger, lifecycle, spending
from vouchers.ledger import Posted
from vouchers.models import Account, Agreement, Hold, Network, Pairing, Till, Transaction, Voucher
from vouchers.models.known import known
from vouchers.models.till import HOLD, PAIRING_LIVES

# How long a telephone stays open after its PIN; wrong ones, and wrong pairing codes, in a stretch of time.
OPEN_FOR = timedelta(minutes=15)
MOST_WRONG, WITHIN = 5, timedelta(minutes=10)
# What was written on paper while the net was down is brought in within that.
PAPER_WITHIN = timedelta(hours=48)
# Last seen is written down this often, not with every request.
_SEEN_EVERY = timedelta(hours=1)
PAIRING_LENGTH = 8
MOST_IN_A_SALE = 5
BY_PAPER = "paper"


class Held(ledger.Refused):
    """Another till has it in hand, until `until`."""

    code = "held"

    def __init__(self, until: datetime):
        super().__init__(until)
        self.until = until


class TooMany(ledger.Refused):
    """More vouchers than one sale takes."""

    code = "too_many"


class TooLittle(ledger.Refused):
    """Less is left than was asked for: `cents`."""

    code = "too_little"

    def __init__(self, cents: int):
        super().__init__(cents)
        self.cents = cents


class NotYetThere(ledger.Refused):
    """At that moment nobody had the voucher yet."""

    code = "not_yet_there"


class AlreadyThere(ledger.Refused):
    """A note of the same voucher, minute and amount was brought in before."""

    code = "already_there"


class NothingHeld(ledger.Refused):
    """The two minutes were over, and another till was quicker; or nothing was brought yet."""

    code = "nothing_held"


class WrongPin(Exception):
    """Not this one."""


class PinLocked(Exception):
    """Too many wrong ones: in some minutes again."""


class NoSuchPairing(Exception):
    """The code is none, was used, or is over ten minutes old."""


@dataclass(frozen=True)
class Sale:
    """A sale of a shop's: what was taken of which vouchers, and whether the till may still take it back."""

    txn: Transaction
    parts: list[tuple[Voucher, int, int]]  # the voucher, the cents taken, the cents left then
    cents: int
    is_undone: bool
    may_undo: bool

    @property
    def happened_at(self) -> datetime | None:
        """When it was, where it was brought in from paper."""
        return happened_at(self.txn)


def happened_at(txn: Transaction) -> datetime | None:
    """When a sale was, where it was brought in from paper."""
    said = txn.details.get("happened_at")
    return datetime.fromisoformat(said) if said else None


# Pairing


def offer(shop: Shop, name: str, *, by, at: datetime) -> str:
    """Offer to pair a telephone. Returns the code that it is shown, once."""
    code = "".join(secrets.choice(codes.ALPHABET) for _place in range(PAIRING_LENGTH))
    Pairing.objects.filter(shop=shop, used_at=None).delete()
    Pairing.objects.create(shop=shop, name=name, digest=digest_of(code), made_by=by, made_at=at)
    return code


def pair(code: str, language: str, *, at: datetime) -> tuple[Till, str]:
    """Make the telephone that sends this code a till. Returns it with the secret for its cookie.

    Raises:
        NoSuchPairing
    """
    typed = code.upper().translate(codes.READ_AS)
    with transaction.atomic():
        offered = (
            Pairing.objects.select_for_update(of=["self"])
            .select_related("shop")
            .filter(digest=digest_of(typed), used_at=None, made_at__gt=at - PAIRING_LIVES)
            .first()
        )
        if offered is None:
            raise NoSuchPairing
        offered.used_at = at
        offered.save(update_fields=["used_at"])
        secret = secrets.token_urlsafe(32)
        till = Till.objects.create(
            shop=offered.shop, name=offered.name, language=language, digest=digest_of(secret), paired_by=offered.made_by,
            paired_at=at, last_seen_at=at,
        )  # fmt: skip
        return till, secret


def of_secret(secret: str, *, at: datetime) -> Till | None:
    """The till whose cookie this is, if it may still be used."""
    # Its shop comes when somebody asks for it: taking does not.
    till = Till.objects.usable_with(digest_of(secret), at)
    if till and at - till.last_seen_at > _SEEN_EVERY:
        till.last_seen_at = at
        till.save(update_fields=["last_seen_at"])
    return till


def revoke(till: Till, *, at: datetime) -> None:
    """The telephone takes nothing any more, from this moment on."""
    Till.objects.filter(pk=till.pk, revoked_at=None).update(revoked_at=at, pin="", open_until=None)
    Hold.objects.filter(till=till).delete()


def set_pin(till: Till, pin: str) -> None:
    """Ask for this PIN on the telephone from now on; "" for none."""
    till.pin, till.open_until = make_password(pin) if pin else "", None
    till.save(update_fields=["pin", "open_until"])


def needs_pin(till: Till, *, at: datetime) -> bool:
    return bool(till.pin) and (till.open_until is None or till.open_until <= at)


def open_with(till: Till, pin: str, *, at: datetime) -> None:
    """Open the telephone for a while.

    Raises:
        WrongPin, PinLocked
    """
    if not rates.allowed("till pin", str(till.pk), MOST_WRONG, WITHIN, at):
        raise PinLocked
    if not check_password(pin, till.pin):
        raise WrongPin
    rates.take_back("till pin", str(till.pk), WITHIN, at)
    Till.objects.filter(pk=till.pk).update(open_until=at + OPEN_FOR)


# The sale in hand


def hold(till: Till, voucher: Voucher, *, at: datetime) -> Hold:
    """Take a voucher in hand for two minutes; again for two more.

    Raises:
        ledger.Refused: nothing could be taken of it here, and why.
    """

    def work():
        kept = Voucher.objects.select_related("account").get(pk=voucher.pk)
        _must_be_good(kept, till.shop, at)
        if Hold.objects.filter(till=till, until__gt=at).exclude(voucher=kept).count() >= MOST_IN_A_SALE:
            raise TooMany
        mine = Hold.objects.filter(voucher=kept, till=till)
        free = Hold.objects.filter(voucher=kept, until__lte=at).exclude(till=till)
        until = at + HOLD
        # Each of the three is one statement: of two tills at once, one has it.
        if not mine.update(until=until) and not free.update(till=till, begun_at=at, until=until):
            new = Hold(voucher=kept, till=till, begun_at=at, until=until)
            Hold.objects.bulk_create([new], ignore_conflicts=True)
        held = Hold.objects.filter(voucher=kept).first()
        if held is None:
            raise ledger.Busy  # it was let go at this moment
        if held.till_id != till.pk:
            raise Held(held.until)
        return held

    return ledger.transact(work)


def in_hand(till: Till, *, at: datetime) -> list[Hold]:
    """What the till holds now, in the order in which it came."""
    held = Hold.objects.filter(till=till, until__gt=at)
    return list(held.select_related("voucher__account", "voucher__network__issuer", "voucher__shop"))


def keep(till: Till, vouchers: Iterable[int], *, at: datetime) -> None:
    """Two more minutes for these, of those that no other till has taken in hand since."""
    Hold.objects.filter(till=till, voucher__in=vouchers).update(until=at + HOLD)


def let_go(till: Till) -> None:
    Hold.objects.filter(till=till).delete()


def take(till: Till, vouchers: Iterable[int], cents: int, *, key: str, at: datetime) -> Posted:
    """Take so many cents of what the till holds: of the voucher that ends first as much as it has, then of the next.

    Args:
        vouchers: the ids of those that were shown. Two minutes may be over, as long as nobody else has them in hand.

    Raises:
        NothingHeld: one of them is not this till's any more.
        TooLittle, ledger.Refused
    """
    shown = set(vouchers)

    def work():
        held, owed, may_add = _out_of_hand(till, shown, at)
        if not held or len(held) < len(shown):
            raise NothingHeld
        posted = spending.post_sale(
            shares(held, cents), till.shop_id, lambda: till.shop, owed=owed, may_add=may_add, key=key, at=at,
            device=till.pk,
        )  # fmt: skip
        if posted.again:
            raise _Known(posted)
        return posted

    try:
        return ledger.transact(work)
    except _Known as before:
        # What is in hand now was brought since: it stays there.
        return before.posted
    except ledger.Refused:
        # The same request once more: what it took is not there any more, and its answer is what stands in the books.
        done = Transaction.objects.filter(scope="till", idem_key=key, device=till.pk).first()
        if done is None:
            raise
        return Posted(done, list(done.transfers.order_by("position")), again=True)


class _Known(Exception):
    """The sale stood in the books before."""

    def __init__(self, posted):
        super().__init__(posted)
        self.posted = posted


def _out_of_hand(till, shown, at):
    """Let go of these vouchers. Returns them with what a sale needs of them, and what `spending.payables` returns.

    The City's rush hour goes through here: one statement, with the columns that are used; any other comes when asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_HAND, [till.pk, list(shown), spending.subject_of(till.shop_id)])
        rows = cursor.fetchall()
    held, owed = [], {}
    may_add = any(row[-1] for row in rows)
    for pk, expires_on, order, account, cents, network, issuer, payable, _may_add in rows:
        voucher = known(
            Voucher, id=pk, account_id=account, network_id=network, expires_on=expires_on, order_id=order
        )
        voucher.account = known(Account, id=account, balance_cents=cents)
        voucher.network = known(Network, id=network, issuer_id=issuer)
        held.append(voucher)
        owed[issuer] = payable and known(Account, id=payable)
    if not all(owed.values()):
        owed, may_add = spending.payables(set(owed), till.shop_id, at)
    return held, owed, may_add


# Whether a bonus may be due: any of a campaign that is open; which ones are under way, `bonus` says.
_OUT_OF_HAND = """
WITH released AS (
    DELETE FROM vouchers_hold WHERE voucher_id IN (
        SELECT voucher_id FROM vouchers_hold WHERE till_id = %s AND voucher_id = ANY (%s) ORDER BY 1 FOR UPDATE
    ) RETURNING voucher_id
)
SELECT voucher.id, voucher.expires_on, voucher.order_id, account.id, account.balance_cents, network.id,
    network.issuer_id, payable.id,
    EXISTS (
        SELECT FROM vouchers_bonus JOIN vouchers_campaign ON vouchers_campaign.id = campaign_id
        WHERE vouchers_campaign.state = 'open'
    )
FROM released
JOIN vouchers_voucher AS voucher ON voucher.id = voucher_id
JOIN vouchers_account AS account ON account.id = voucher.account_id
JOIN vouchers_network AS network ON network.id = voucher.network_id
LEFT JOIN vouchers_account AS payable
    ON payable.issuer_id = network.issuer_id AND payable.kind = 'merchant_payable' AND payable.owner = %s
ORDER BY voucher.id
"""


def shares(vouchers: Sequence[Voucher], cents: int) -> list[tuple[Voucher, int]]:
    """How much of each voucher makes so many cents.

    Raises:
        TooLittle
    """
    left, parts = cents, []
    for voucher in sorted(vouchers, key=lambda voucher: (voucher.expires_on, voucher.pk)):
        part = min(left, voucher.account.balance_cents)
        if part:
            parts.append((voucher, part))
        left -= part
    if left:
        raise TooLittle(cents - left)
    return parts


def take_from_paper(
    till: Till, voucher: Voucher, cents: int, *, happened_at: datetime, key: str, at: datetime
) -> Posted:
    """Bring in what was written down while the net was away.

    Raises:
        ledger.TooLate: it happened over two days ago, or is still to come.
        NotYetThere: before there was the voucher.
        AlreadyThere: the same note was brought in.
        TooLittle, ledger.Refused
    """
    if not timedelta(0) <= at - happened_at <= PAPER_WITHIN:
        raise ledger.TooLate
    # Paper tells minutes.
    into = Transaction.objects.filter(transfers__target=voucher.account_id).order_by("pk")
    first = into.values_list("created_at", flat=True).first()
    if first and first >= happened_at + timedelta(minutes=1):
        raise NotYetThere
    moment = happened_at.isoformat()

    def work():
        posted = spending.redeem(
            [(voucher, cents)], till.shop, key=key, at=at, device=till.pk, reason=BY_PAPER, details={"happened_at": moment}
        )  # fmt: skip
        # Read under the voucher's lock; a refusal takes the movement back with it.
        twins = _of(till.shop).filter(
            reason=BY_PAPER, details__happened_at=moment, reversed_by=None, transfers__source=voucher.account_id,
            transfers__amount_cents=cents,
        ).exclude(pk=posted.txn.pk)  # fmt: skip
        if not posted.again and twins.exists():
            raise AlreadyThere
        return posted

    try:
        return ledger.transact(work)
    except ledger.Overdrawn:
        voucher.account.refresh_from_db()
        raise TooLittle(voucher.account.balance_cents) from None


def undo(till: Till, sale: Transaction, *, at: datetime) -> Posted:
    """Take back a sale of this shop's, within a quarter of an hour. Twice is once.

    Raises:
        ledger.Refused
    """
    return spending.undo(sale, till.shop, key=f"undo:{sale.pk}", at=at, device=till.pk)


# What was taken


def sale(shop: Shop, pk: int, *, at: datetime) -> Sale | None:
    """One sale of a shop's."""
    found = with_parts(_of(shop).filter(pk=pk), at=at)
    return found[0] if found else None


def sales_between(shop: Shop, begin: datetime, end: datetime):
    """The sales of a shop from one instant on and before another, newest first."""
    return _of(shop).filter(created_at__gte=begin, created_at__lt=end)


def total_between(shop: Shop, begin: datetime, end: datetime) -> int:
    """Cents that the shop took in that time, without what was taken back since."""
    taken = sales_between(shop, begin, end).filter(reversed_by=None)
    of_vouchers = Sum("transfers__amount_cents", filter=Q(transfers__source__kind="voucher"))
    return taken.aggregate(cents=of_vouchers)["cents"] or 0


def with_parts(found, *, at: datetime) -> list[Sale]:
    """Transactions as sales, with two questions more."""
    prefetch_related_objects(txns := list(found), "transfers__source__voucher")
    return [_sale(txn, at) for txn in txns]


def _of(shop):
    taken = Transaction.objects.filter(kind=Transaction.Kind.REDEEMED, subject=spending.subject(shop))
    return taken.select_related("reversed_by").order_by("-pk")


def _sale(txn, at):
    of_vouchers = [transfer for transfer in txn.transfers.all() if transfer.source.kind == "voucher"]
    is_undone = hasattr(txn, "reversed_by")
    return Sale(
        txn,
        [(transfer.source.voucher, transfer.amount_cents, transfer.source_after) for transfer in of_vouchers],
        sum(transfer.amount_cents for transfer in of_vouchers),
        is_undone,
        not is_undone and at - txn.created_at <= spending.UNDO_WITHIN,
    )


def forget(*, at: datetime) -> int:
    """Drop offers and holds whose time is over. Returns how many."""
    over = Pairing.objects.filter(made_at__lte=at - PAIRING_LIVES).delete()[0]
    return over + Hold.objects.filter(until__lte=at - timedelta(days=1)).delete()[0]


def _must_be_good(voucher, shop, at):
    """What the database would refuse at the end, said before anything is typed. It refuses all the same."""
    today = lifecycle.city_day(at)
    state = Voucher.State
    refusals = {state.PREPARED: ledger.NotHandedOver, state.FROZEN: ledger.Frozen, state.VOID: ledger.Void}
    if voucher.state in refusals:
        raise refusals[voucher.state]
    if voucher.expires_on < today:
        raise ledger.Expired
    if voucher.shop_id not in (None, shop.pk):
        raise ledger.OtherShop
    if not Agreement.objects.active(today).filter(shop=shop, network=voucher.network_id).exists():
        raise ledger.NoAgreement
    if not voucher.account.balance_cents:
        raise ledger.Empty


def digest_of(secret: str) -> str:
    """What is kept of the secret in a till's cookie."""
    return hashlib.sha256(f"till {secret}".encode()).hexdigest()
