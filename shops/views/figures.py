"""The public figures: how much of the city has a page, and somebody who answers for it. Kept at night, read here."""

from typing import NamedTuple

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shops import figures, reference
from shops.figures import Share
from shops.vocabulary import FactGroup
from vitrine.page_cache import cacheable


class Line(NamedTuple):
    district: object
    share: Share


class Table(NamedTuple):
    """One measure over the districts."""

    label: str
    whole: Share
    lines: list[Line]


@require_safe
@cacheable
def public_figures(request):
    shares, counted_at = figures.kept()
    districts = reference.structure(request.catalogue).districts.values()
    tables = []
    for measure in figures.MEASURES:
        lines = [
            Line(district, shares[district.pk, measure])
            for district in districts
            if (district.pk, measure) in shares
        ]
        whole = sum((line.share for line in lines), Share())
        if whole.part:
            label = (
                _("Locaux occupés qui ont une page")
                if measure == figures.COVERAGE
                else FactGroup(measure).label
            )
            tables.append(Table(label, whole, lines))
    return render(request, "shops/figures.html", {"tables": tables, "counted_at": counted_at})
