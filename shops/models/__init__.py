from shops.models.catalogue import Catalogue, EmptySearch, FacetTotal, NameWord
from shops.models.category import Category, CategoryGroup
from shops.models.claim import Claim, LetterBatch, Trader
from shops.models.event import Event
from shops.models.hours import OpeningInterval, SpecialDay
from shops.models.import_run import ImportRun
from shops.models.inbox import ClaimRequest, ImportDifference, Report
from shops.models.membership import Invitation, LastOwner, Membership, MerchantRole
from shops.models.premises import Premises
from shops.models.revision import Change, Draft, RefusalReason, Revision
from shops.models.shop import Link, Shop, SlugHistory

__all__ = [
    "Catalogue",
    "Category",
    "CategoryGroup",
    "Change",
    "Claim",
    "ClaimRequest",
    "Draft",
    "EmptySearch",
    "Event",
    "FacetTotal",
    "ImportDifference",
    "ImportRun",
    "Invitation",
    "LastOwner",
    "LetterBatch",
    "Link",
    "Membership",
    "MerchantRole",
    "NameWord",
    "OpeningInterval",
    "Premises",
    "RefusalReason",
    "Report",
    "Revision",
    "Shop",
    "SlugHistory",
    "SpecialDay",
    "Trader",
]
