"""The order to the bank: pain.001.001.09 of ISO 20022, made by `sepaxml` from the journal and what the release has fixed.

The database keeps no copy of it. It is made anew whenever somebody takes it, and must be what was released, byte for
byte: its ids and its time are stored columns, its amounts the journal's. No address stands in it: SEPA asks for none,
and since November 2026 takes no unstructured one.
"""

import re
from hashlib import sha256

from vouchers.models import PayoutFile, Transfer

SCHEMA = "pain.001.001.09"
# What every bank of SEPA takes (EPC 217-08); a name's other letters are written in these.
_NOT_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


class Invalid(Exception):
    """The official schema does not take it."""


class Altered(Exception):
    """Made anew, it is not what was released: no bank gets it before somebody has found out why."""


def made(file: PayoutFile) -> bytes:
    """The order of a released file. Three queries.

    Raises:
        Invalid
        Unreadable: an IBAN cannot be opened with the keys that are known.
    """
    from vouchers.settlement.pain_xml import Order

    order = Order(file)
    payouts = list(file.payouts.select_related("account").order_by("end_to_end_id"))
    amounts = dict(
        Transfer.objects.filter(txn__in=[payout.txn_id for payout in payouts]).values_list(
            "txn", "amount_cents"
        )
    )
    for payout in payouts:
        order.add_payment(
            {
                "name": sepa_text(payout.account.holder),
                "IBAN": payout.account.iban(),
                "amount": amounts[payout.txn_id],
                "execution_date": file.pay_on,
                "description": sepa_text(f"{file.issuer.name} {payout.end_to_end_id}", 140),
                "endtoend_id": payout.end_to_end_id,
            }
        )
    content = order.export(validate=False)
    check(content)
    return content


def remade(file: PayoutFile) -> bytes:
    """The same again.

    Raises:
        Altered
    """
    content = made(file)
    if sha256(content).hexdigest() != file.sha256:
        raise Altered(file.msg_id)
    return content


def check(content: bytes) -> None:
    """Hold it against the official schema.

    Raises:
        Invalid: without the schema's own words, which repeat what stands in the file.
    """
    from vouchers.settlement.pain_xml import errors

    if found := errors(content):
        raise Invalid(", ".join(sorted(found)))


def sepa_text(text: str, most: int = 70) -> str:
    """A text in the letters that SEPA knows."""
    # Imported late: it holds the letters of all scripts.
    from text_unidecode import unidecode

    plain = _NOT_SEPA.sub(" ", unidecode(text.replace("&", "+").replace("’", "'")))
    return " ".join(plain.split())[:most].strip()
