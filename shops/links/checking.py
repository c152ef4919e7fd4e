"""The weekly look at the shops' links: what failed long enough is hidden, and its merchant told once."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from shops import catalogue
from shops.links import letters
from shops.links.fetch import Visit
from shops.models import Event, Link, Shop
from shops.models.shop import CHECKED_EVERY

# A link is dead that failed so often, and for so long: a site may be away for a night.
DEAD_AFTER_CHECKS, DEAD_AFTER = 3, timedelta(days=7)
# A run of the job, every ten minutes: so many links and seconds at most, and few of one host.
RUNS = CHECKED_EVERY // timedelta(minutes=10)
FEWEST, MOST = 5, 100
LONGEST_RUN_SECONDS = 120
OF_ONE_HOST = 3


def check_some(*, at: datetime, look: Callable[[str], str] | None = None) -> int:
    """Look at the links that are due, one after the other, as many as spread all of them over the week.

    Args:
        at: now.
        look: what says the fault of an address, "" for none. One of `fetch.Visit` by default.

    Returns:
        how many were looked at.
    """
    look = look or (lambda url: Visit().look(url))
    # A fifth more than just enough: runs are missed.
    share = Link.objects.filter(shop__status=Shop.Status.PUBLISHED).count() * 6 // (5 * RUNS)
    due = Link.objects.to_check(at).only("pk", "url", "shop_id")[: 4 * MOST]
    began, hosts, done = time.monotonic(), Counter(), 0
    for link in islice(_few_of_a_host(due, hosts), min(max(share, FEWEST), MOST)):
        if time.monotonic() - began > LONGEST_RUN_SECONDS:
            break
        note(link, look(link.url), at=at)
        done += 1
    return done


def _few_of_a_host(links, hosts):
    for link in links:
        host = link.url.split("/")[2].lower()
        hosts[host] += 1
        if hosts[host] <= OF_ONE_HOST:
            yield link


def note(link: Link, fault: str, *, at: datetime) -> None:
    """Keep what a look found. Where it changes what the public sees, the page changes and its people hear of it."""
    with transaction.atomic():
        # The shop's row first, as everywhere; the link may have gone or changed while the site was asked.
        shop = Shop.objects.select_for_update(of=("self",)).get(pk=link.shop_id)
        link = Link.objects.select_for_update().filter(pk=link.pk, url=link.url).first()
        if link is None:
            return
        was_dead = link.dead_since is not None
        link.checked_at, link.fault = at, fault
        if fault:
            link.failures = min(link.failures + 1, 1000)
            link.failing_since = link.failing_since or at
            long_enough = link.failures >= DEAD_AFTER_CHECKS and at - link.failing_since >= DEAD_AFTER
            if long_enough and not was_dead:
                link.dead_since = at
        else:
            link.failures, link.failing_since, link.dead_since = 0, None, None
        link.save(update_fields=["checked_at", "fault", "failures", "failing_since", "dead_since"])
        is_dead = link.dead_since is not None
        if is_dead == was_dead:
            return
        kind = "link:dead" if is_dead else "link:alive"
        Event.note(shop, kind, by=None, at=at, after={"url": link.url, "fault": str(fault)})
        catalogue.changed([shop.pk], at=at)
        if is_dead:
            letters.tell_dead(shop, link)
