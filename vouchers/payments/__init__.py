"""Who takes the residents' money: one small interface, so that the City may change its payment provider.

A provider's messages only say where to look. What is true is fetched from it and compared with the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Forged(Exception):
    """The message was not sent by the provider, or too long ago."""


class RefundRefused(Exception):
    """The provider will not give this back, today or tomorrow; a person must. `code` is its reason."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Unavailable(Exception):
    """The provider does not answer, or not in a way that can be understood: ask again later."""


@dataclass(frozen=True)
class Begun:
    """A payment that the buyer can go and make: the provider's name for it, and where."""

    ref: str
    address: str


@dataclass(frozen=True)
class Told:
    """What the provider says of a payment now. Amounts are in the smallest unit of the currency (ISO 4217)."""

    state: Literal["open", "paid", "failed"]
    order: str
    cents: int = 0
    currency: str = ""
    # What the buyer's bank has taken back.
    disputed_cents: int = 0
    # Refunds, by the provider's names, that it had agreed to and that did not reach the buyer.
    failed_refunds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Event:
    """A message of the provider's: its own number, and the payment to look at, if it is about one."""

    id: str
    ref: str


@dataclass(frozen=True)
class Asked:
    """What is to be paid: an order's reference, its cents of EUR, a line for the buyer's statement, and her address."""

    order: str
    cents: int
    words: str
    email: str
    language: str
    back: str


class Provider(Protocol):
    """Calls may take seconds and fail: none is made within a transaction."""

    name: str
    # As people know it.
    label: str

    def create_payment(self, asked: Asked, *, key: str) -> Begun:
        """Begin a payment; the same key again is the same payment.

        Raises:
            Unavailable
        """

    def fetch_payment(self, ref: str) -> Told:
        """What has become of it.

        Raises:
            Unavailable
        """

    def refund(self, ref: str, cents: int, *, key: str) -> str:
        """Give a part of a payment back; the same key again is the same refund. Returns the provider's name for it.

        Raises:
            RefundRefused, Unavailable
        """

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """The message that the provider signed.

        Raises:
            Forged
        """

    def resolve(self, ref: str) -> str:
        """The payment that a message names in another way.

        Raises:
            Unavailable
        """


def provider() -> Provider | None:
    """Who takes new payments; None where nothing is sold."""
    return named(next(iter(settings.PAYMENTS))) if settings.PAYMENTS else None


@cache
def named(name: str) -> Provider:
    """A provider by its name: an old payment is asked of the one that took it.

    Raises:
        KeyError: it is not in `settings.PAYMENTS`.
    """
    return import_string(settings.PAYMENTS[name])()


def label_of(name: str) -> str:
    """A provider as people know it; of one that is not set up any more, its name."""
    return str(named(name).label) if name in settings.PAYMENTS else name
