from vouchers.models.agreement import Agreement, Issuer, Network
from vouchers.models.campaign import GOODWILL, Batch, Bonus, BonusUse, Campaign, CodePrint
from vouchers.models.grant import BudgetLoad, Grant
from vouchers.models.journal import Account, ChainLink, Transaction, Transfer
from vouchers.models.order import Notice, Order, Payment, ProviderEvent, Refund
from vouchers.models.till import Hold, Pairing, Till
from vouchers.models.voucher import Voucher, VoucherChange

__all__ = [
    "GOODWILL",
    "Account",
    "Agreement",
    "Batch",
    "Bonus",
    "BonusUse",
    "BudgetLoad",
    "Campaign",
    "ChainLink",
    "CodePrint",
    "Grant",
    "Hold",
    "Issuer",
    "Network",
    "Notice",
    "Order",
    "Pairing",
    "Payment",
    "ProviderEvent",
    "Refund",
    "Till",
    "Transaction",
    "Transfer",
    "Voucher",
    "VoucherChange",
]
