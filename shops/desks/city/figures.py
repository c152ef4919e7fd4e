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
    structure = reference.structure(request.catalogue)
    district = structure.districts.get(request.GET.get("quartier"))
    weeks = indicators.weeks(at=request.now, holidays=structure.place.holidays, district=district)
    labels = [date_format(week.starts_on, "j.n.") for week in weeks]
    where = district.name_i18n if district else structure.city.name_i18n
    context = {
        "all_districts": structure.districts.values(),
        "district": district,
        "coverage": _shares(
            _("Locaux occupés qui ont une page, sur cent (%(where)s)") % {"where": where},
            labels,
            [week.coverage for week in weeks],
        ),
        "freshness": _shares(
            _("Commerces aux horaires à jour, sur cent (%(where)s)") % {"where": where},
            labels,
            [week.fresh_hours for week in weeks],
        ),
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


def _shares(title, labels, shares):
    """A plot of parts of a whole; a week that was not counted has no column."""
    percents = [share.part * 100 // share.whole if share.whole else None for share in shares]
    rows = [
        (label, percent, "" if percent is None else str(percent))
        for label, percent in zip(labels, percents, strict=True)
    ]
    return bars(title, rows)


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
