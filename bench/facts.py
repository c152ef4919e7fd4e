"""What a measurement needs to know of the catalogue, asked inside Django: addresses, words, queries a page, sizes.

Run as `python -m bench.facts` with the bench's settings; prints JSON.
"""

import json
import os
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.site.settings")

LANGUAGE = "fr"
SHOPS, COLD_SHOPS, FEW_WORDS = 200, 4000, 40


def main():
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from shops.models import Category, Shop

    published = Shop.objects.published()
    slugs = list(published.order_by("daily_order").values_list("slug", flat=True)[:SHOPS])
    cold = list(
        published.order_by("-daily_order").values_list("slug", flat=True)[
            : min(COLD_SHOPS, published.count() // 2)
        ]
    )
    groups = sorted(
        Category.objects.values_list("slug", "label"),
        key=lambda pair: -published.filter(category__slug=pair[0]).count(),
    )
    district = published.order_by("daily_order").values_list("district__slug", flat=True).first()
    names = published.order_by("daily_order").values_list("name", flat=True)[:FEW_WORDS]
    pages = {
        "home": f"/{LANGUAGE}/",
        "list": f"/{LANGUAGE}/commerces/",
        "district": f"/{LANGUAGE}/quartiers/{district}/",
        "filter": f"/{LANGUAGE}/commerces/?quartier={district}&categorie={groups[0][0]}",
        "open now": f"/{LANGUAGE}/commerces/?ouvert=1",
        "open at night": f"/{LANGUAGE}/commerces/?le={timezone.localdate() + timedelta(days=1)}&a=04:00",
        "many filters": f"/{LANGUAGE}/commerces/?ouvert=1&dimanche=1&accessible=1&langue=fr&langue=lb&service=delivery",
        "search": f"/{LANGUAGE}/commerces/?q={groups[0][1]}",
        "shop": f"/{LANGUAGE}/commerces/{slugs[0]}/",
    }
    client = Client()
    queries, milliseconds, sizes = {}, {}, {}
    # A shop that nobody has asked for yet: what its page needs is kept once read.
    fresh = {"shop": f"/{LANGUAGE}/commerces/{cold[0]}/"}
    for name, path in pages.items():
        client.get(path)  # warm: the city's frame is kept in the process
        path = fresh.get(name, path)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            began = time.perf_counter()
            response = client.get(path)
            milliseconds[name] = (time.perf_counter() - began) * 1000
        assert response.status_code == 200, (path, response.status_code)
        queries[name] = len(captured)
        sizes[name] = len(response.content)
    print(
        json.dumps(
            {
                "shops": published.count(),
                "pages": pages,
                "slugs": slugs,
                "cold slugs": cold,
                "few": list(names),
                "many": groups[0][1],
                "queries": queries,
                "milliseconds": milliseconds,
                "sizes": sizes,
            }
        )
    )


if __name__ == "__main__":
    main()
