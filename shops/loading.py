"""Loading a city pack: all of it or nothing, and nothing twice."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.utils.translation import ngettext

from districts import loading as districts_loading
from districts.city_pack import CityPack
from districts.loading import Changes, in_languages, said_by_city, sync
from districts.models import City, District
from shops import catalogue
from shops.models import Catalogue, Category, CategoryGroup, Shop


class StillUsed(Exception):
    """Shops still have what the pack leaves out: a district, a category, the city itself.

    `sentences` names each with its number of shops.
    """

    def __init__(self, sentences: list[str]):
        self.sentences = sentences
        super().__init__("\n".join(sentences))


def load(pack: CityPack, *, at: datetime) -> list[Changes]:
    """Make the database say what the pack says, in one transaction.

    What the public sees is derived anew and the catalogue's version raised only if something changed.

    Returns:
        what was added, changed and removed, one `Changes` for each kind of thing.

    Raises:
        StillUsed: nothing was written.
    """
    with transaction.atomic():
        # Loading and importing wait for each other here, before either locks a shop.
        list(City.objects.select_for_update().values_list("pk"))
        _refuse_what_is_used(pack)
        changes = [*districts_loading.load(pack, at=at), *_load_categories(pack)]
        Catalogue.objects.get_or_create(pk=1, defaults={"changed_at": at})
        if any(changes):
            catalogue.changed_all(at=at, structure=True)
    return changes


def _refuse_what_is_used(pack):
    sentences = []
    city, shops = City.objects.filter(pk=1).first(), Shop.objects.count()
    if city and city.slug != pack.city.slug and shops:
        # Two cities may number their districts alike: the shops of one would silently move to the other.
        sentence = ngettext(
            "La base est celle de « %(name)s », avec %(number)s commerce : une autre ville veut une autre base.",
            "La base est celle de « %(name)s », avec %(number)s commerces : une autre ville veut une autre base.",
            shops,
        )
        raise StillUsed([sentence % {"name": city.name, "number": shops}])
    used = District.objects.exclude(code__in=[district.code for district in pack.districts])
    for district in used.annotate(number=Count("shops")).filter(number__gt=0):
        sentences.append(
            ngettext(
                "Le quartier « %(name)s » n’est plus dans le dossier, mais %(number)s commerce y est.",
                "Le quartier « %(name)s » n’est plus dans le dossier, mais %(number)s commerces y sont.",
                district.number,
            )
            % {"name": district.name, "number": district.number}
        )
    for category in Category.objects.exclude(code__in=[category.code for category in pack.categories]):
        number = (
            Shop.objects.filter(category=category)
            .union(Shop.objects.filter(other_categories=category))
            .count()
        )
        if number:
            sentences.append(
                ngettext(
                    "La catégorie « %(name)s » (%(code)s) n’est plus dans le dossier,"
                    " mais %(number)s commerce l’a encore.",
                    "La catégorie « %(name)s » (%(code)s) n’est plus dans le dossier,"
                    " mais %(number)s commerces l’ont encore.",
                    number,
                )
                % {"name": category.label, "code": category.code, "number": number}
            )
    if sentences:
        raise StillUsed(sentences)


def _load_categories(pack):
    language = pack.city.default_language
    wanted = {}
    for position, group in enumerate(pack.groups):
        wanted[group.code] = in_languages("label", group.labels, language) | {
            "slug": group.slug,
            "symbol": group.symbol,
            "position": position,
        }
    # A group goes after the categories that leave it, and comes before those that enter it.
    old = CategoryGroup.objects.exclude(code__in=wanted)
    leaving = dict(old.values_list("code", "slug"))
    groups = sync(CategoryGroup, "code", wanted | {code: {} for code in leaving})
    ids = dict(CategoryGroup.objects.values_list("code", "pk"))
    categories, kept = {}, said_by_city(Category, "code")
    for position, category in enumerate(pack.categories):
        categories[category.code] = (
            in_languages("label", category.labels, language)
            | {
                "group_id": ids[category.group],
                "slug": category.slug,
                "symbol": category.symbol,
                "schema_type": category.schema_type,
                "osm": list(category.osm),
                "words": {key: list(words) for key, words in sorted(category.words.items())},
                "position": position,
            }
            | kept.get(category.code, {})
        )
    changed = sync(Category, "code", categories)
    CategoryGroup.objects.filter(code__in=leaving).delete()
    groups.removed = list(leaving.values())
    return [groups, changed]
