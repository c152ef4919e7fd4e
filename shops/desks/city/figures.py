"""The City's figures: what to steer by, with the tables behind the plots and a file to take away."""

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shops import indicators, reference
from shops.desks.city.door import city_desk, city_page
from shops.desks.tables import csv_response
from shops.editing import rules
from shops.plots import bars


@require_safe
@city_desk("shops.view_change", "shops.view_shop", needs_city=True)
def figures(request):
    """Weeks and districts."""
    holidays = reference.structure(request.catalogue).place.holidays
    weeks = indicators.weeks(at=request.now, holidays=holidays)
    labels = [date_format(week.starts_on, "j.n.") for week in weeks]
    context = {
        "weeks": weeks,
        "districts": indicators.districts(at=request.now),
        "in_vain": indicators.words_in_vain(at=request.now),
        "promise_hours": rules.promised_hours(),
        "decisions": bars(
            _("Heures jusqu’à la décision (médiane)"),
            [
                (
                    label,
                    week.median_hours,
                    "" if week.median_hours is None else localize(round(week.median_hours)),
                )
                for label, week in zip(labels, weeks, strict=True)
            ],
        ),
        "searches": bars(
            _("Recherches sans résultat"),
            [
                (label, week.empty_searches, str(week.empty_searches))
                for label, week in zip(labels, weeks, strict=True)
            ],
        ),
    }
    return city_page(request, "desks/city/figures.html", context, section="figures")


@require_safe
@city_desk("shops.view_change", "shops.view_shop", needs_city=True)
def figures_csv(request):
    """The districts' table as a file."""
    header = [
        "district",
        "shops",
        "claimed",
        "fresh_hours",
        "waiting",
        "occupied",
        "covered",
        "vacant",
        "empty_searches",
    ]
    rows = (
        [
            district.district.slug,
            district.shops,
            district.claimed,
            district.fresh_hours,
            district.waiting,
            district.coverage.occupied,
            district.coverage.covered,
            district.coverage.vacant,
            district.empty_searches,
        ]
        for district in indicators.districts(at=request.now)
    )
    return csv_response("quartiers.csv", header, rows)
