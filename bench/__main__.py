"""`make bench`: every budget of the design, measured on this machine in one run.

One web worker and PostgreSQL share one core; the load generator has the other. Beside Vitrine runs a bare Django that
renders the same fields from the same data, and only ratios inside one run count. Prints a table, draws a plot, names
what falls short, and exits with 1 when something is below 0.8 of its budget.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench import load, scratch
from bench.servers import LOAD_CORE, ROOT, SERVER_CORE, WebServer, environment, on_core, postgres_pids

REPEATS = 3
SMALL = 1_000  # the list at 100,000 shops is compared with its own speed at this many
TOLERATED = 0.8  # below this share of its budget, a figure fails the run
LARGE = 100_000


@dataclass
class Row:
    """One budget. `value` is held against `budget`: at least it, or at most it when `at_most`."""

    what: str
    value: float
    budget: float
    unit: str = "×"
    at_most: bool = False
    detail: str = ""

    @property
    def share(self):
        """1 or more when the budget holds."""
        if self.at_most:
            return self.budget / self.value if self.value else float("inf")
        return self.value / self.budget

    @property
    def verdict(self):
        return "holds" if self.share >= 1 else "short" if self.share >= TOLERATED else "FAILS"

    def line(self):
        sign = "≤" if self.at_most else "≥"
        value = f"{self.value:.3g}{'' if self.unit == '×' else ' '}{self.unit}"
        return (
            f"| {self.what} | {value} | {sign} {self.budget:g} {self.unit} | {self.verdict} | {self.detail} |"
        )


class Meter:
    """Requests a second of a server, the median of three turns."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.raw = {}

    def rate(self, name, server, paths, *, extra="", statuses=("200",)):
        paths = [paths] if isinstance(paths, str) else list(paths)
        load.run(server.port, paths, seconds=min(1.0, self.seconds), extra=extra)  # warm
        runs = [load.run(server.port, paths, seconds=self.seconds, extra=extra) for _turn in range(REPEATS)]
        for run in runs:
            unexpected = set(run.statuses) - set(statuses)
            if unexpected:
                raise SystemExit(f"{name}: unexpected answers {run.statuses} for {paths[0]}")
        self.raw[name] = statistics.median(run.per_second for run in runs)
        self.latency_ms = statistics.median(run.latency_ms(0.5) for run in runs)
        say(f"  {name:<38} {self.raw[name]:>9.1f} /s")
        return self.raw[name]


def say(text):
    print(text, flush=True)


def facts(database):
    answer = subprocess.run(
        [sys.executable, "-m", "bench.facts"],
        cwd=ROOT,
        env={**os.environ, **environment(database), "VITRINE_PAGE_CACHE_BYTES": "0"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(answer.stdout)


def speeds(database, known, seconds):
    """All rates of one catalogue."""
    site_environ = environment(database)
    meter = Meter(seconds)
    slugs = known["slugs"]
    few = [f"?q={quote(name)}" for name in known["few"]]
    many = f"?q={quote(known['many'])}"
    with WebServer(
        "bench.bare.wsgi:application", {**site_environ, **scratch.bare_environment(database)}
    ) as bare:
        meter.rate("bare: constant", bare, "/constant/")
        meter.rate("bare: list", bare, "/commerces/")
        meter.rate("bare: search, few hits", bare, [f"/chercher/{query}" for query in few])
        meter.rate("bare: search, many hits", bare, f"/chercher/{many}")
        meter.rate("bare: shop", bare, [f"/commerces/{slug}/" for slug in slugs])
    with WebServer("bench.site.wsgi:application", {**site_environ, "VITRINE_PAGE_CACHE_BYTES": "0"}) as site:
        meter.rate("list", site, known["pages"]["list"])
        meter.rate("district", site, known["pages"]["district"])
        meter.rate("filter", site, known["pages"]["filter"])
        meter.rate("open now", site, known["pages"]["open now"])
        meter.rate("search, few hits", site, [known["pages"]["list"] + query for query in few])
        meter.rate("search, many hits", site, known["pages"]["list"] + many)
        meter.rate("shop", site, [f"{known['pages']['list']}{slug}/" for slug in slugs])
        # Each of these is asked for at most once.
        meter.rate(
            "shop, never asked for",
            site,
            [f"{known['pages']['list']}{slug}/" for slug in known["cold slugs"]],
        )
        pieces = [quote(name[: 3 + index % 5]) for index, name in enumerate(known["few"])]
        meter.rate(
            "suggestions", site, [f"{known['pages']['list']}suggestions/?q={piece}" for piece in pieces]
        )
        memory = [site.memory_mib()]
        meter.rate("list again (memory)", site, known["pages"]["list"])
        memory.append(site.memory_mib())
    with WebServer("bench.site.wsgi:application", site_environ) as site:
        meter.rate("constant, same middleware", site, "/constant/")
        meter.rate("list, kept", site, known["pages"]["list"])
        etag = etag_of(site.port, known["pages"]["list"])
        meter.rate(
            "list, 304",
            site,
            known["pages"]["list"],
            extra=f"If-None-Match: {etag}\r\n",
            statuses=("200", "304"),
        )
        memory.append(site.memory_mib())
    return meter.raw, memory


def etag_of(port, path):
    import urllib.request

    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "gzip, br"}
    )
    with urllib.request.urlopen(request) as answer:
        return answer.headers["ETag"]


