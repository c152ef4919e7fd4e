"""The filters of the list: what an address asks for, validated once, and the shops that it means.

Nothing else reads the address. What comes out is a `Selection`: whatever was typed, it holds only districts,
categories and words that exist, and instants within the days of which the opening hours are known.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shops import reference
from shops.catalogue import ALL, FILTER_DAYS, Present, hours_of
from shops.models import Shop
from shops.opening_hours import Light
from shops.vocabulary import Service, SpokenLanguage

PAGE_SIZE = 24
# Deeper than this nobody leafs, and each page costs more than the one before: a narrower choice is proposed instead.
LAST_PAGE = 40
LONGEST_QUERY = 100
LOOKED_AT_BY_THE_ENGINE = 1000
# Longer addresses are read each time.
LONGEST_KEPT = 300

RELEVANCE, DAY, NAME = "pertinence", "jour", "nom"


@dataclass(frozen=True)
class Selection:
    """A valid choice of filters: hashable, so that what was counted for it can be kept.

    A choice of a category sets its `group` too. `now` is the minute that "open now" means, `chosen_at` the instant
    of "open on that day at that hour".
    """

    q: str = ""
    district: str = ""
    street: str = ""
    group: str = ""
    category: str = ""
    services: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sunday: bool = False
    vouchers: bool = False
    accessible: bool = False
    now: datetime | None = None
    chosen_at: datetime | None = None
    sort: str = DAY
    page: int = 1
    # All on one sheet, to be printed.
    printed: bool = False
    # What was chosen in the words of the address, in one order: for writing it again.
    words: tuple[tuple[str, str], ...] = ()

    @property
    def open_at(self) -> tuple[datetime, ...]:
        return tuple(at for at in (self.now, self.chosen_at) if at)

    @cached_property
    def facets(self) -> tuple[str, ...]:
        """The choices as facets, see `shops.catalogue.facets_of`."""
        facets = [f"d:{self.district}"] if self.district else []
        facets += [f"s:{self.street}"] if self.street else []
        facets += [f"c:{self.category}"] if self.category else [f"g:{self.group}"] if self.group else []
        facets += [f"o:{service}" for service in self.services]
        facets += [f"l:{language}" for language in self.languages]
        facets += ["w:sunday"] if self.sunday else []
        facets += ["v:vouchers"] if self.vouchers else []
        facets += ["a:step_free"] if self.accessible else []
        return tuple(facets)

    @property
    def narrows(self) -> bool:
        """Whether a filter is chosen, whatever words are searched for."""
        return bool(self.facets or self.open_at)

    @property
    def kept_facet(self) -> str:
        """The facet whose kept total tells how many shops there are, or "" where they must be counted."""
        if self.q or self.open_at or len(self.facets) > 1:
            return ""
        return self.facets[0] if self.facets else ALL

    @property
    def is_for_robots(self) -> bool:
        """Whether search engines may keep the page: everything, or one category or group, in the usual order."""
        base = not self.facets or (len(self.facets) == 1 and self.facets[0].startswith(("c:", "g:")))
        return base and self.sort == DAY and not (self.q or self.open_at)

    def without(self, *fields: str) -> "Selection":
        """The same selection, with nothing chosen in these fields."""
        return replace(self, **{name: Selection.__dataclass_fields__[name].default for name in fields})

    def values_of(self, name: str) -> list[str]:
        """What the address gives a parameter, as a list."""
        return [value for given, value in self.words if given == name]

    def address(self, page: int = 1) -> str:
        """The query string that leads here, page by page: "?quartier=gare", or "" for everything."""
        words = self.words + ((("page", str(page)),) if page > 1 else ())
        return "?" + urlencode(words) if words else ""

    def address_without(self, *names: str, value: str | None = None) -> str:
        """The query string without these parameters, or without one value of them."""
        words = [
            (name, given)
            for name, given in self.words
            if name not in names or (value is not None and given != value)
        ]
        return "?" + urlencode(words) if words else ""

    def shops(self, present: Present):
        """The published shops that carry all that was chosen, in no order. The words of `q` are the search's affair."""
        shops = Shop.objects.published().carrying(*self.facets)
        for at in self.open_at:
            if present.intervals_until is None or at < present.intervals_until:
                shops = shops.open_at(at)
            else:
                shops = shops.filter(pk__in=_open_by_the_engine(present, self.facets, at))
        return shops


