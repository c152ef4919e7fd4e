"""Public pages: the figures of a campaign for everybody, a given voucher for who has its link."""

from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from shops import contacts, plots, reference
from vouchers import grant_letters, holders, lifecycle, paper
from vouchers.campaign_figures import Figures
from vouchers.links import Broken
from vouchers.models import Campaign, Voucher
from vouchers.templatetags.money import euros


@require_safe
def campaign(request, slug):
    """What became of a campaign's money. Of groups, never of a shop."""
    found = get_object_or_404(Campaign.objects.public().select_related("network"), slug=slug)
    told = Figures.kept(found)
    context = {"campaign": found, "figures": told}
    if told:
        districts = reference.structure(request.catalogue).districts_by_id
        most = max((cell.cents for cell in told.districts), default=1) or 1
        context["districts"] = [
            (districts.get(cell.district), cell, cell.cents * 100 // most) for cell in told.districts
        ]
        context["stretches"] = [(_in_words(stretch), stretch.vouchers) for stretch in told.first_use]
        context["plot"] = plots.bars(
            _("Jours jusqu’à la première utilisation"),
            [(_in_short(stretch), stretch.vouchers, str(stretch.vouchers)) for stretch in told.first_use],
        )
        context["share"] = _share(told.redeemed_cents, told)
        context["over_share"] = _share(told.over_cents, told)
    return render(request, "vouchers/campaign.html", context)


def _share(cents, told):
    """How much of the money that was handed over this is, in whole per cent, rounded down; None where it is not told."""
    return cents * 100 // told.issued_cents if cents and told.issued_cents else None


def _in_words(stretch):
    if stretch.last is None:
        return _("après %(first)d jours ou plus") % {"first": stretch.first}
    if not stretch.first:
        return ngettext("en %(last)d jour au plus", "en %(last)d jours au plus", stretch.last) % {
            "last": stretch.last
        }
    return _("après %(first)d à %(last)d jours") % {"first": stretch.first, "last": stretch.last}


def _in_short(stretch):
    return f"{stretch.first}+" if stretch.last is None else f"{stretch.first}–{stretch.last}"


def by_link(view):
    """A page that the signed link of a grant opens. It is kept nowhere, and tells its address to nobody."""

    @wraps(view)
    @require_safe
    def opened(request, token):
        try:
            response = view(request, grant_letters.read(token, at=request.now), token)
        except Broken:
            response = render(request, "vouchers/link_over.html", {"no_alternates": True}, status=404)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return opened


@by_link
def granted(request, grant, token):
    """The page of whom it was given to."""
    context = {
        "grant": grant,
        "card": holders.holding(grant.voucher, today=lifecycle.city_day(request.now, request.city)),
        "token": token,
        "amount": euros(grant.cents),
        "no_alternates": True,
    }
    return render(request, "vouchers/granted.html", context)


@by_link
def granted_pdf(request, grant, token):
    if not holders.holding(grant.voucher, today=lifecycle.city_day(request.now, request.city)).is_of_use:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{_("bon")}.pdf"'}
    return HttpResponse(grant_letters.pdf(grant), content_type="application/pdf", headers=headers)


@by_link
def granted_qr(request, grant, token):
    """The QR code of it, to be shown at the till."""
    if grant.voucher.state != Voucher.State.ACTIVE:
        raise Http404
    return HttpResponse(contacts.qr_svg(paper.link_of(grant.voucher.code())), content_type="image/svg+xml")
