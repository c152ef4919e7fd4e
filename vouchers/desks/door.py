"""Who is at the finance desk: City staff behind the City's door, with the rights of `accounts.rights`."""

from shops.desks.city.door import city_desk, city_page

SECTION = "finance"
# Whoever may look at the books; what changes something asks for more.
READ = "vouchers.view_transaction"


def finance_desk(*permissions):
    """A page of the finance desk for whoever holds these rights besides reading; for others it is not there."""
    return city_desk(READ, *permissions, needs_city=True)


def finance_page(request, template, context=None, *, page="", status=None):
    """Draw a page of the finance desk.

    Args:
        page: the name of the page in the desk's own list of pages.
    """
    return city_page(request, template, {**(context or {}), "page": page}, section=SECTION, status=status)
