"""Messages of the bank, read: camt.053 (the account's statement) and pain.002 (what became of an order), of any version.

What stands in them is believed as little as any upload: `defusedxml` reads it (no document type, no entity, nothing
fetched), within a limit on the size. Of what a statement says of other people's payments nothing is kept, only how many there were.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree

from vouchers.models import BankMessage

Kind = BankMessage.Kind
MOST_BYTES = 5_000_000
# A bank's message has a tag every thirty bytes or so: one that is nothing but tags would take all the memory.
MOST_TAGS = 400_000
PAID, RETURNED = "paid", "returned"
# How all our payouts are called (see `runs.prepare`); what else a statement tells is none of ours.
OURS = re.compile(r"BONS-[0-9]{6,}-[0-9]{8,}")
OUR_FILE = re.compile(r"BONS-[0-9]{8}-[0-9]+-[0-9]+")
_CODE = re.compile(r"[A-Z0-9]{4}")
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,5})?")
# « Reason not specified by agent », of the external code list of ISO 20022.
NO_REASON = "MS03"
_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.053|pain\.002)\.001\.[0-9]{2}\}Document")
_EUR = "EUR"


class NotRead(Exception):
    """`code` is for the sentence that a person reads."""

    code = "not_read"


class TooLarge(NotRead):
    code = "too_large"


class NotXml(NotRead):
    """Broken, or with what no bank's message has: a document type, entities."""

    code = "not_xml"


class NotABankMessage(NotRead):
    """XML, but neither of the two."""

    code = "not_a_bank_message"


@dataclass(frozen=True)
class Said:
    """What a message says of one of our payouts, or of a whole file of ours (`file`). Cents are None where it names none."""

    says: str
    end_to_end_id: str = ""
    file: str = ""
    cents: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Message:
    kind: str
    sha256: str
    msg_id: str
    # The accounts that a statement is of.
    ibans: set[str]
    said: list[Said] = field(default_factory=list)
    others: int = 0


def read(content: bytes) -> Message:
    """What the bank says.

    Raises:
        NotRead: by its name why not.
    """
    if len(content) > MOST_BYTES or content.count(b"<") > MOST_TAGS:
        raise TooLarge
    root = _parsed(content)
    found = _NAMESPACE.fullmatch(root.tag)
    if not found:
        raise NotABankMessage
    # One name for each element, whatever the version.
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    reader = {Kind.STATEMENT: _statement, Kind.REPORT: _report}[found[1]]
    said, others = reader(root)
    return Message(
        kind=found[1],
        sha256=sha256(content).hexdigest(),
        msg_id=_text(root, "*/GrpHdr/MsgId")[:35],
        ibans={
            element.text.replace(" ", "") for element in root.findall("*/Stmt/Acct/Id/IBAN") if element.text
        },
        said=said,
        others=others,
    )


def _parsed(content):
    try:
        return ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, ValueError, LookupError):
        # What is forbidden is a ValueError of the library's; an encoding that nobody knows is a LookupError.
        raise NotXml from None


def _statement(root):
    """Booked entries: a debit was paid, a credit of ours came back."""
    said, others = [], 0
    for entry in root.findall("*/Stmt/Ntry"):
        if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) != "BOOK":
            continue
        details = entry.findall("NtryDtls/TxDtls")
        found = [one for detail in details if (one := _detail(entry, detail, alone=len(details) == 1))]
        if not details:
            found = _whole_file(entry)
        said += found
        others += max(1, len(details)) - len(found)
    return said, others


def _detail(entry, detail, *, alone):
    name = _text(detail, "Refs/EndToEndId")
    if not OURS.fullmatch(name):
        return None
    amount = next(
        (
            element
            for path in ("Amt", "AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt")
            if (element := detail.find(path)) is not None
        ),
        entry.find("Amt") if alone else None,
    )
    way = _text(detail, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    if way == "CRDT":
        return Said(RETURNED, name, cents=_cents(amount), reason=_reason(detail, "RtrInf/Rsn/Cd"))
    return Said(PAID, name, cents=_cents(amount)) if way == "DBIT" else None


def _whole_file(entry):
    """A debit that the bank booked as one, by the file's own id."""
    for path in ("NtryDtls/Btch/MsgId", "NtryDtls/Btch/PmtInfId"):
        name = _text(entry, path)
        if OUR_FILE.fullmatch(name) and _text(entry, "CdtDbtInd") == "DBIT":
            return [Said(PAID, file=name, cents=_cents(entry.find("Amt")))]
    return []


def _report(root):
    """What was rejected: a whole order, or some of its transfers. What was only taken in says nothing yet."""
    said, others = [], 0
    file = _text(root, "*/OrgnlGrpInfAndSts/OrgnlMsgId")
    whole = "RJCT" in (
        _text(root, "*/OrgnlGrpInfAndSts/GrpSts"),
        _text(root, "*/OrgnlPmtInfAndSts/PmtInfSts"),
    )
    for status in root.iterfind("*/OrgnlPmtInfAndSts/TxInfAndSts"):
        name = _text(status, "OrgnlEndToEndId")
        if not OURS.fullmatch(name):
            others += 1
        elif _text(status, "TxSts") == "RJCT":
            amount = status.find("OrgnlTxRef/Amt/InstdAmt")
            said.append(
                Said(RETURNED, name, cents=_cents(amount), reason=_reason(status, "StsRsnInf/Rsn/Cd"))
            )
    if whole and not said:
        if not OUR_FILE.fullmatch(file):
            return [], others + 1
        reason = next((found for path in ("*/OrgnlGrpInfAndSts", "*/OrgnlPmtInfAndSts")
                       if (found := _text(root, f"{path}/StsRsnInf/Rsn/Cd"))), NO_REASON)  # fmt: skip
        said.append(Said(RETURNED, file=file, reason=reason if _CODE.fullmatch(reason) else NO_REASON))
    return said, others


def _reason(element, path):
    found = _text(element, path)
    return found if _CODE.fullmatch(found) else NO_REASON


def _cents(element):
    """None where there is no amount in euros; -1 where it is no amount at all, which equals none of ours."""
    if element is None:
        return None
    text = (element.text or "").strip()
    if element.get("Ccy") != _EUR or not _AMOUNT.fullmatch(text):
        return -1
    try:
        cents = Decimal(text) * 100
    except InvalidOperation:
        return -1
    return int(cents) if cents == int(cents) else -1


def _text(element, path):
    found = element.find(path)
    return (found.text or "").strip() if found is not None else ""
