"""What became of payouts: said by hand, or by the bank's messages, which are shown first and applied afterwards."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from shops.models import Event
from vouchers import ledger, treasury
from vouchers.models import BankMessage, Issuer, Payout, PayoutFile, PayoutTerms
from vouchers.settlement import accounts, bank
from vouchers.settlement.bank import PAID, RETURNED, Said

State = Payout.State


class Reason(models.TextChoices):
    """Why a transfer comes back: those of ISO 20022 that finance meets; a message may name others."""

    AC01 = "AC01", _("numéro de compte incorrect")
    AC04 = "AC04", _("compte clôturé")
    AC06 = "AC06", _("compte bloqué")
    AG01 = "AG01", _("virement interdit sur ce compte")
    BE01 = "BE01", _("le titulaire ne correspond pas")
    MD07 = "MD07", _("titulaire décédé")
    CUST = "CUST", _("refusé par le bénéficiaire")
    MS03 = "MS03", _("sans motif indiqué")
    AM04 = "AM04", _("notre compte n’était pas assez approvisionné")
    AM05 = "AM05", _("virement reçu en double")
    FF01 = "FF01", _("format du fichier refusé")


# The fault is ours or the file's: the shop's account is as good as before.
NOT_THE_SHOPS = {"AC02", "AM04", "AM05", "AM23", "DT01", "DU01", "DU02", "DUPL", "FF01", "TM01"}


class NotPossible(Exception):
    """From its present state a payout does not become this."""

    code = "not_possible"


class OtherAccount(Exception):
    """The statement is not of the issuer's account."""

    code = "other_account"


class Verdict(models.TextChoices):
    """What a line of a message comes to. Only the first two do anything."""

    PAID = "paid", _("sera marqué payé")
    RETURNED = "returned", _("sera marqué revenu")
    DONE = "done", _("déjà noté")
    DOUBLED = "doubled", _("deux fois dans ce fichier")
    UNKNOWN = "unknown", _("référence inconnue")
    OTHER_AMOUNT = "other_amount", _("le montant ne correspond pas")
    IMPOSSIBLE = "impossible", _("contredit ce qui est noté")


@dataclass(frozen=True)
class Judged:
    """A line of a message and what it comes to."""

    said: Said
    verdict: Verdict
    payout: Payout | None

    @property
    def is_alarm(self) -> bool:
        return self.verdict in (Verdict.UNKNOWN, Verdict.OTHER_AMOUNT, Verdict.IMPOSSIBLE)


def mark_paid(payout: Payout, *, by, at: datetime) -> Payout:
    """The bank has paid it. Done already, it is left as it is.

    Raises:
        NotPossible
    """
    return ledger.transact(lambda: _paid(_locked(payout), by, at))


def mark_returned(payout: Payout, reason: str, *, by, at: datetime) -> Payout:
    """It came back, though it may have been paid before: the money is due again, and the shop's IBAN is to be confirmed anew.

    Args:
        reason: a code of ISO 20022; where it says that the fault is not the shop's, its IBAN stays.

    Raises:
        NotPossible
    """
    return ledger.transact(lambda: _returned(_locked(payout), reason, by, at))


def _locked(payout):
    # The file first: what ends its last line closes it.
    PayoutFile.objects.select_for_update().get(pk=payout.file_id)
    return Payout.objects.select_for_update(of=("self",)).select_related("file__issuer", "shop", "account").get(
        pk=payout.pk
    )  # fmt: skip


def _paid(payout, by, at):
    if payout.state == State.PAID:
        return payout
    if payout.state != State.IN_TRANSIT:
        raise NotPossible
    key = f"{payout.subject}:confirm"
    treasury.confirm_payout(payout.file.issuer, payout.subject, key=key, at=at, actor=by.pk)
    payout.state, payout.paid_at = State.PAID, at
    payout.save(update_fields=["state", "paid_at"])
    _close(payout.file)
    return payout


def _returned(payout, reason, by, at):
    if payout.state == State.RETURNED:
        return payout
    if payout.state not in (State.IN_TRANSIT, State.PAID):
        raise NotPossible
    issuer, subject = payout.file.issuer, payout.subject
    if payout.state == State.PAID:
        treasury.unconfirm_payout(issuer, subject, key=f"{subject}:unconfirm", at=at, actor=by.pk)
    treasury.return_payout(issuer, payout.shop, subject, key=f"{subject}:return", at=at, actor=by.pk)
    payout.state, payout.returned_at, payout.reason = State.RETURNED, at, reason
    payout.save(update_fields=["state", "returned_at", "reason"])
    if reason not in NOT_THE_SHOPS:
        accounts.bounced(payout.account, at=at)
    _close(payout.file)
    return payout


def _close(file):
    """Once no line is on its way any more."""
    if file.state == PayoutFile.State.RELEASED and not file.payouts.filter(state=State.IN_TRANSIT).exists():
        file.state = PayoutFile.State.CLOSED
        file.save(update_fields=["state"])


