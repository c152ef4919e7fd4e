"""Small plots as SVG, drawn by the server, beside a table that says the same."""

from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 600, 160, 4
FOOT = 22


@dataclass(frozen=True)
class Bar:
    """One column: where it stands, how high it is, what it says. Units of the picture."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str


@dataclass(frozen=True)
class Bars:
    """A plot of columns, for `desks/city/_bars.html`."""

    title: str
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    foot: int = HEIGHT


def bars(title: str, rows: list[tuple[str, float | None, str]]) -> Bars:
    """Draw columns.

    Args:
        rows: label, height in any unit (None where there is nothing to show), and the words for it.
    """
    most = max((value for _label, value, _words in rows if value is not None), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    return Bars(
        title,
        [
            Bar(
                x=round(number * step + GAP / 2, 1),
                y=round(HEIGHT - HEIGHT * (value or 0) / most * 0.9, 1),
                width=round(step - GAP, 1),
                height=round(HEIGHT * (value or 0) / most * 0.9, 1),
                label=label,
                value=words,
            )
            for number, (label, value, words) in enumerate(rows)
        ],
    )
