"""Random legal and illegal operations beside a small model of what they must do: the books and the model never differ."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from torture.books import DONATED_MOST, GIVEN, Books, Outcome, Say, key, silent
from torture.races import faults
from vouchers import ledger, lifecycle, spending, treasury
from vouchers.models import Account, Transaction, Voucher

RECENT = 30  # vouchers and sales that are still played with
COMPARED_EVERY = 100


@dataclass
class Card:
    voucher: Voucher
    cents: int = 0
    state: str = "active"
    expires_on: object = None
    due: int = 0


@dataclass
class Sale:
    txn: Transaction
    shop: int
    parts: list
    at: datetime
    reversed: bool = False
    settled: bool = False


@dataclass
class Model:
    """What every account must hold. Written to be read, not to be quick."""

    cards: list[Card] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    payable: Counter = field(default_factory=Counter)
    transit: dict = field(default_factory=dict)
    budget: Counter = field(default_factory=Counter)
    breakage: int = 0
    bank: int = 0
    psp: int = 0
    loss: int = 0


class Life:
    """One run. Each `_verb` says what must come of it, does it, and moves the model; see `play`."""

    def __init__(self, books: Books, seed: int):
        self.books, self.dice, self.model = books, random.Random(seed), Model()
        self.at = books.at
        self.payouts = 0
        self.last = None  # the last request that was taken, to be sent again

    # What may happen, and how often it is drawn.
    CHANCES = {
        "buy": 6, "load": 2, "prepare": 2, "grant": 4, "cancel": 1, "redeem": 16, "undo": 5, "give_back": 3,
        "correct": 2, "withdraw": 3, "refund": 3, "charge_back": 2, "freeze": 2, "release": 2, "extend": 2,
        "reissue": 2, "donate": 3, "close": 3, "pay_out": 3, "confirm": 2, "send_back": 1, "provider_pays": 2, "pay_breakage": 1,
        "write_off": 1, "again": 3,
    }  # fmt: skip

    def play(self, operations: int, say: Say) -> tuple[list[str], Counter]:
        names, weights = list(self.CHANCES), list(self.CHANCES.values())
        wrong, done = [], Counter()
        for number in range(1, operations + 1):
            self.at += timedelta(seconds=self.dice.choice((1, 60, 400, 901, 40_000, 3_000_000)))
            name = self.dice.choices(names, weights)[0]
            if (complaint := self._try(name, done)) is not None:
                wrong.append(f"operation {number}, {name}: {complaint}")
            if number % COMPARED_EVERY == 0 or number == operations:
                wrong += [f"after operation {number}: {each}" for each in self._differences()]
                say(f"{number} of {operations} operations")
            if wrong:
                break
        return wrong, done

    def _try(self, name, done):
        step = getattr(self, f"_{name}")()
        if step is None:  # nothing to do it with yet
            return None
        expected, act, move = step
        try:
            found = act()
        except ledger.Refused as refused:
            if type(refused) is not expected:
                return f"{type(refused).__name__} instead of {expected and expected.__name__}"
            done[f"{name}: {refused.code}"] += 1
            return None
        if expected is not None:
            return f"done instead of {expected.__name__}"
        move(found)
        done[name] += 1
        if name not in {"buy", "prepare"}:  # whose key is not the same a second time
            self.last = act
        return None

    def _differences(self):
        model = self.model
        expected = {
            ("bank", ""): model.bank,
            ("psp_clearing", ""): model.psp,
            ("loss", ""): model.loss,
            ("breakage", "social-fund"): model.breakage,
            **{("campaign_budget", name): cents for name, cents in model.budget.items()},
            **{("payout_in_transit", name): cents for name, (_shop, cents) in model.transit.items()},
        }
        for number, cents in model.payable.items():
            expected["merchant_payable", f"shop:{self.books.shops[number].pk}"] = cents
        for card in model.cards:
            expected["voucher", f"voucher:{card.voucher.pk}"] = card.cents
            expected["refund_due", f"voucher:{card.voucher.pk}"] = card.due
        rows = Account.objects.filter(issuer=self.books.issuer).values_list("kind", "owner", "balance_cents")
        found = {(kind, owner): cents for kind, owner, cents in rows}
        for place in expected.keys() | found.keys():
            if expected.get(place, 0) != found.get(place, 0):
                yield f"{place} holds {found.get(place, 0)}, not {expected.get(place, 0)}"
        kept = Voucher.objects.in_bulk([card.voucher.pk for card in model.cards[-RECENT:]])
        for card in model.cards[-RECENT:]:
            row = kept[card.voucher.pk]
            if (row.state, row.expires_on) != (card.state, card.expires_on):
                yield f"voucher {row.pk} is {row.state} until {row.expires_on}, not {card}"

    # What there is to do something with.

    def _card(self):
        return self.dice.choice(self.model.cards[-RECENT:]) if self.model.cards else None

    def _sale(self):
        return self.dice.choice(self.model.sales[-RECENT:]) if self.model.sales else None

    @property
    def _today(self):
        return lifecycle.city_day(self.at)

    def _how(self):
        return {"key": key(), "at": self.at}

    # The verbs: (the refusal that must come, or None; what is done; what it does to the model).

    def _buy(self):
        amounts = [self.dice.randint(1000, 15000) for _voucher in range(self.dice.randint(1, 3))]
        books, on = self.books, self._today

        def move(made):
            for voucher, cents in zip(made, amounts, strict=True):
                self.model.cards.append(Card(voucher, cents, "active", voucher.expires_on))
            self.model.psp -= sum(amounts)

        at = replace(books, at=self.at)
        until = on + timedelta(days=2 * 366)
        return None, lambda: at.vouchers(amounts, issued_on=on, expires_on=until), move

    def _load(self):
        cents, how = self.dice.randint(1, 20_000), self._how()
        name = self.dice.choice((self.books.campaign.budget_name, "fees"))

        def move(_posted):
            self.model.bank -= cents
            self.model.budget[name] += cents

        return None, lambda: treasury.load_budget(self.books.issuer, name, cents, **how), move

    def _prepare(self):
        def move(made):
            self.model.cards += [Card(voucher, 0, "prepared", None) for voucher in made]

        return None, lambda: self.books.prepared(2), move

    def _grant(self):
        card = self._card()
        if card is None:
            return None
        cents, name, on, how = GIVEN, self.books.campaign.budget_name, self._today, self._how()
        until = on + timedelta(days=800)
        expected = None
        if card.state != "prepared":
            expected = ledger.NoSuchMove
        elif cents > self.model.budget[name]:
            expected = ledger.Overdrawn

        def move(_posted):
            card.cents, card.state, card.expires_on = cents, "active", until
            self.model.budget[name] -= cents

        budget = treasury.budget(self.books.issuer, name)
        return (
            expected,
            lambda: lifecycle.grant(
                card.voucher, cents, budget=budget, issued_on=on, expires_on=until, **how
            ),
            move,
        )

    def _change(self, verb, allowed, state, **more):
        card = self._card()
        if card is None:
            return None
        how = self._how()

        def move(_posted):
            card.state = state

        expected = None if card.state in allowed else ledger.NoSuchMove
        return expected, lambda: verb(card.voucher, **how, **more), move

    def _cancel(self):
        return self._change(lifecycle.cancel, {"prepared"}, "void")

    def _freeze(self):
        return self._change(lifecycle.freeze, {"active"}, "frozen", reason="lost")

    def _release(self):
        return self._change(lifecycle.release, {"frozen"}, "active", reason="found")

    def _extend(self):
        card = self._card()
        if card is None:
            return None
        until, how = self._today + timedelta(days=self.dice.randint(1, 900)), self._how()
        good = card.state in {"active", "frozen"} and until > card.expires_on

        def move(_posted):
            card.expires_on = until

        return (
            None if good else ledger.NoSuchMove,
            lambda: lifecycle.extend(card.voucher, until, **how),
            move,
        )

    def _redeem(self):
        recent = self.model.cards[-RECENT:]
        if not recent:
            return None
        cards = self.dice.sample(recent, min(len(recent), self.dice.randint(1, 4)))
        parts = [(card, self.dice.randint(1, max(1, card.cents + card.cents // 9))) for card in cards]
        shop, how = self.dice.randrange(len(self.books.shops)), self._how()
        refusals = (self._refusal(card, cents) for card, cents in parts)

        def move(posted):
            for card, cents in parts:
                card.cents -= cents
                self.model.payable[shop] += cents
            self.model.sales.append(Sale(posted.txn, shop, parts, posted.txn.created_at))

        legs = [(card.voucher, cents) for card, cents in parts]
        return (
            next(filter(None, refusals), None),
            lambda: spending.redeem(legs, self.books.shops[shop], **how),
            move,
        )

    def _refusal(self, card, cents):
        by_state = {"prepared": ledger.NotHandedOver, "frozen": ledger.Frozen, "void": ledger.Void}
        if card.state in by_state:
            return by_state[card.state]
        if card.expires_on < self._today:
            return ledger.Expired
        return ledger.Overdrawn if cents > card.cents else None

    def _undo(self):
        return self._take_back(spending.undo, within=spending.UNDO_WITHIN)

    def _give_back(self):
        return self._take_back(spending.give_back)

    def _take_back(self, verb, within=None):
        sale = self._sale()
        if sale is None:
            return None
        how, total = self._how(), sum(cents for _card, cents in sale.parts)
        expected = None
        if within is not None and self.at - sale.at > within:
            expected = ledger.TooLate
        elif sale.reversed:
            expected = ledger.AlreadyReversed
        elif sale.settled:
            expected = ledger.Settled
        elif total > self.model.payable[sale.shop]:
            expected = ledger.Overdrawn

        def move(_posted):
            sale.reversed = True
            for card, cents in sale.parts:
                card.cents += cents
            self.model.payable[sale.shop] -= total

        return expected, lambda: verb(sale.txn, self.books.shops[sale.shop], **how), move

    def _correct(self):
        card = self._card()
        if card is None:
            return None
        cents, how, shop = self.dice.randint(1, 900), self._how(), self.dice.randrange(len(self.books.shops))

        def move(_posted):
            card.cents += cents
            self.model.payable[shop] -= cents

        expected = None
        if card.state not in {"active", "frozen"}:
            expected = ledger.Void
        elif cents > self.model.payable[shop]:
            expected = ledger.Overdrawn
        return (
            expected,
            lambda: spending.correct(card.voucher, self.books.shops[shop], cents, **how),
            move,
        )

    def _withdraw(self):
        card = self._card()
        if card is None:
            return None
        how = self._how()
        expected = ledger.Empty if not card.cents else ledger.NoSuchMove if card.state != "active" else None

        def move(_posted):
            card.due, card.cents, card.state = card.due + card.cents, 0, "void"

        return expected, lambda: lifecycle.withdraw(card.voucher, **how), move

    def _refund(self):
        card = self._card()
        if card is None:
            return None
        how = self._how()

        def move(_posted):
            self.model.psp += card.due
            card.due = 0

        return None if card.due else ledger.Empty, lambda: lifecycle.refund(card.voucher, **how), move

    def _charge_back(self):
        card = self._card()
        if card is None or card.state == "prepared":
            return None
        cents, how = self.dice.randint(1, 9000), self._how()

        def move(_posted):
            left = min(cents, card.cents)
            card.cents -= left
            self.model.loss -= cents - left
            self.model.psp += cents
            card.state = "frozen" if card.state == "active" else card.state

        return None, lambda: lifecycle.charge_back(card.voucher, cents, **how), move

    def _reissue(self):
        card = self._card()
        if card is None:
            return None
        how = self._how()
        expected = ledger.NoSuchMove if card.state != "active" else ledger.Empty if not card.cents else None

        def move(posted):
            made = Voucher.objects.select_related("account", "network__issuer").get(
                account=posted.transfers[0].target_id
            )
            self.model.cards.append(Card(made, card.cents, "active", card.expires_on))
            card.cents, card.state = 0, "void"

        return expected, lambda: lifecycle.reissue(card.voucher, **how), move

    def _donate(self):
        card = self._card()
        if card is None:
            return None
        how, expected = self._how(), None
        if not card.cents:
            expected = ledger.Empty
        elif card.state != "active" or card.expires_on < self._today or card.cents > DONATED_MOST:
            expected = ledger.NoSuchMove

        def move(_posted):
            self.model.breakage += card.cents
            card.cents, card.state = 0, "void"

        return expected, lambda: lifecycle.donate(card.voucher, **how), move

    def _close(self):
        card = self._card()
        if card is None:
            return None
        how, expected = self._how(), None
        if not card.cents:
            expected = ledger.Empty
        elif card.state == "void" or card.expires_on >= self._today:
            expected = ledger.NoSuchMove

        def move(_posted):
            self.model.breakage += card.cents
            card.cents, card.state = 0, "void"

        return expected, lambda: lifecycle.close(card.voucher, "social-fund", **how), move

    def _pay_out(self):
        shop, how = self.dice.randrange(len(self.books.shops)), self._how()
        self.payouts += 1
        name = f"payout:{self.payouts}"

        def move(_posted):
            self.model.transit[name] = shop, self.model.payable[shop]
            self.model.payable[shop] = 0
            for sale in self.model.sales:
                sale.settled = sale.settled or sale.shop == shop

        return (
            None if self.model.payable[shop] else ledger.Empty,
            lambda: treasury.release_payout(self.books.issuer, self.books.shops[shop], name, **how),
            move,
        )

    def _payout(self):
        """One of the last payouts: its name, its shop, what of it is on its way."""
        names = list(self.model.transit)[-5:]
        name = self.dice.choice(names) if names else None
        return name and (name, *self.model.transit[name])

    def _confirm(self):
        if (payout := self._payout()) is None:
            return None
        (name, shop, cents), how = payout, self._how()

        def move(_posted):
            self.model.transit[name] = shop, 0
            self.model.bank += cents

        return (
            None if cents else ledger.Empty,
            lambda: treasury.confirm_payout(self.books.issuer, name, **how),
            move,
        )

    def _send_back(self):
        if (payout := self._payout()) is None:
            return None
        (name, shop, cents), how = payout, self._how()

        def move(_posted):
            self.model.transit[name] = shop, 0
            self.model.payable[shop] += cents

        return (
            None if cents else ledger.Empty,
            lambda: treasury.return_payout(self.books.issuer, self.books.shops[shop], name, **how),
            move,
        )

    def _provider_pays(self):
        cents, fee, how = self.dice.randint(1, 5000), self.dice.choice((0, 60, 900)), self._how()

        def move(_posted):
            self.model.bank -= cents
            self.model.psp += cents + fee
            if fee:
                self.model.budget["fees"] -= fee

        return (
            ledger.Overdrawn if fee > self.model.budget["fees"] else None,
            lambda: treasury.provider_paid(self.books.issuer, cents, fee=fee, **how),
            move,
        )

    def _pay_breakage(self):
        cents, how = self.dice.randint(1, 3000), self._how()

        def move(_posted):
            self.model.breakage -= cents
            self.model.bank += cents

        return (
            ledger.Overdrawn if cents > self.model.breakage else None,
            lambda: treasury.pay_breakage(self.books.issuer, "social-fund", cents, **how),
            move,
        )

    def _write_off(self):
        cents, how = self.dice.choice((-1, 1)) * self.dice.randint(1, 50), self._how()

        def move(_posted):
            self.model.psp += cents
            self.model.loss -= cents

        outside = treasury.provider(self.books.issuer)
        return (
            None,
            lambda: treasury.write_off(outside, cents, reason="difference", **how),
            move,
        )

    def _again(self):
        """The last request that was taken is sent again: the answer is the same, and nothing moves."""
        if self.last is None:
            return None
        return None, self.last, lambda _posted: None


def lives(books: Books, *, operations: int, seed: int = 1, say: Say = silent) -> Outcome:
    """So many operations of every kind, in any order. Ends at the first thing that differs from the model."""
    life = Life(books, seed)
    wrong, done = life.play(operations, say)
    told = f"{len(done)} ends, of each of {len({name.split(':')[0] for name in done})} kinds"
    late = replace(books)
    return Outcome(operations, wrong + faults(late), told)