def take_in(issuer: Issuer, content: bytes, *, by, at: datetime) -> BankMessage:
    """Read a message and keep what it says of our payouts. Nothing of it is applied. The same one again is the one that is there.

    Raises:
        NotRead
        OtherAccount
    """
    message = bank.read(content)
    terms = PayoutTerms.objects.filter(issuer=issuer).first()
    if message.kind == bank.Kind.STATEMENT and (terms is None or message.ibans != {terms.iban()}):
        raise OtherAccount
    try:
        with transaction.atomic():
            return BankMessage.objects.create(
                issuer=issuer, kind=message.kind, sha256=message.sha256, msg_id=message.msg_id,
                lines=[asdict(said) for said in message.said], others=message.others, read_by=by.pk, read_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        if "bankmessage_once" not in str(error):
            raise
    return BankMessage.objects.get(issuer=issuer, sha256=message.sha256)


def judged(message: BankMessage) -> list[Judged]:
    """Each line and what it comes to as things stand now. Three queries at most."""
    return _judged(message, [Said(**line) for line in message.lines])


def _judged(message, said):
    of_issuer = Payout.objects.filter(file__issuer=message.issuer_id).select_related(
        "file", "shop", "account"
    )
    names = {one.end_to_end_id for one in said if one.end_to_end_id}
    files = {one.file for one in said if one.file}
    payouts = {payout.end_to_end_id: payout for payout in of_issuer.filter(end_to_end_id__in=names)}
    by_file = {}
    for payout in of_issuer.filter(file__msg_id__in=files).order_by("pk") if files else ():
        by_file.setdefault(payout.file.msg_id, []).append(payout)
    found, seen, now = [], set(), {}
    for one in said:
        for line, payout in _each(one, payouts, by_file):
            key = (line.end_to_end_id or line.file, line.says)
            verdict = Verdict.DOUBLED if key in seen else _verdict(line, payout, now)
            seen.add(key)
            if verdict in (Verdict.PAID, Verdict.RETURNED):
                now[payout.pk] = State(verdict)
            found.append(Judged(line, verdict, payout))
    return found


def _each(said, payouts, by_file):
    """The line with its payout; a line about a whole file as one of each of its payouts, where the sum is right."""
    if not said.file:
        return [(said, payouts.get(said.end_to_end_id))]
    lines = [payout for payout in by_file.get(said.file, ()) if payout.cents is not None]
    if not lines or said.cents not in (None, sum(payout.cents for payout in lines)):
        return [(said, lines[0] if lines else None)]
    return [
        (Said(said.says, payout.end_to_end_id, "", payout.cents, said.reason), payout) for payout in lines
    ]


def _verdict(said, payout, now):
    if payout is None or payout.txn_id is None:
        return Verdict.UNKNOWN
    if said.file or said.cents not in (None, payout.cents) or (said.says == PAID and said.cents is None):
        return Verdict.OTHER_AMOUNT
    state = now.get(payout.pk, payout.state)
    if state == said.says or (said.says == PAID and state == State.RETURNED and payout.paid_at):
        return Verdict.DONE
    if said.says == PAID:
        return Verdict.PAID if state == State.IN_TRANSIT else Verdict.IMPOSSIBLE
    return Verdict.RETURNED


def apply(message: BankMessage, *, by, at: datetime) -> dict[str, int]:
    """Do what the message says, as far as it is clear; what is not is left to people. Once: again, nothing is done.

    Returns how many payouts were marked, by `paid` and `returned`.
    """
    return ledger.transact(lambda: _apply(message.pk, by, at))


def _apply(pk, by, at):
    message = BankMessage.objects.select_for_update(of=("self",)).get(pk=pk)
    done = {PAID: 0, RETURNED: 0}
    if message.applied_at:
        return done
    files = [one.payout.file_id for one in judged(message) if one.payout]
    list(PayoutFile.objects.select_for_update().filter(pk__in=files).order_by("pk"))
    # Looked at again under the locks.
    for one in judged(message):
        if one.verdict == Verdict.PAID:
            _paid(_locked(one.payout), by, at)
        elif one.verdict == Verdict.RETURNED:
            _returned(_locked(one.payout), _reason(one.said), by, at)
        else:
            continue
        done[one.said.says] += 1
    message.applied_by, message.applied_at = by.pk, at
    message.save(update_fields=["applied_by", "applied_at"])
    Event.note(None, "payout:message", by=by, at=at, after={"message": message.pk, **done})
    return done


def _reason(said):
    return said.reason or bank.NO_REASON


def reason_words(code: str) -> str:
    """A reason as people read it: the code, and what it means where we know."""
    return f"{code} – {Reason(code).label}" if code in Reason.values else code


def counts(found: Iterable[Judged]) -> dict[Verdict, int]:
    """How many lines come to what."""
    every = [one.verdict for one in found]
    return {verdict: every.count(verdict) for verdict in Verdict if verdict in every}