@reference.kept(8)
def _open_by_the_engine(present, facets, at):
    """Who is open, without the index: when its nightly refresh is so late that it does not reach that far.

    Looks at the first shops of the day's order only: it is better than no answer, and no page may take for ever.
    """
    place = reference.structure(present).place
    shops = Shop.objects.published().carrying(*facets).with_fresh_hours(at).order_by("daily_order", "pk")
    return tuple(
        shop.pk
        for shop in shops.only("hours_expression")[:LOOKED_AT_BY_THE_ENGINE]
        if hours_of(shop, place).state(at).light == Light.ON
    )


class ListForm(forms.Form):
    """Checks what a field alone cannot know: the city's own words, and the clock."""

    present = None
    now = None

    def clean_quartier(self):
        slug = self.cleaned_data["quartier"]
        if slug and slug not in self._structure.districts:
            raise ValidationError(_("Ce quartier n’existe pas : choisissez-en un dans la liste."))
        return slug

    def clean_rue(self):
        slug = self.cleaned_data["rue"]
        known = slug in reference.streets(self.present)
        if slug and not known and f"s:{slug}" not in reference.totals(self.present):
            raise ValidationError(_("Cette rue n’est pas connue : choisissez-en une dans la liste."))
        return slug

    def clean_categorie(self):
        slug = self.cleaned_data["categorie"]
        if into := self._structure.former_by_slug.get(slug):
            return into.slug
        known = slug in self._structure.groups_by_slug or slug in self._structure.categories_by_slug
        if slug and not known:
            raise ValidationError(_("Cette catégorie n’existe pas : choisissez-en une dans la liste."))
        return slug

    def clean(self):
        cleaned = super().clean()
        day, hour = cleaned.get("le"), cleaned.get("a")
        if "le" in self.errors or "a" in self.errors or not (day or hour):
            return cleaned
        zone = self._structure.city.tz
        today = self.now.astimezone(zone).date()
        if day is None and hour is not None:
            # An hour alone is the next one that is to come.
            over = datetime.combine(today, hour, tzinfo=zone) < to_the_minute(self.now)
            day = today + timedelta(days=1) if over else today
        if hour is None:
            self.add_error("a", _("Choisissez aussi une heure."))
        elif day < today:
            self.add_error("le", _("Ce jour est passé : choisissez aujourd’hui ou un jour à venir."))
        elif day > today + timedelta(days=FILTER_DAYS):
            self.add_error(
                "le",
                _("Choisissez un jour dans les %(days)s jours : plus loin, les horaires ne sont pas sûrs.")
                % {"days": FILTER_DAYS},
            )
        else:
            cleaned["chosen_at"] = datetime.combine(day, hour, tzinfo=zone)
        return cleaned

    @property
    def _structure(self):
        return reference.structure(self.present)


class FlagField(forms.Field):
    """A box in an address: `1` is ticked, absent is not, anything else is a mistake."""

    def clean(self, value):
        if value in (None, "", "0", "1"):
            return value == "1"
        raise ValidationError(_("Une case cochée s’écrit 1."))


class FlagFilter(django_filters.Filter):
    field_class = FlagField


class SlugFilter(django_filters.Filter):
    field_class = forms.SlugField


class PageField(forms.Field):
    """A page number. Read by hand: `int()` of five thousand digits is an error of its own."""

    def clean(self, value):
        if not value:
            return 1
        if len(value) <= len(str(LAST_PAGE)) and value.isascii() and value.isdigit():
            number = int(value)
            if 1 <= number <= LAST_PAGE:
                return number
        raise ValidationError(_("Les pages vont de 1 à %(last)s.") % {"last": LAST_PAGE})


