from vouchers.models.agreement import Agreement, Issuer, Network
from vouchers.models.journal import Account, ChainLink, Transaction, Transfer
from vouchers.models.order import Notice, Order, Payment, ProviderEvent, Refund
from vouchers.models.voucher import Voucher, VoucherChange

__all__ = [
    "Account",
    "Agreement",
    "ChainLink",
    "Issuer",
    "Network",
    "Notice",
    "Order",
    "Payment",
    "ProviderEvent",
    "Refund",
    "Transaction",
    "Transfer",
    "Voucher",
    "VoucherChange",
]
