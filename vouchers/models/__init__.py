from vouchers.models.agreement import Agreement, Issuer, Network
from vouchers.models.bank_account import BankAccount
from vouchers.models.campaign import FEES, GOODWILL, Batch, Bonus, BonusUse, Campaign, CodePrint
from vouchers.models.control import Alarm, BookCheck, HeadMail, MonthClosing
from vouchers.models.correction import Correction, WriteOff
from vouchers.models.grant import BudgetLoad, Grant, RestPayment
from vouchers.models.journal import Account, ChainLink, Transaction, Transfer
from vouchers.models.order import Notice, Order, Payment, ProviderEvent, Refund
from vouchers.models.payout import BankMessage, Payout, PayoutFile, PayoutTerms, ProviderPayout
from vouchers.models.review import PayoutHold, Sign, WeekReview
from vouchers.models.till import Hold, Pairing, Till
from vouchers.models.voucher import Voucher, VoucherChange

__all__ = [
    "FEES",
    "GOODWILL",
    "Account",
    "Agreement",
    "Alarm",
    "BankAccount",
    "BankMessage",
    "Batch",
    "Bonus",
    "BonusUse",
    "BookCheck",
    "BudgetLoad",
    "Campaign",
    "ChainLink",
    "CodePrint",
    "Correction",
    "Grant",
    "HeadMail",
    "Hold",
    "Issuer",
    "MonthClosing",
    "Network",
    "Notice",
    "Order",
    "Pairing",
    "Payment",
    "Payout",
    "PayoutFile",
    "PayoutHold",
    "PayoutTerms",
    "ProviderEvent",
    "ProviderPayout",
    "Refund",
    "RestPayment",
    "Sign",
    "Till",
    "Transaction",
    "Transfer",
    "Voucher",
    "VoucherChange",
    "WeekReview",
    "WriteOff",
]