class PageFilter(django_filters.Filter):
    field_class = PageField


# No message repeats what was typed: it may be a megabyte.
_NOT_A_SLUG = {
    "invalid": gettext_lazy("Ce choix n’existe pas."),
    "max_length": gettext_lazy("Ce choix n’existe pas."),
    "null_characters_not_allowed": gettext_lazy("Ce choix n’existe pas."),
}
_NOT_A_CHOICE = {
    "invalid_choice": gettext_lazy("Un de ces choix n’existe pas."),
    "invalid_list": gettext_lazy("Un de ces choix n’existe pas."),
}
SORTS = [
    (RELEVANCE, gettext_lazy("Au plus près du mot")),
    (DAY, gettext_lazy("Tirage du jour")),
    (NAME, gettext_lazy("Par nom, de A à Z")),
]


class ShopFilter(django_filters.FilterSet):
    """The parameters of the list, of a district's page and of “near me”. `selection` says what a valid one asks."""

    q = django_filters.CharFilter(
        label=gettext_lazy("Recherche"),
        max_length=LONGEST_QUERY,
        error_messages={
            "max_length": gettext_lazy("Cherchez avec moins de mots : %(limit_value)d lettres au plus."),
            "null_characters_not_allowed": gettext_lazy("Ce texte contient des signes qui ne se lisent pas."),
        },
    )
    quartier = SlugFilter(label=gettext_lazy("Quartier"), max_length=100, error_messages=_NOT_A_SLUG)
    rue = SlugFilter(label=gettext_lazy("Rue"), max_length=120, error_messages=_NOT_A_SLUG)
    categorie = SlugFilter(label=gettext_lazy("Catégorie"), max_length=60, error_messages=_NOT_A_SLUG)
    ouvert = FlagFilter(label=gettext_lazy("Ouvert maintenant"))
    dimanche = FlagFilter(label=gettext_lazy("Ouvert dimanche"))
    bons = FlagFilter(label=gettext_lazy("Accepte les bons d’achat"))
    le = django_filters.DateFilter(
        label=gettext_lazy("Jour"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        error_messages={"invalid": gettext_lazy("Écrivez le jour ainsi : 31.12.2030.")},
    )
    a = django_filters.TimeFilter(
        label=gettext_lazy("Heure"),
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%Hh", "%H"],
        error_messages={"invalid": gettext_lazy("Écrivez l’heure ainsi : 18:30.")},
    )
    service = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Services"), choices=Service.choices, error_messages=_NOT_A_CHOICE
    )
    langue = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Langues parlées"), choices=SpokenLanguage.choices, error_messages=_NOT_A_CHOICE
    )
    accessible = FlagFilter(label=gettext_lazy("Entrée sans marche"))
    tri = django_filters.ChoiceFilter(
        label=gettext_lazy("Ordre"), choices=SORTS, error_messages=_NOT_A_CHOICE
    )
    page = PageFilter(label=gettext_lazy("Page"))

    class Meta:
        model = Shop
        fields = []
        form = ListForm

    def __init__(self, data, *, present: Present, now: datetime):
        super().__init__(data)
        self.present, self.now = present, now

    @property
    def form(self):
        form = super().form
        form.present, form.now = self.present, self.now
        return form

    def filter_queryset(self, queryset):
        return self.selection.shops(self.present)

    @cached_property
    def selection(self) -> Selection:
        """What a valid form asks for. Raises ValueError for another."""
        if not self.form.is_valid():
            raise ValueError("A selection is made of valid values only.")
        return _selection(self.form.cleaned_data, self.present, self.now)


