"""The real city with 73 fictional shops, and what residents type: the data of the search's tests."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from districts.city_pack import read_pack
from districts.models import District
from shops import catalogue, loading
from shops.models import Category, Shop

HERE = Path(__file__).parent
_file = json.loads((HERE / "golden_queries.json").read_text(encoding="utf-8"))
QUERIES = _file["queries"]
AT = datetime.fromisoformat(_file["at"])


def load_city() -> dict[str, Shop]:
    """Load the pack of Luxembourg and publish the golden shops. Returns them by their name in the file."""
    loading.load(read_pack(settings.BASE_DIR / "cities" / "luxembourg"), at=AT)
    rows = json.loads((HERE / "golden_shops.json").read_text(encoding="utf-8"))["shops"]
    districts = {district.slug: district for district in District.objects.all()}
    categories = {category.code: category for category in Category.objects.all()}
    shops = {}
    with transaction.atomic():
        for number, row in enumerate(rows):
            texts = {field: dict(row.get(field, {})) for field in ("summary", "description")}
            i18n = {
                f"name_{language}": name
                for language, name in row.get("names", {}).items()
                if language != "fr"
            }
            source = {field: texts[field].pop("fr", "") for field in texts}
            for field, translations in texts.items():
                i18n |= {f"{field}_{language}": text for language, text in translations.items()}
            shop = Shop.objects.create(
                name=row["name"],
                other_names=row.get("other_names", ""),
                slug=slugify(row["id"]),
                public_id=f"{number:08}",
                category=categories[row["category"]],
                district=districts[row["district"]],
                street=row["street"],
                opening_hours=row["hours"],
                i18n=i18n,
                status=Shop.Status.PUBLISHED,
                created_at=AT - timedelta(days=60),
                published_at=AT - timedelta(days=30),
                hours_confirmed_at=AT - timedelta(days=7),
                hours_confirmed_by="merchant",
                **source,
            )
            shop.other_categories.set([categories[code] for code in row.get("other_categories", ())])
            shops[row["id"]] = shop
        catalogue.changed([shop.pk for shop in shops.values()], at=AT)
    for shop in shops.values():
        shop.refresh_from_db()
    return shops
