"""What the holder of a voucher is told. Whoever has the whole code is its holder, and needs no account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vitrine import rates
from vouchers import codes, lifecycle
from vouchers.models import Transaction, Voucher

# From one address, codes that are none: a typing error is caught before, so these are guesses.
MOST_GUESSES, WITHIN = 10, timedelta(minutes=10)


class TooManyGuesses(Exception):
    """From there nothing is answered for some minutes."""


@dataclass(frozen=True)
class Donated:
    cents: int
    on: date


@dataclass(frozen=True)
class Holding:
    """A voucher as its holder sees it.

    Attributes:
        extension: the day until which she may extend it now.
        may_donate: whether she may give away what is left now.
        donated: what its holder gave away and on which day, where `state` is « donated ».
    """

    voucher: Voucher
    cents: int
    state: str  # good, empty, expired, over, frozen, donated or void
    extension: date | None
    may_donate: bool = False
    donated: Donated | None = None

    @property
    def code(self) -> str:
        """Its code as people read it.

        Raises:
            codes.Unreadable
        """
        return codes.spaced(self.voucher.code())

    @property
    def is_of_use(self) -> bool:
        """Whether anything can still be spent with it, today or once it is extended."""
        return self.state in ("good", "expired")


def find(code: str, *, who: str, at: datetime) -> Voucher | None:
    """The voucher of a code that `codes.read` has read; None for one that nobody holds.

    Args:
        who: from where it is asked, as `rates.address_of` says.

    Raises:
        TooManyGuesses: whether there is one is not even looked at.
    """
    if not rates.is_open("voucher code", who, MOST_GUESSES, WITHIN, at):
        raise TooManyGuesses
    voucher = Voucher.objects.of_code(code)
    if voucher is None or voucher.state == Voucher.State.PREPARED:
        # Many at once may all have been let through until here: those beyond the limit learn nothing either.
        if not rates.allowed("voucher code", who, MOST_GUESSES, WITHIN, at):
            raise TooManyGuesses
        return None
    return voucher


def holding(voucher: Voucher, *, today: date) -> Holding:
    """What a voucher's page says of it; see `holdings`."""
    (found,) = holdings([voucher], today=today)
    return found


def holdings(vouchers: Iterable[Voucher], *, today: date) -> list[Holding]:
    """What the pages of vouchers say of them. Two queries more where any is void, and one for each whose end is near.

    Args:
        today: the day in the city.
    """
    vouchers = list(vouchers)
    donated = _donated([voucher.pk for voucher in vouchers if voucher.state == Voucher.State.VOID])
    return [_holding(voucher, donated.get(voucher.pk), today) for voucher in vouchers]


def _donated(void: list[int]) -> dict[int, Donated]:
    if not void:
        return {}
    subjects = {f"voucher:{pk}": pk for pk in void}
    given = Transaction.objects.filter(kind=Transaction.Kind.DONATED, subject__in=subjects)
    zone = lifecycle.zone()
    return {
        subjects[subject]: Donated(cents, at.astimezone(zone).date())
        for subject, at, cents in given.values_list("subject", "created_at", "transfers__amount_cents")
    }


def _holding(voucher, donated, today):
    cents = voucher.account.balance_cents
    extension = lifecycle.extension_of(voucher, today=today) if cents else None
    if donated:
        state = "donated"
    elif voucher.state != Voucher.State.ACTIVE:
        state = voucher.state
    elif not cents:
        state = "empty"
    elif voucher.expires_on >= today:
        state = "good"
    else:
        state = "expired" if extension else "over"
    may_donate = lifecycle.may_donate(voucher, today=today)
    return Holding(voucher, cents, state, extension, may_donate, donated)
