"""The weekly look at links: what is dead is hidden and told once, what lives again is shown again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shops.links import checking
from shops.models import Catalogue, Event, Link, Shop
from shops.vocabulary import LinkFault
from tests.reports.conftest import TUESDAY_10H
from tests.shops.factories import make_shop

WEEK = timedelta(days=7)
FINE = ""


@pytest.fixture
def link(marie):
    return Link.objects.create(shop=marie, kind="website", url="https://um-eck.example/")


def looked(link, *faults, start=TUESDAY_10H, every=WEEK):
    """Look once for each fault, a week apart. Returns the link as it is then."""
    for number, fault in enumerate(faults):
        checking.note(link, fault, at=start + number * every)
    link.refresh_from_db()
    return link


def test_a_link_is_dead_after_three_failures_over_a_week(link, marie_herself, outbox):
    looked(link, LinkFault.SILENT, LinkFault.SILENT)
    assert (link.failures, link.dead_since, link.failing_since) == (2, None, TUESDAY_10H)
    looked(link, LinkFault.GONE, start=TUESDAY_10H + 2 * WEEK)
    assert (link.fault, link.dead_since) == ("gone", TUESDAY_10H + 2 * WEEK)
    (mail,) = outbox()
    assert mail.to == [marie_herself.email]
    assert "https://um-eck.example/" in mail.body
    assert "La page n’existe plus." in mail.body
    event = Event.objects.get(kind="link:dead")
    assert (event.shop, event.after) == (link.shop, {"url": link.url, "fault": "gone"})


def test_three_failures_within_days_are_not_enough(link):
    assert looked(link, *[LinkFault.SILENT] * 5, every=timedelta(days=1)).dead_since is None
    assert looked(link, LinkFault.SILENT, start=TUESDAY_10H + WEEK).dead_since is not None


def test_one_good_look_in_between_begins_anew(link):
    looked(link, LinkFault.SILENT, LinkFault.SILENT, FINE, LinkFault.SILENT, LinkFault.SILENT)
    assert (link.failures, link.dead_since) == (2, None)


def test_it_is_told_once_however_long_it_lasts(link, marie_herself, outbox):
    looked(link, *[LinkFault.NAME] * 8)
    assert len(outbox()) == 1
    assert Event.objects.filter(kind="link:dead").count() == 1


def test_nobody_is_written_to_where_nobody_keeps_the_page(link, outbox):
    assert looked(link, *[LinkFault.NAME] * 3).dead_since
    assert outbox() == []


def test_a_dead_link_is_not_shown_and_comes_back_by_itself(client, link):
    page = f"/fr/commerces/{link.shop.slug}/"
    assert link.url in client.get(page).content.decode()
    version = Catalogue.objects.get().version
    looked(link, *[LinkFault.NAME] * 3)
    assert Catalogue.objects.get().version == version + 1
    html = client.get(page).content.decode()
    assert "um-eck.example" not in html
    assert "um-eck.example" not in client.get(f"{page}carte.vcf").content.decode()
    assert Link.objects.filter(pk=link.pk).exists()
    looked(link, FINE, start=TUESDAY_10H + 4 * WEEK)
    assert Catalogue.objects.get().version == version + 2
    assert link.url in client.get(page).content.decode()
    assert Event.objects.filter(kind="link:alive").count() == 1


def test_looks_that_change_nothing_for_the_public_leave_the_catalogue_alone(link):
    version = Catalogue.objects.get().version
    looked(link, FINE, LinkFault.SILENT, FINE)
    assert Catalogue.objects.get().version == version


def test_a_link_that_was_changed_while_the_site_was_asked_is_left_alone(link):
    old = Link.objects.get(pk=link.pk)
    Link.objects.filter(pk=link.pk).update(url="https://neu.example/")
    checking.note(old, LinkFault.NAME, at=TUESDAY_10H)
    link.refresh_from_db()
    assert link.checked_at is None
    link.delete()
    checking.note(old, LinkFault.NAME, at=TUESDAY_10H)


def test_each_link_has_its_turn_once_a_week_the_longest_unseen_first(city):
    shops = [make_shop() for _number in range(4)]
    for number, shop in enumerate(shops):
        Link.objects.create(shop=shop, kind="website", url=f"https://s{number}.example/")
    Link.objects.filter(shop=shops[1]).update(checked_at=TUESDAY_10H - timedelta(days=9))
    Link.objects.filter(shop=shops[2]).update(checked_at=TUESDAY_10H - timedelta(days=6))
    Link.objects.filter(shop=shops[3]).update(checked_at=TUESDAY_10H - timedelta(days=8))
    seen = []
    assert checking.check_some(at=TUESDAY_10H, look=lambda url: seen.append(url) or FINE) == 3
    assert seen == [f"https://s{number}.example/" for number in (0, 1, 3)]
    assert checking.check_some(at=TUESDAY_10H, look=lambda url: pytest.fail(url)) == 0


@pytest.mark.parametrize("facts", [{"status": "suspended"}, {"status": "draft"}, {"is_demo": True}])
def test_what_nobody_sees_and_what_is_fiction_is_not_asked(city, facts):
    Link.objects.create(shop=make_shop(**facts), kind="website", url="https://x.example/")
    assert checking.check_some(at=TUESDAY_10H, look=lambda url: pytest.fail(url)) == 0


def test_a_run_is_bounded_and_easy_on_each_host(city, monkeypatch):
    shop = make_shop()
    Link.objects.bulk_create(
        Link(shop=shop, kind="facebook", url=f"https://www.facebook.com/{number}") for number in range(30)
    )
    assert checking.check_some(at=TUESDAY_10H, look=lambda url: FINE) == checking.OF_ONE_HOST
    Link.objects.bulk_create(
        Link(shop=shop, kind="website", url=f"https://s{number}.example/") for number in range(30)
    )
    Link.objects.filter(kind="facebook").update(checked_at=TUESDAY_10H)
    assert checking.check_some(at=TUESDAY_10H, look=lambda url: FINE) == checking.FEWEST
    times = iter([0.0, *[checking.LONGEST_RUN_SECONDS + 1.0] * 9])
    monkeypatch.setattr(checking.time, "monotonic", lambda: next(times))
    assert checking.check_some(at=TUESDAY_10H, look=lambda url: FINE) == 0


def test_a_look_that_changes_nothing_asks_the_database_little(link):
    # savepoint, the shop, the link, its new state, release
    with CaptureQueriesContext(
        connection,
    ) as asked:
        checking.note(link, FINE, at=TUESDAY_10H)
    assert len(asked) == 5


def test_the_database_knows_failing_from_fine(link):
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.filter(pk=link.pk).update(dead_since=TUESDAY_10H)


def test_links_that_stay_keep_their_marks_when_a_merchant_adds_another(link):
    from shops.editing import facts

    looked(link, LinkFault.SILENT)
    shop = Shop.objects.get(pk=link.shop_id)
    facts.FACTS["links"].write(shop, [["website", link.url], ["menu", "https://um-eck.example/menu"]])
    link.refresh_from_db()
    assert link.failures == 1
