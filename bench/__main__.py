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

REPEATS = 5
# A second; of a cent each.
MOST_REDEMPTIONS = 400
# Statements that frame others and ask nothing.
FRAME = {"SET", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"}
WARM_SECONDS = 0.5
SMALL = 1_000  # the list at 100,000 shops is compared with its own speed at this many
TOLERATED = 0.8  # below this share of its budget, a figure fails the run
LARGE = 100_000


@dataclass
class Row:
    """One figure. `value` is held against `budget`: at least it, or at most it when `at_most`; None is only shown."""

    what: str
    value: float
    budget: float | None
    unit: str = "×"
    at_most: bool = False
    detail: str = ""

    @property
    def share(self):
        """1 or more when the budget holds."""
        if self.budget is None:
            return float("inf")
        if self.at_most:
            return self.budget / self.value if self.value else float("inf")
        return self.value / self.budget

    @property
    def verdict(self):
        if self.budget is None:
            return ""
        return "holds" if self.share >= 1 else "short" if self.share >= TOLERATED else "FAILS"

    def line(self):
        sign = "≤" if self.at_most else "≥"
        value = f"{self.value:.3g}{'' if self.unit == '×' else ' '}{self.unit}"
        budget = "" if self.budget is None else f"{sign} {self.budget:g} {self.unit}"
        return f"| {self.what} | {value} | {budget} | {self.verdict} | {self.detail} |"


@dataclass
class Load:
    """What a server is asked for in its turn, one path after the other.

    `extra`: header lines. `statuses`: the answers that are right. `once`: each turn has paths of its own, so that
    nothing is asked for twice; otherwise all of them are asked for once before the first turn.
    """

    name: str
    server: WebServer
    paths: list[str]
    extra: str = ""
    statuses: tuple[str, ...] = ("200",)
    once: bool = False


class Meter:
    """Requests a second, in pairs: a turn of one server, a turn of the other, so that both meet the same machine.

    A machine's speed changes from one second to the next, above all one that is shared; the ratio of two turns side
    by side changes far less.
    """

    def __init__(self, seconds):
        self.seconds = seconds
        self.raw = {}

    def ratio(self, name, one: Load, other: Load):
        """The median ratio of the turns of `one` and `other`."""
        for each in (one, other):
            self._warm(each)
        pairs = [tuple(self._turn(each, number) for each in (one, other)) for number in range(REPEATS)]
        for place, each in enumerate((one, other)):
            self.raw.setdefault(each.name, []).extend(pair[place] for pair in pairs)
        ratio = statistics.median(first / second for first, second in pairs)
        say(f"  {name:<42} {ratio:>6.2f} ×   {', '.join(f'{a:.0f}/{b:.0f}' for a, b in pairs)}")
        return ratio

    def rate(self, what):
        return statistics.median(self.raw[what])

    def _warm(self, each):
        if each.once:
            self._run(each, each.paths[: len(each.paths) // (REPEATS + 1)], WARM_SECONDS)
        else:
            self._run(each, each.paths, WARM_SECONDS, at_least=len(each.paths))

    def _turn(self, each, number):
        share = len(each.paths) // (REPEATS + 1)
        paths = each.paths[(number + 1) * share : (number + 2) * share] if each.once else each.paths
        # A page may take longer than a turn.
        return self._run(each, paths, self.seconds, at_least=1)

    @staticmethod
    def _run(each, paths, seconds, **options):
        run = load.run(each.server.port, paths, seconds=seconds, extra=each.extra, **options)
        if set(run.statuses) - set(each.statuses):
            raise SystemExit(f"Unexpected answers {run.statuses} for {paths[0]}")
        return run.per_second


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


def bare_and_site(stack, database):
    """Start the yardstick and, without its page cache, the site. Returns both servers."""
    serve = lambda app, environ: stack.enter_context(WebServer(app, environ))  # noqa: E731
    shared = environment(database)
    bare = serve("bench.bare.wsgi:application", {**shared, **scratch.bare_environment(database)})
    return bare, serve("bench.site.wsgi:application", {**shared, "VITRINE_PAGE_CACHE_BYTES": "0"})


def speed_of_the_list(database, known, seconds):
    """The list's speed as a share of the bare one's, which is the same work at any number of shops."""
    with contextlib.ExitStack() as stack:
        bare, site = bare_and_site(stack, database)
        return Meter(seconds).ratio(
            "list", Load("list", site, [known["pages"]["list"]]), Load("bare list", bare, ["/commerces/"])
        )


def speeds(database, known, seconds, *, asked_for):
    """The rows that are ratios of speeds, and the list's own."""
    meter = Meter(seconds)
    pages, slugs = known["pages"], known["slugs"]
    few = [f"?q={quote(name)}" for name in known["few"]]
    many = f"?q={quote(known['many'])}"
    pieces = [quote(name[: 3 + index % 5]) for index, name in enumerate(known["few"])]
    shops = lambda slugs: [f"{pages['list']}{slug}/" for slug in slugs]  # noqa: E731
    rows = []

    def row(what, one, other, budget):
        rows.append(Row(f"{what} / {other.name}", meter.ratio(one.name, one, other), budget))
        return rows[-1].value

    with contextlib.ExitStack() as stack:
        bare, site = bare_and_site(stack, database)
        bare_list = Load("bare list", bare, ["/commerces/"])
        bare_shop = Load("bare shop", bare, [f"/commerces/{slug}/" for slug in slugs])
        the_list = Load("uncached list", site, [pages["list"]])
        speed = row("list of 24 with its counts", the_list, bare_list, 0.5)
        for name in ("district", "filter", "open now", "open at night"):
            row(name, Load(name, site, [pages[name]]), bare_list, 0.5)
        for name, queries, budget in (
            ("few", few, 0.5),
            ("many", [many], 4 if asked_for >= LARGE else 1.5 if asked_for >= LARGE / 10 else 0.5),
        ):
            row(
                f"search, {name} hits",
                Load(f"search, {name}", site, [pages["list"] + query for query in queries]),
                Load("bare search", bare, [f"/chercher/{query}" for query in queries]),
                budget,
            )
        row("shop page, its facts drawn before", Load("shop", site, shops(slugs)), bare_shop, 0.6)
        cold = Load("shop, first time", site, shops(known["cold slugs"]), once=True)
        row("the same, for the first time since a change", cold, bare_shop, None)
        suggestions = [f"{pages['list']}suggestions/?q={piece}" for piece in pieces]
        meter.ratio("suggestions", Load("suggestions", site, suggestions), bare_list)
        rows.append(Row("suggestions, server time", 1000 / meter.rate("suggestions"), 10, "ms", at_most=True))
        memory = [site.memory_mib()]
        kept = stack.enter_context(WebServer("bench.site.wsgi:application", environment(database)))
        constant = Load("constant, same middleware", kept, ["/constant/"])
        kept_page = Load("kept page", kept, [pages["list"]])
        row("kept page", kept_page, constant, 0.4)
        etag = f"If-None-Match: {etag_of(kept.port, pages['list'])}\r\n"
        row("304", Load("304", kept, [pages["list"]], extra=etag, statuses=("200", "304")), constant, 0.4)
        row("kept page", kept_page, the_list, 6)
        memory += [site.memory_mib(), kept.memory_mib()]
    rows += [
        Row("memory of a web process after load", max(memory), 110, "MiB", at_most=True),
        Row("memory grows under load", memory[1] - memory[0], 5, "MiB", at_most=True),
    ]
    return rows, speed


def money(database, number):
    """Requests about vouchers, each right once, and how many statements one redemption takes."""
    answer = subprocess.run(
        [sys.executable, "-m", "bench.money", str(number)],
        cwd=ROOT,
        env={**os.environ, **environment(database)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(answer.stdout)


def money_rows(database, seconds):
    """What a voucher holds, and a cent taken from it: with rights, key, ledger and journal against a plain table."""
    # As many as a fast machine could take in all its turns, so that none is asked for twice.
    known = money(database, int(MOST_REDEMPTIONS * (REPEATS * seconds + WARM_SECONDS)))
    meter, rows = Meter(seconds), []
    with contextlib.ExitStack() as stack:
        bare, site = bare_and_site(stack, database)
        for name, budget, status in (("balance", 0.4, "200"), ("redemption", 0.5, "302")):
            one, other = (
                Load(
                    each,
                    server,
                    [load.Post(**said) for said in known[each]],
                    statuses=(status,),
                    once=name == "redemption",
                )
                for each, server in ((name, site), (f"bare {name}", bare))
            )
            rows.append(Row(f"{name} / {other.name}", meter.ratio(name, one, other), budget))
    asked = [word for word in known["statements"] if word not in FRAME]
    rows.append(Row("SQL: redemption", len(asked), 8, "queries", at_most=True))
    return rows


def etag_of(port, path):
    import urllib.request

    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "gzip, br"}
    )
    with urllib.request.urlopen(request) as answer:
        return answer.headers["ETag"]


def query_rows(known):
    return [
        Row(f"SQL: {name}", count, 4, "queries", at_most=True, detail=f"{known['milliseconds'][name]:.1f} ms")
        for name, count in known["queries"].items()
    ]


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


def lighthouse_rows(database, known):
    """The lowest mark of the four pages in each category; on a site that search engines may read, as a real one is."""
    from bench import lighthouse

    if not lighthouse.is_there():
        say("Lighthouse was left out: this machine has no npx (Node).")
        return []
    site_environ = {**environment(database), "BENCH_DEMO": "0"}
    lowest = {}
    with WebServer("bench.site.wsgi:application", site_environ, public=True) as site:
        for name in ("home", "list", "district", "shop"):
            marks = lighthouse.marks(f"http://127.0.0.1:{site.port}{known['pages'][name]}")
            if marks is None:
                say("Lighthouse was left out: it could not be fetched or did not run.")
                return []
            say(f"  {name:<10} {', '.join(f'{category} {mark}' for category, mark in marks.items())}")
            for category, mark in marks.items():
                lowest[category] = min(mark, lowest.get(category, 100))
    wanted = {"performance": 98}
    return [
        Row(f"Lighthouse, {category}", mark, wanted.get(category, 100), "")
        for category, mark in lowest.items()
    ]


def plot(rows, path, title):
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.fonttype"] = "none"  # letters as letters: a third of the size
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
    parser.add_argument("--seconds", type=float, default=1.5, help="of each of the five turns")
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
                small = speed_of_the_list(databases[SMALL], facts(databases[SMALL]), options.seconds)
            known = facts(database)
            say(f"{known['shops']:,} shops")
            rows, speed = speeds(database, known, options.seconds, asked_for=options.shops)
            say("Vouchers")
            rows += money_rows(database, options.seconds)
        rows = query_rows(known) + rows
        if small:
            # Each against its bare list, which is the same work at any size.
            rows.append(Row(f"list at {options.shops:,} / at {SMALL:,}", speed / small, 0.7))
        if options.no_browser:
            say("The browser's figures were left out on request.")
        else:
            say("In Chromium, as a phone on slow 4G")
            rows += browser_rows(database, known)
            say("Lighthouse")
            rows += lighthouse_rows(database, known)
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