class DistrictFilter(ShopFilter):
    """The few filters inside a district's page, whose address names the district."""

    q = quartier = rue = dimanche = service = langue = accessible = tri = None
    imprimer = FlagFilter(label=gettext_lazy("À imprimer"))

    def __init__(self, *args, district: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.district = district

    @cached_property
    def selection(self) -> Selection:
        asked = replace(super().selection, district=self.district)
        if not self.form.cleaned_data["imprimer"]:
            return asked
        return replace(asked, printed=True, page=1, words=(*asked.words, ("imprimer", "1")))


_NOTHING = dict.fromkeys(("q", "quartier", "rue", "tri"), "") | {
    "dimanche": False,
    "bons": False,
    "accessible": False,
    "service": [],
    "langue": [],
}


def _selection(cleaned, present, now):
    cleaned = _NOTHING | cleaned
    structure = reference.structure(present)
    category = structure.categories_by_slug.get(cleaned["categorie"])
    group = category.group if category else structure.groups_by_slug.get(cleaned["categorie"])
    q = " ".join(cleaned["q"].split())
    # Relevance to nothing is no order.
    usual = RELEVANCE if q else DAY
    sort = cleaned["tri"] if cleaned["tri"] and (q or cleaned["tri"] != RELEVANCE) else usual
    # In the vocabulary's order, each once: two spellings of one choice are one page.
    services = tuple(service for service in Service.values if service in cleaned["service"])
    languages = tuple(language for language in SpokenLanguage.values if language in cleaned["langue"])
    chosen_at = cleaned.get("chosen_at")
    words = [("q", q), ("quartier", cleaned["quartier"]), ("rue", cleaned["rue"])]
    words += [("categorie", cleaned["categorie"]), ("ouvert", "1" if cleaned["ouvert"] else "")]
    words += [("dimanche", "1" if cleaned["dimanche"] else ""), ("bons", "1" if cleaned["bons"] else "")]
    if chosen_at:
        words += [("le", f"{chosen_at:%Y-%m-%d}"), ("a", f"{chosen_at:%H:%M}")]
    words += [("service", service) for service in services] + [("langue", language) for language in languages]
    words += [("accessible", "1" if cleaned["accessible"] else ""), ("tri", sort if sort != usual else "")]
    return Selection(
        q=q,
        district=cleaned["quartier"],
        street=cleaned["rue"],
        group=group.code if group else "",
        category=category.code if category else "",
        services=services,
        languages=languages,
        sunday=cleaned["dimanche"],
        vouchers=cleaned["bons"],
        accessible=cleaned["accessible"],
        now=to_the_minute(now) if cleaned["ouvert"] else None,
        chosen_at=chosen_at,
        sort=sort,
        page=cleaned["page"],
        words=tuple((name, value) for name, value in words if value),
    )


def to_the_minute(at: datetime) -> datetime:
    """Pages are the same for a minute, whatever the second."""
    return at.replace(second=0, microsecond=0)


def read_selection(request, district: str = "") -> Selection | None:
    """What an address asks for; None when something in it is wrong, or says nothing: then the form has a word to say.

    The same addresses are asked for over and over, and reading one costs more than a query: they are kept.
    """
    query = request.META.get("QUERY_STRING", "")
    minute = to_the_minute(request.now)
    if len(query) > LONGEST_KEPT:
        return _read_selection.__wrapped__(request.catalogue, query, minute, district)
    return _read_selection(request.catalogue, query, minute, district)


@reference.kept(64)
def _read_selection(present, query, minute, district):
    parameters = QueryDict(query.encode("latin-1"))
    if district:
        asked = DistrictFilter(parameters, district=district, present=present, now=minute)
    else:
        asked = ShopFilter(parameters, present=present, now=minute)
    # Empty fields, as a browser's plain form sends them, and the first page by its number: other names of a page.
    # And the name of a category that the City gave up for another.
    former = parameters.get("categorie") in reference.structure(present).former_by_slug
    untidy = (
        former
        or parameters.get("page") == "1"
        or any("" in parameters.getlist(name) for name in asked.filters)
    )
    return asked.selection if asked.form.is_valid() and not untidy else None
