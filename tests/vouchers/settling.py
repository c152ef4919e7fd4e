"""What tests of the settlement share: two finance officers, made-up IBANs, takings, a file that is released, a bank that answers."""

from datetime import timedelta
from itertools import count

from schwifty import IBAN

from accounts.models import CityRole, User
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import key, make_voucher
from vouchers import spending
from vouchers.models import Agreement, BankAccount, PayoutTerms
from vouchers.settlement import accounts, runs

# When what a test finds there was decided.
LONG_AGO = TUESDAY_10H - timedelta(days=40)
BIC = "BCEELULL"
_numbers = count(1)


def made_up(number: int) -> str:
    """An IBAN with right check digits of a bank that does not exist."""
    return IBAN.generate("LU", bank_code="999", account_code=f"{number:013}").compact


OURS = made_up(4_200)


def officer(name="Frank"):
    """A finance officer: Frank, or Fatima beside him."""
    email = f"{name.lower()}@ville.example"
    found = User.objects.filter(email=email).first()
    return found or make_person(email, name=name, city_roles=[CityRole.FINANCE])


def frank_and_fatima():
    return officer("Frank"), officer("Fatima")


def make_terms(issuer, *, weekday=0, least=10_00, iban=OURS):
    terms = PayoutTerms(
        issuer=issuer, weekday=weekday, least_cents=least, debtor="Ville fictive, finances", bic=BIC
    )
    terms.keep(iban)
    terms.save()
    return terms


def make_account(shop, iban="", *, at=LONG_AGO, holder="") -> BankAccount:
    """An IBAN of a shop that two people have agreed on: in effect, if it is the shop's first."""
    asks, confirms = frank_and_fatima()
    account = accounts.ask(
        shop, iban or made_up(next(_numbers)), holder or f"{shop.name} sàrl", by=asks, at=at
    )
    return accounts.confirm(account, by=confirms, at=at)


def take(network, shop, cents=50_00, *, at=TUESDAY_10H):
    """A shop takes so much of a voucher that somebody has bought. Returns what stands in the books."""
    today = at.date()
    if not Agreement.objects.filter(shop=shop, network=network).exists():
        Agreement.objects.create(shop=shop, network=network, signed_on=today - timedelta(days=300))
    voucher = make_voucher(network, cents, at=at - timedelta(days=1))
    return spending.redeem([(voucher, cents)], shop, key=key(), at=at)


def prepare(issuer, *, at=TUESDAY_10H):
    return runs.prepare(issuer, by=officer("Frank"), at=at)


def release(file, *, by=None, at=TUESDAY_10H, seen=None):
    """By the second officer, who agrees to the figures as they are."""
    seen = runs.fingerprint(runs.lines(file, at=at)) if seen is None else seen
    return runs.release(file, seen=seen, by=by or officer("Fatima"), at=at)


def settle(issuer, *, at=TUESDAY_10H):
    """A file that two people have released."""
    return release(prepare(issuer, at=at), at=at)


NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:{}.001.{}"


def statement(*entries, iban=OURS, version="08", number="R-1") -> bytes:
    """A camt.053 with these entries."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE.format("camt.053", version)}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>2026-11-25T06:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def euros(cents):
    return f"{cents // 100}.{cents % 100:02}"


def entry(cents, *details, way="DBIT", status="<Sts><Cd>BOOK</Cd></Sts>", currency="EUR"):
    inside = f"<NtryDtls>{''.join(details)}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{euros(cents)}</Amt><CdtDbtInd>{way}</CdtDbtInd>{status}{inside}</Ntry>'
    )


def detail(name, cents=None, *, reason="", way="", currency="EUR"):
    amount = "" if cents is None else f'<Amt Ccy="{currency}">{euros(cents)}</Amt>'
    way = f"<CdtDbtInd>{way}</CdtDbtInd>" if way else ""
    why = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    return f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>{amount}{way}{why}</TxDtls>"


def paid(payout):
    """The entry that says that a payout was booked."""
    return entry(payout.cents, detail(payout.end_to_end_id, payout.cents))


def came_back(payout, reason="AC04"):
    return entry(payout.cents, detail(payout.end_to_end_id, payout.cents, reason=reason), way="CRDT")


def booked_as_one(file):
    """The entry of a bank that books the whole file at once."""
    return entry(file.total_cents, f"<Btch><MsgId>{file.msg_id}</MsgId></Btch>")


def report(file, *statuses, group="", version="10", number="P-1") -> bytes:
    """A pain.002 about a file."""
    group = f"<GrpSts>{group}</GrpSts><StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>" if group else ""
    inside = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{file}</OrgnlPmtInfId>{''.join(statuses)}</OrgnlPmtInfAndSts>"
    )
    return (
        f'<Document xmlns="{NAMESPACE.format("pain.002", version)}"><CstmrPmtStsRpt><GrpHdr><MsgId>{number}</MsgId></GrpHdr>'
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{file}</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>{inside if statuses else ''}"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def rejected(payout, reason="AC01"):
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{payout.end_to_end_id}</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
    )
