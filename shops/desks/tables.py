"""Tables that people take away: CSV whose cells stay text, whatever a spreadsheet would make of them."""

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

from shops.cells import guarded


class Figure(str):
    """A number that we wrote ourselves, with a sign perhaps: it stays one."""

    __slots__ = ()


def cell(value: object) -> str:
    """A value as text that no spreadsheet computes."""
    if isinstance(value, Figure):
        return value
    return guarded("" if value is None else str(value))


def csv_text(header: Iterable[object], rows: Iterable[Iterable[object]], *, delimiter: str = ";") -> str:
    """The table as text, semicolons between the cells, as the spreadsheets of most of our readers expect."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow([cell(value) for value in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    return lines.getvalue()


def csv_response(
    filename: str, header: Iterable[object], rows: Iterable[Iterable[object]], *, delimiter: str = ";"
) -> HttpResponse:
    """The table as a file to keep. `filename` is ours, of plain letters."""
    # The mark in front tells spreadsheets that accents are UTF-8.
    return HttpResponse(
        "\ufeff" + csv_text(header, rows, delimiter=delimiter),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
