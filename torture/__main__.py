"""`make torture`: the books under everything that could break them, at the sizes that docs/reliability.md tells.

On a PostgreSQL of its own, which is killed on the way. Prints how far it is and a table at the end, and exits with 1 when
anything was not as it must be. `var/torture/table.md` has the table after each ordeal: those that are run one by one
(`--only`) come together there.
"""

import argparse
import contextlib
import os
import sys
import time
from functools import partial
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "torture.settings"
os.environ["VITRINE_DEMO"] = "1"
SHOPS = 8
SHOWN = 5  # faults of an ordeal that the table names


def main():
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__.partition("\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes, for example 0.01")
    parser.add_argument(
        "--only", action="append", help="ordeals whose name has this in it; may be said more than once"
    )
    options = parser.parse_args()

    import django

    django.setup()
    from django.conf import settings

    with ground(settings.SERVER) as books:
        found, wrong = ordeals(books, settings.SERVER, options.share), False
        table = Table(settings.FOLDER / "table.md", [name for name, _ordeal in found])
        for name, ordeal in found:
            if any(piece in name for piece in options.only or [""]):
                line, faults = run(name, ordeal)
                table.put(line)
                wrong |= bool(faults)
    print(f"\n{table}\n\n{describe_machine()}")
    sys.exit(wrong)


class Table:
    """The ordeals' lines in their order, in a file from one run to the next."""

    HEAD = ("| ordeal | tries | wrong | time | |", "|---|---|---|---|---|")

    def __init__(self, path: Path, names: list[str]):
        self.path, self.names = path, names
        kept = path.read_text().splitlines()[len(self.HEAD) :] if path.exists() else []
        self.lines = {self._name(line): line for line in kept}

    def put(self, line: str):
        self.lines[self._name(line)] = line
        self.path.write_text(f"{self}\n")

    def __str__(self):
        return "\n".join([*self.HEAD, *(self.lines[name] for name in self.names if name in self.lines)])

    @staticmethod
    def _name(line):
        return line.split(" | ")[0].removeprefix("| ")


def ordeals(books, server, share):
    """Each with its name and its full size, times the share."""
    from torture import campaign, lives, messages, outages, races, tills

    def size(number):
        return max(1, round(number * share))

    return [
        ("64 threads take from one voucher", partial(races.one_voucher, books, threads=64, rounds=size(10_000))),
        ("one key, sent 50 times at once", partial(races.one_key, books, threads=50, rounds=size(1_000))),
        ("two to five vouchers in one sale", partial(races.many_vouchers, books, threads=32, rounds=size(2_000))),
        ("two verbs at the same moment", partial(races.pairs, books, rounds=size(50))),
        ("random operations beside a model", partial(lives.lives, books.anew(), operations=size(50_000))),
        ("64 telephones at one voucher, over HTTP", partial(tills.one_voucher, books, sessions=64, rounds=size(500))),
        ("messages of the bank", partial(messages.storm, books.anew(), number=size(10_000))),
        ("kills of the web server and of the worker", partial(messages.storm, books.anew(), number=size(4_000), kills=size(400))),
        ("a campaign, its worker killed on the way", partial(campaign.killed, books.anew(), vouchers=size(22_000), kills=size(40))),
        ("kills of PostgreSQL", partial(outages.kills_of_postgres, books, server, threads=16, kills=size(20))),
    ]  # fmt: skip


def run(name, ordeal):
    print(f"\n{name}", flush=True)
    began = time.monotonic()
    last = [began]

    def say(line):
        if time.monotonic() - last[0] > 5:
            last[0] = time.monotonic()
            print(f"  {line}", flush=True)

    found = ordeal(say=say)
    for line in found.wrong[:SHOWN]:
        print(f"  WRONG: {line}", flush=True)
    took = time.monotonic() - began
    return f"| {name} | {found.tries:,} | {len(found.wrong)} | {took:,.0f} s | {found.told} |", found.wrong


@contextlib.contextmanager
def ground(server):
    """An empty server with the city, some fictional shops and books; stopped and forgotten afterwards."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from shops.models import Shop
    from torture.books import Books

    server.stop()
    server.forget_data()
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("migrate", verbosity=0)
        call_command("load_city", verbosity=0)
        call_command("demo_city", shops=SHOPS, verbosity=0)
        yield Books.open(list(Shop.objects.published().order_by("pk")[:SHOPS]), timezone.now())
    finally:
        connection.close()
        server.stop()
        server.forget_data()


def describe_machine():
    import platform

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
