"""Tables that people take away: CSV whose cells stay text, whatever a spreadsheet would make of them."""

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

from shops.cells import guarded


def cell(value: object) -> str:
    """A value as text that no spreadsheet computes."""
    return guarded("" if value is None else str(value))


def csv_text(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """The table as text, semicolons between the cells, as the spreadsheets of our readers expect."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow([cell(value) for value in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    return lines.getvalue()


def csv_response(filename: str, header: Iterable[object], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """The table as a file to keep. `filename` is ours, of plain letters."""
    # The mark in front tells spreadsheets that accents are UTF-8.
    return HttpResponse(
        "\ufeff" + csv_text(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
