"""Vouchers to be asked about and to be taken, beside the same for the bare Django. Fills the scratch database.

Run as `python -m bench.money NUMBER` with the bench's settings; prints JSON: the bodies and cookies of requests that are
each right once. Every redemption is of another voucher in the hand of another till, all of one shop: its payable is the
one row that they share, as in a real shop's rush hour.
"""

import json
import os
import secrets
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.site.settings")

IN_AN_ORDER = 50
CENTS = 5000


def main():
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from vouchers.desks.till.views import COOKIE

    number, at = int(sys.argv[1]), timezone.now()
    vouchers, tills = _vouchers(number, at), _tills(number, at)
    _in_hand(vouchers, tills, at)
    token = secrets.token_hex(16)
    takes = [
        {
            "path": "/comptoir/caisse/vente/",
            "cookie": f"{COOKIE}={secret}; {settings.CSRF_COOKIE_NAME}={token}",
            "body": {
                "csrfmiddlewaretoken": token, "key": secrets.token_urlsafe(12), "amount": "0,01",
                "held": str(voucher.pk),
            },
        }
        for voucher, (_till, secret) in zip(vouchers, tills, strict=True)
    ]  # fmt: skip
    # Two are taken here: one that opens the shop's account, as the first of its life does, and one to count its statements.
    opening, first = takes.pop(0), takes.pop(0)
    path = _address()
    assert Client(headers={"cookie": opening["cookie"]}).post(path, opening["body"]).status_code == 302
    client = Client(headers={"cookie": first["cookie"]})
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        response = client.post(path, first["body"])
        statements = [query["sql"] for query in captured]
    assert response.status_code == 302, response.status_code
    for take in takes:
        take["path"] = path
    balances = [
        {"path": "/fr/bon/", "cookie": "", "body": {"code": voucher.code()}} for voucher in vouchers[:200]
    ]
    asked = client.post(balances[0]["path"], balances[0]["body"])
    assert "49,99" in asked.text, "The balance page does not tell the balance."
    _bare(vouchers)
    print(
        json.dumps(
            {
                "redemption": takes,
                "balance": balances,
                "bare redemption": [
                    {"path": "/prendre/", "cookie": "", "body": {"voucher": voucher.pk, "cents": 1}}
                    for voucher in vouchers
                ],
                "bare balance": [
                    {"path": "/reste/", "cookie": "", "body": {"code": voucher.code()}}
                    for voucher in vouchers[:200]
                ],
                "statements": [sql.split(None, 1)[0] for sql in statements],
            }
        )
    )


def _address():
    from django.urls import reverse

    return reverse("till:sale")


def _vouchers(number, at):
    """Sold, in orders of fifty."""
    from vouchers import buying, lifecycle
    from vouchers.models import Network, Order, Voucher

    network = Network.objects.select_related("issuer").order_by("pk").first() or _network(at)
    day = lifecycle.city_day(at)
    terms = lifecycle.Terms(network, day, lifecycle.months_after(day, network.valid_months))
    found = []
    while len(found) < number:
        order = Order.objects.create(
            ref=buying.new_ref(), network=network, amount_cents=CENTS, quantity=min(IN_AN_ORDER, number - len(found)),
            language="fr", placed_at=at,
        )  # fmt: skip
        lifecycle.sell(order, terms, at=at)
        found += Voucher.objects.filter(order=order).order_by("pk")
    return found


def _network(at):
    from shops.models import Shop
    from vouchers import agreements, lifecycle
    from vouchers.models import Issuer, Network

    network = Network.objects.create(issuer=Issuer.objects.create(name="Bench"), name="Bench")
    agreements.sign([Shop.objects.published().order_by("pk")[0]], network, lifecycle.city_day(at), at=at)
    return network


def _tills(number, at):
    from vouchers.models import Agreement, Till
    from vouchers.till import digest_of

    shop = Agreement.objects.order_by("pk")[0].shop
    made = [secrets.token_urlsafe(32) for _number in range(number)]
    tills = Till.objects.bulk_create(
        Till(
            shop=shop, name="Bench", language="fr", digest=digest_of(secret), paired_at=at,
            last_seen_at=at,
        )
        for secret in made
    )  # fmt: skip
    return list(zip(tills, made, strict=True))


def _in_hand(vouchers, tills, at):
    from datetime import timedelta

    from vouchers.models import Hold

    Hold.objects.bulk_create(
        Hold(voucher=voucher, till=till, begun_at=at, until=at + timedelta(hours=1))
        for voucher, (till, _secret) in zip(vouchers, tills, strict=True)
    )


def _bare(vouchers):
    """What a plain project would keep: a voucher with its cents and the hash of its code, what a shop is owed, sales."""
    from bench.bare.hashing import hash_of
    from bench.scratch import make_bare_tables

    make_bare_tables(
        os.environ["BENCH_DB_NAME"],
        [
            (voucher.pk, hash_of(voucher.code()), CENTS, voucher.issued_on, voucher.expires_on, 1)
            for voucher in vouchers
        ],
    )


if __name__ == "__main__":
    main()
