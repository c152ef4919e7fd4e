from vouchers.models.agreement import Agreement, Issuer, Network
from vouchers.models.journal import Account, ChainLink, Transaction, Transfer
from vouchers.models.order import Notice, Order, Payment, ProviderEvent, Refund
from vouchers.models.till import Hold, Pairing, Till
from vouchers.models.voucher import Voucher, VoucherChange

__all__ = [
    "Account",
    "Agreement",
    "ChainLink",
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
