from vouchers.models.agreement import Agreement, Issuer, Network
from vouchers.models.journal import Account, ChainLink, Transaction, Transfer
from vouchers.models.voucher import Voucher, VoucherChange

__all__ = [
    "Account",
    "Agreement",
    "ChainLink",
    "Issuer",
    "Network",
    "Transaction",
    "Transfer",
    "Voucher",
    "VoucherChange",
]
