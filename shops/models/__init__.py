from shops.models.catalogue import Catalogue, EmptySearch, FacetTotal, NameWord
from shops.models.category import Category, CategoryGroup
from shops.models.event import Event
from shops.models.hours import OpeningInterval, SpecialDay
from shops.models.inbox import ClaimRequest, ImportDifference, Report
from shops.models.shop import Link, Shop, SlugHistory

__all__ = [
    "Catalogue",
    "Category",
    "CategoryGroup",
    "ClaimRequest",
    "EmptySearch",
    "Event",
    "FacetTotal",
    "ImportDifference",
    "Link",
    "NameWord",
    "OpeningInterval",
    "Report",
    "Shop",
    "SlugHistory",
    "SpecialDay",
]
