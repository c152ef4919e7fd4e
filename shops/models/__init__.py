from shops.models.catalogue import Catalogue, EmptySearch, FacetTotal, NameWord
from shops.models.category import Category, CategoryGroup
from shops.models.claim import Claim
from shops.models.event import Event
from shops.models.figure import DistrictFigure, WeekFigure
from shops.models.hours import OpeningInterval, SpecialDay
from shops.models.import_run import ImportRun
from shops.models.inbox import ImportDifference
from shops.models.invitation import Invitation, InvitationOver, InvitationRefused, NotInvited
from shops.models.letter_batch import LetterBatch
from shops.models.membership import Gone, LastOwner, Membership, MerchantRole, NotOwner
from shops.models.photo import Photo
from shops.models.premises import Premises
from shops.models.reminder import Reminder
from shops.models.report import Report
from shops.models.revision import Change, Draft, RefusalReason, Revision
from shops.models.shop import Link, Shop, SlugHistory
from shops.models.trader import Trader

__all__ = [
    "Catalogue",
    "Category",
    "CategoryGroup",
    "Change",
    "Claim",
    "DistrictFigure",
    "Draft",
    "EmptySearch",
    "Event",
    "FacetTotal",
    "Gone",
    "ImportDifference",
    "ImportRun",
    "Invitation",
    "InvitationOver",
    "InvitationRefused",
    "LastOwner",
    "LetterBatch",
    "Link",
    "Membership",
    "MerchantRole",
    "NameWord",
    "NotInvited",
    "NotOwner",
    "OpeningInterval",
    "Photo",
    "Premises",
    "RefusalReason",
    "Reminder",
    "Report",
    "Revision",
    "Shop",
    "SlugHistory",
    "SpecialDay",
    "Trader",
    "WeekFigure",
]
