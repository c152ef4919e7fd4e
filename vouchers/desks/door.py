"""Who is at the finance desk: City staff behind the City's door, with the rights of `accounts.rights`."""

from dataclasses import dataclass

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shops.desks.city.door import city_desk, city_page

SECTION = "finance"
# Whoever may look at the books; what changes something asks for more.
READ = "vouchers.view_transaction"


@dataclass(frozen=True)
class Page:
    """One entry of the finance desk's menu. All who may look at the books may open it."""

    name: str
    label: str | Promise
    url: str | Promise


PAGES = [
    Page("home", _("À faire"), reverse_lazy("finance:home")),
    Page("vouchers", _("Bons"), reverse_lazy("finance:vouchers")),
    Page("orders", _("Commandes"), reverse_lazy("finance:orders")),
    Page("campaigns", _("Campagnes"), reverse_lazy("finance:campaigns")),
    Page("grants", _("Dons"), reverse_lazy("finance:grants")),
    Page("corrections", _("Corrections"), reverse_lazy("finance:corrections")),
    Page("payouts", _("Virements"), reverse_lazy("finance:payouts")),
    Page("agreements", _("Conventions"), reverse_lazy("finance:agreements")),
    Page("reports", _("Rapports"), reverse_lazy("finance:reports")),
    Page("books", _("Preuve"), reverse_lazy("finance:books")),
]


def finance_desk(*permissions):
    """A page of the finance desk for whoever holds these rights besides reading; for others it is not there."""
    return city_desk(READ, *permissions, needs_city=True)


def finance_page(request, template, context=None, *, page="", status=None):
    """Draw a page of the finance desk.

    Args:
        page: the name of the page in the desk's own list of pages.
    """
    return city_page(
        request, template, {**(context or {}), "page": page, "pages": PAGES}, section=SECTION, status=status
    )