def budgets(raw, memory, known, small=None, *, asked_for):
    """The rows of the table."""
    rows = [
        Row(f"SQL: {name}", count, 4, "queries", at_most=True, detail=f"{known['milliseconds'][name]:.1f} ms")
        for name, count in known["queries"].items()
    ]
    ratio = lambda one, other: raw[one] / raw[other]  # noqa: E731
    rows += [
        Row("list of 24 with its counts / bare list", ratio("list", "bare: list"), 0.5),
        Row("district / bare list", ratio("district", "bare: list"), 0.5),
        Row("filter / bare list", ratio("filter", "bare: list"), 0.5),
        Row("open now / bare list", ratio("open now", "bare: list"), 0.5),
        Row("search, few hits / bare search", ratio("search, few hits", "bare: search, few hits"), 0.5),
        Row(
            "search, many hits / bare search",
            ratio("search, many hits", "bare: search, many hits"),
            4 if asked_for >= LARGE else 1.5 if asked_for >= LARGE / 10 else 0.5,
        ),
        Row("shop page / bare", ratio("shop", "bare: shop"), 0.6),
        Row("shop page never asked for / bare", ratio("shop, never asked for", "bare: shop"), 0.6),
        Row("suggestions, server time", 1000 / raw["suggestions"], 10, "ms", at_most=True),
        Row("kept page / constant, same middleware", ratio("list, kept", "constant, same middleware"), 0.4),
        Row("304 / constant, same middleware", ratio("list, 304", "constant, same middleware"), 0.4),
        Row("kept page / uncached list", ratio("list, kept", "list"), 6),
        Row("memory of a web process after load", max(memory), 110, "MiB", at_most=True),
        Row("memory grows under load", memory[1] - memory[0], 5, "MiB", at_most=True),
    ]
    if small:
        rows.append(Row(f"list at {shops:,} / at {SMALL:,}", raw["list"] / small["list"], 0.7))
    return rows


def browser_rows(database, known):
    from bench import browser

    pages = {name: known["pages"][name] for name in ("home", "list", "district", "shop")}
    with WebServer("bench.site.wsgi:application", environment(database)) as site:
        visits = browser.visit(site.port, list(pages.values()))
    rows = []
    for name, path in pages.items():
        seen = visits[path]
        say(
            f"  {name:<10} LCP {seen.lcp_s:.2f} s, CLS {seen.cls:.4f}, {seen.first_bytes / 1000:.1f} kB first"
        )
        rows += [
            Row(f"{name}: largest paint, slow phone", seen.lcp_s, 1.2, "s", at_most=True),
            Row(f"{name}: layout shift", seen.cls, 0.01, "", at_most=True),
            Row(f"{name}: whole page", seen.all_bytes / 1000, 150, "kB", at_most=True),
        ]
    rows.append(
        Row(
            "first visit to the list: HTML + CSS + JS",
            visits[pages["list"]].first_bytes / 1000,
            30,
            "kB",
            at_most=True,
        )
    )
    return rows


def plot(rows, path, title):
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    shown = [row for row in rows if row.share != float("inf")]
    height = 0.32 * len(shown) + 1.2
    figure, axes = pyplot.subplots(figsize=(9, height))
    colours = {"holds": "#3b7a57", "short": "#c98a1b", "FAILS": "#b3202f"}
    axes.barh(
        [row.what for row in shown],
        [min(row.share, 4) for row in shown],
        color=[colours[row.verdict] for row in shown],
    )
    axes.axvline(1, color="black", linewidth=1)
    axes.axvline(TOLERATED, color="black", linewidth=0.6, linestyle=":")
    axes.invert_yaxis()
    axes.set_xlabel("share of the budget (1 = just held; cut at 4)")
    axes.set_title(title)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--shops", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each of the three turns")
    parser.add_argument(
        "--no-browser", action="store_true", help="leave the browser's figures out, and say so"
    )
    parser.add_argument("--keep", action="store_true", help="keep the scratch database for the next run")
    options = parser.parse_args()
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        databases = {}
        for number in sorted({options.shops, *([SMALL] if options.shops >= LARGE else [])}):
            databases[number] = stack.enter_context(scratch.database(number, keep=options.keep, say=say))
        data_folder = scratch.data_folder()
        if data_folder:
            stack.enter_context(on_core(SERVER_CORE, *postgres_pids(data_folder)))
        small = None
        database = databases[options.shops]
        with on_core(LOAD_CORE):
            if SMALL in databases and options.shops != SMALL:
                say(f"{SMALL:,} shops")
                small, _memory = speeds(databases[SMALL], facts(databases[SMALL]), options.seconds)
            known = facts(database)
            say(f"{known['shops']:,} shops")
            raw, memory = speeds(database, known, options.seconds)
        rows = budgets(raw, memory, known, small, asked_for=options.shops)
        if options.no_browser:
            say("The browser's figures were left out on request.")
        else:
            say("In Chromium, as a phone on slow 4G")
            rows += browser_rows(database, known)
    table = "\n".join(
        ["| what | measured | budget | verdict | |", "|---|---|---|---|---|", *(row.line() for row in rows)]
    )
    say(
        f"\n{known['shops']:,} shops, {REPEATS} turns of {options.seconds:g} s, {time.monotonic() - began:.0f} s in all\n"
    )
    say(table)
    out = ROOT / "var" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{options.shops}.md").write_text(table + "\n", encoding="utf-8")
    plot(rows, out / f"{options.shops}.svg", f"Budgets at {known['shops']:,} shops")
    say(f"\nTable and plot: {Path('var/bench')}/{options.shops}.md, .svg")
    failed = [row.what for row in rows if row.verdict == "FAILS"]
    short = [row.what for row in rows if row.verdict == "short"]
    if short:
        say(f"Short of their budget, within tolerance: {', '.join(short)}")
    if failed:
        say(f"BELOW {TOLERATED} OF THEIR BUDGET: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
