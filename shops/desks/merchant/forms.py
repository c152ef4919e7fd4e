"""The forms of a page's sections: what people type and tick, read by the import's own rules, as facts.

Each form names its facts, is filled from what the shop's people see of them, and gives them back in the shape that
`shops.editing.facts` writes. A field is named after its fact wherever it is one fact.
"""

from collections.abc import Mapping

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shops.desks import wording
from shops.desks.advice import Advised
from shops.editing.facts import ADDRESS, Value, is_outdated
from shops.forms import OnceForm
from shops.importing import facts as rules
from shops.models import Report, Shop
from shops.reference import Structure
from shops.reports import handling
from shops.vocabulary import AccessAnswer, AccessQuestion, LinkKind, Payment, Service, SpokenLanguage

NOTE_LENGTH = 200
MOST_LINKS = 12
EMPTY_LINKS = 2
MOST_OTHER_CATEGORIES = 5


def taken(read, value):
    """What a rule of the import makes of something typed. Raises ValidationError with its reason as a sentence."""
    try:
        return read(value)
    except rules.Refused as refused:
        raise forms.ValidationError(refused.sentence) from refused


class Line(forms.CharField):
    """One line: white space tidied, nothing invisible in it."""

    read_as = staticmethod(rules.text)

    def to_python(self, value):
        # A browser sends two signs for a line's end and counts one.
        value = super().to_python(value).replace("\r\n", "\n")
        return taken(self.read_as(self.max_length), value) if value.strip() else ""


class Lines(Line):
    """Several lines."""

    read_as = staticmethod(rules.lines)
    widget = forms.Textarea(attrs={"rows": 5})


class SectionForm(Advised, forms.Form):
    """A section of a page.

    Args:
        shop: with its category and its day (`today`).
        structure: the city's frame.
        seen: by fact, what the form shows; what is typed is compared with it.
    """

    facts: tuple[str, ...] = ()
    error_css_class = "invalid"

    def __init__(self, data=None, *, shop: Shop, structure: Structure, seen: Mapping[str, Value]):
        self.shop, self.structure, self.seen = shop, structure, seen
        super().__init__(data, initial=self.shown(seen), label_suffix="")

    def shown(self, seen: Mapping[str, Value]) -> dict:
        """What the fields hold for these facts."""
        return {name: seen[name] for name in self.facts}

    def values(self) -> dict[str, Value]:
        """The facts that a valid form says."""
        return {name: self.cleaned_data[name] for name in self.facts}

    def fields_of(self, fact: str) -> list:
        """The bound fields in which a fact is said, to lead somebody there."""
        return [self[fact]] if fact in self.fields else []


# Who we are

QUESTIONS = {
    "summary": _("Que trouve-t-on chez vous, en une phrase ?"),
    "description": _("Qui êtes-vous ? Depuis quand, avec qui, pourquoi ?"),
    "specialty": _("Qu’est-ce qu’on ne trouve que chez vous ?"),
}
LENGTHS = {"summary": 200, "description": 3000, "specialty": 400}
# A first sentence to lean on, by group of categories.
EXAMPLES = {
    "food": (
        _("Du pain au levain cuit sur place, et le café du matin."),
        _("Ma grand-mère a ouvert la maison en 1962 ; nous sommes trois à y travailler."),
        _("La miche de seigle du samedi, sur commande."),
    ),
    "eat_drink": (
        _("Une cuisine de marché, quinze tables et une terrasse au calme."),
        _("Deux amis, une cuisine ouverte, et la carte qui change chaque semaine."),
        _("Les raviolis de poisson de la Moselle."),
    ),
    "fashion": (
        _("Des vêtements faits pour durer, du 36 au 52, et les retouches sur place."),
        _("Je suis couturière ; j’ai repris la boutique en 2019."),
        _("Des chemises coupées à vos mesures en dix jours."),
    ),
    "beauty": (
        _("Coupes et soins pour tous les cheveux, avec ou sans rendez-vous."),
        _("Quatre coiffeuses, cinq langues et du temps pour vous écouter."),
        _("Les coupes pour enfants qui n’aiment pas aller chez le coiffeur."),
    ),
    "health": (
        _("Conseils, appareils et orthèses, essayés au calme."),
        _("Une équipe de trois opticiens, dans le quartier depuis vingt ans."),
        _("Nous venons à domicile chez qui ne peut pas se déplacer."),
    ),
    "crafts": (
        _("Réparation de vélos en 24 heures, toutes marques."),
        _("J’ai appris le métier chez mon père ; l’atelier est derrière la boutique."),
        _("Nous refaisons les pièces qui n’existent plus."),
    ),
    "services": (
        _("Photocopies, impressions et reliures pendant que vous attendez."),
        _("Une petite équipe qui connaît ses clients par leur nom."),
        _("Un rendez-vous le jour même, promis avant dix heures."),
    ),
}
ANY_EXAMPLE = (
    _("Des livres choisis un par un, et une table pour les feuilleter."),
    _("Nous sommes deux, et nous lisons ce que nous vendons."),
    _("Le plus grand rayon de bandes dessinées en portugais du pays."),
)


def in_language(name: str, language: str) -> str:
    """The fact of a text in a language: French is the text itself."""
    return name if language == settings.LANGUAGE_CODE else f"{name}_{language}"


def _other_languages():
    return [(code, label) for code, label in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


class PresentationForm(SectionForm):
    """Three questions rather than an empty box, in French first."""

    facts = tuple(in_language(name, code) for code, _label in settings.LANGUAGES for name in QUESTIONS)

    summary = Line(
        label=QUESTIONS["summary"],
        max_length=LENGTHS["summary"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    description = Lines(label=QUESTIONS["description"], max_length=LENGTHS["description"], required=False)
    specialty = Line(
        label=QUESTIONS["specialty"],
        max_length=LENGTHS["specialty"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        examples = EXAMPLES.get(self.shop.category.group.code, ANY_EXAMPLE)
        for (name, question), example in zip(QUESTIONS.items(), examples, strict=True):
            self.fields[name].help_text = gettext("Par exemple : « %(example)s »") % {"example": example}
            for code, _label in _other_languages():
                kind = Lines if name == "description" else Line
                self.fields[in_language(name, code)] = field = kind(
                    label=question,
                    max_length=LENGTHS[name],
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 5 if name == "description" else 3}),
                )
                field.widget.attrs["lang"] = code
            self.fields[name].widget.attrs["lang"] = settings.LANGUAGE_CODE

    def texts(self):
        return {
            in_language(name, code): {"language": code}
            for code, _label in settings.LANGUAGES
            for name in QUESTIONS
        }

    def sibling(self, name, language):
        question = next(question for question in QUESTIONS if name.startswith(question))
        return in_language(question, language)

    def translations(self) -> list[dict]:
        """The other languages: `code`, `label`, `fields`, and whether one of the texts needs another look."""
        own = dict(settings.LANGUAGES)
        folds = []
        for code, _label in _other_languages():
            names = [in_language(name, code) for name in QUESTIONS]
            outdated = [name for name in names if is_outdated(self.shop, name)]
            folds.append(
                {
                    "code": code,
                    "label": own[code],
                    "fields": [{"field": self[name], "outdated": name in outdated} for name in names],
                    "outdated": bool(outdated),
                    "written": any(self[name].value() for name in names),
                    "wrong": any(self[name].errors for name in names),
                    "advised": any(getattr(self[name], "hints", ()) for name in names),
                }
            )
        return folds


# Name and category


class IdentityForm(SectionForm):
    """What the shop is called and what it is."""

    facts = (
        *(in_language("name", code) for code, _label in settings.LANGUAGES),
        "other_names",
        "category",
        "other_categories",
    )

    name = Line(label=_("Nom de l’enseigne"), max_length=rules.NAME_LENGTH)
    category = forms.ChoiceField(
        label=_("Catégorie"), help_text=_("Ce que vous êtes d’abord, aux yeux d’un client.")
    )
    other_categories = forms.MultipleChoiceField(
        label=_("Autres catégories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Cinq au plus."),
    )
    other_names = Line(
        label=_("Autres noms"),
        max_length=rules.OTHER_NAMES_LENGTH,
        required=False,
        help_text=_("Ancien nom ou surnom : ils ne se montrent pas, mais la recherche les trouve."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [
            (group.label_i18n, [(category.code, category.label_i18n) for category in group.members])
            for group in self.structure.groups.values()
        ]
        self.fields["category"].choices = choices
        self.fields["other_categories"].choices = choices
        for code, label in _other_languages():
            self.fields[in_language("name", code)] = Line(
                label=gettext("Nom en %(language)s") % {"language": str(label).lower()},
                max_length=rules.NAME_LENGTH,
                required=False,
            )

    def texts(self):
        names = [in_language("name", code) for code, _label in settings.LANGUAGES]
        return {name: {"kind": wording.NAME} for name in names}

    def clean_other_categories(self):
        codes = sorted(set(self.cleaned_data["other_categories"]) - {self.cleaned_data.get("category")})
        if len(codes) > MOST_OTHER_CATEGORIES:
            raise forms.ValidationError(gettext("Cinq autres catégories au plus : gardez les principales."))
        return codes

    def name_fields(self):
        return [self[in_language("name", code)] for code, _label in _other_languages()]

    def other_names_wrong(self):
        fields = [*self.name_fields(), self["other_names"]]
        return any(field.errors or getattr(field, "hints", ()) for field in fields)


class MoveForm(SectionForm):
    """Other premises, or an address that is wrong: all of it at once."""

    facts = ADDRESS
    CORRECTION, MOVE = "correction", "move"

    what = forms.ChoiceField(
        label=_("Que se passe-t-il ?"),
        choices=[
            (MOVE, _("Le commerce déménage")),
            (CORRECTION, _("Il est toujours au même endroit, mais l’adresse est fausse")),
        ],
        widget=forms.RadioSelect,
    )
    on = forms.DateField(
        label=_("À partir de quel jour ?"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    street = Line(
        label=_("Rue"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "rues", "autocomplete": "off"}),
        help_text=_("Les premières lettres suffisent. Vide pour un commerce sans adresse fixe."),
    )
    house_number = Line(label=_("Numéro"), max_length=20, required=False)
    postcode = Line(
        label=_("Code postal"),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    district = forms.ChoiceField(label=_("Quartier"))
    place_note = Line(
        label=_("Précision sur le lieu"),
        max_length=120,
        required=False,
        help_text=_("Par exemple : « dans la cour », « marché du mercredi »."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [
            (district.slug, district.name_i18n) for district in self.structure.districts.values()
        ]

    def texts(self):
        return {"place_note": {}}

    def shown(self, seen):
        return {name: seen[name] for name in self.facts if name not in ("district", "position")} | {
            "district": seen["district"][0]
        }

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("what") == self.MOVE and "on" not in self.errors and not cleaned.get("on"):
            self.add_error("on", gettext("Dites à partir de quel jour : un jour passé convient aussi."))
        if cleaned.get("house_number") and not cleaned.get("street") and "street" not in self.errors:
            self.add_error("street", gettext("Un numéro sans rue ne mène nulle part."))
        return cleaned

    def values(self):
        values = {
            name: self.cleaned_data[name] for name in ("street", "house_number", "postcode", "place_note")
        }
        seen_district, corrected = self.seen["district"]
        slug = self.cleaned_data["district"]
        values["district"] = [slug, corrected if slug == seen_district else False]
        # The old place on the map is no longer true: the City puts the new one when it takes the address over.
        moved = self.cleaned_data["what"] == self.MOVE and values["street"] != self.seen["street"]
        values["position"] = None if moved else self.seen["position"]
        return values

    def note(self) -> str:
        """What the moderator is told beside the address, in the desk's own language."""
        with translation.override(settings.LANGUAGE_CODE):
            if self.cleaned_data["what"] == self.MOVE:
                day = date_format(self.cleaned_data["on"], "DATE_FORMAT")
                return gettext("Déménagement, à partir du %(day)s.") % {"day": day}
            return gettext("Correction de l’adresse : le commerce est toujours au même endroit.")


# How to reach it


class ContactForm(SectionForm):
    facts = ("phone", "email")

    phone = forms.CharField(
        label=_("Téléphone"),
        max_length=60,
        required=False,
        help_text=_("Comme on l’écrit ici, ou avec + et l’indicatif du pays."),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=_("Adresse e-mail"),
        max_length=254,
        required=False,
        help_text=_("Celle que vos clients voient. Celle de votre compte reste à part."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_phone(self):
        typed = self.cleaned_data["phone"]
        # A number that nobody touches may be one of no plan, as in the demonstration.
        if not typed or typed == self.seen["phone"]:
            return typed
        city = self.structure.city
        try:
            return rules.phone(city.facts.get("phone_region") or city.country)(typed)
        except rules.Refused:
            raise forms.ValidationError(
                _(
                    "Ce numéro ne se compose pas ainsi : vérifiez qu’il ne manque rien, ou commencez par + et l’indicatif."
                )
            ) from None

    def clean_email(self):
        typed = self.cleaned_data["email"]
        if not typed or typed == self.seen["email"]:
            return typed
        try:
            return rules.email(typed)
        except rules.Refused:
            raise forms.ValidationError(
                _("Une adresse s’écrit comme nom@exemple.lu : vérifiez le signe @ et la fin.")
            ) from None


class LinksForm(SectionForm):
    """Where else the shop is found: an address a row, whose host says what it is where it can."""

    facts = ("links",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = min(MOST_LINKS, max(len(self.seen["links"]) + EMPTY_LINKS, self._sent_rows()))
        self.numbers = range(rows)
        for number in self.numbers:
            self.fields[f"url-{number}"] = forms.CharField(
                label=gettext("Adresse %(number)d") % {"number": number + 1},
                max_length=rules.LINK_LENGTH,
                required=False,
                widget=forms.TextInput(
                    attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "url"}
                ),
            )
            self.fields[f"kind-{number}"] = forms.ChoiceField(
                label=gettext("Ce que c’est"), choices=LinkKind, required=False
            )

    def _sent_rows(self):
        if not self.is_bound:
            return 0
        return sum(1 for number in range(MOST_LINKS) if f"url-{number}" in self.data)

    def shown(self, seen):
        return {
            f"{name}-{number}": value
            for number, link in enumerate(seen["links"])
            for name, value in zip(("kind", "url"), link, strict=True)
        }

    def rows(self):
        """For each row its two fields, what the link is called, and since when it leads nowhere."""
        present = {link.url: link for link in self.shop.links.all()} if self.seen["links"] else {}
        labels = dict(LinkKind.choices)
        for number in self.numbers:
            known = self.seen["links"][number] if number < len(self.seen["links"]) else None
            link = present.get(known[1]) if known else None
            yield {
                "url": self[f"url-{number}"],
                "kind": self[f"kind-{number}"],
                "label": labels[known[0]] if known else "",
                "dead_since": getattr(link, "dead_since", None),
            }

    def clean(self):
        cleaned = super().clean()
        self.links = []
        for number in self.numbers:
            url, kind = cleaned.get(f"url-{number}"), cleaned.get(f"kind-{number}") or LinkKind.WEBSITE.value
            if not url:
                continue
            link = [kind, url]
            # What nobody touches may be older than the rules.
            if link not in self.seen["links"]:
                try:
                    found = taken(lambda text, kind=kind: rules.link(text, kind, self._marketplaces), url)
                except forms.ValidationError as refused:
                    self.add_error(f"url-{number}", refused)
                    continue
                link = [str(found[0]), found[1]]
            if link[1] in [other for _kind, other in self.links]:
                self.add_error(f"url-{number}", gettext("Cette adresse y est déjà."))
                continue
            self.links.append(link)
        return cleaned

    @cached_property
    def _marketplaces(self):
        markets = self.structure.city.facts.get("marketplaces", ())
        return [host for market in markets for host in market["hosts"]]

    def values(self):
        # As the page will read them: what stays keeps its place, what is new comes after.
        stays = [link for link in self.seen["links"] if link in self.links]
        return {"links": stays + [link for link in self.links if link not in stays]}

    def fields_of(self, fact):
        return [self["url-0"]]


# What it offers

CARDS = [Payment.CASH, Payment.DEBIT_CARD, Payment.CREDIT_CARD, Payment.CONTACTLESS, Payment.MOBILE]
TONGUES = [SpokenLanguage.LB, SpokenLanguage.FR, SpokenLanguage.DE, SpokenLanguage.EN]
# What most shops of a group do: one tap ticks it, the rest is taken away or added by hand.
USUAL_SERVICES = {
    "food": [Service.PICKUP, Service.ORDER_IN, Service.TAKEAWAY, Service.LOCAL],
    "eat_drink": [Service.RESERVATION, Service.TAKEAWAY, Service.TERRACE, Service.TOILETS],
    "fashion": [Service.ALTERATIONS, Service.GIFT_WRAP, Service.ORDER_IN],
    "beauty": [Service.APPOINTMENT],
    "health": [Service.APPOINTMENT, Service.ORDER_IN],
    "home": [Service.DELIVERY, Service.ORDER_IN, Service.QUOTE],
    "leisure": [Service.ORDER_IN, Service.GIFT_WRAP, Service.PICKUP],
    "technology": [Service.REPAIR, Service.QUOTE],
    "mobility": [Service.REPAIR, Service.RENTAL],
    "crafts": [Service.QUOTE, Service.REPAIR, Service.HOME_VISIT],
    "services": [Service.APPOINTMENT],
}
USUAL_ANYWHERE = [Service.ORDER_IN, Service.GIFT_WRAP]


class ServicesForm(SectionForm):
    """Big boxes to tick; a note unfolds under a service that is."""

    facts = ("services", "service_notes", "payments", "spoken_languages")

    services = forms.MultipleChoiceField(label=_("Services"), choices=Service, required=False)
    payments = forms.MultipleChoiceField(label=_("Moyens de paiement"), choices=Payment, required=False)
    spoken_languages = forms.MultipleChoiceField(
        label=_("Langues parlées"), choices=SpokenLanguage, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for service in Service:
            self.fields[f"note-{service.value}"] = Line(
                label=gettext("Précision : %(service)s") % {"service": service.label},
                max_length=NOTE_LENGTH,
                required=False,
            )

    def shown(self, seen):
        notes = {f"note-{code}": note for code, note in seen["service_notes"].items()}
        return notes | {name: seen[name] for name in ("services", "payments", "spoken_languages")}

    def texts(self):
        return {f"note-{service.value}": {} for service in Service}

    def usual(self) -> dict[str, list]:
        """What one tap ticks, by field."""
        group = self.shop.category.group.code
        return {
            "services": USUAL_SERVICES.get(group, USUAL_ANYWHERE),
            "payments": CARDS,
            "spoken_languages": TONGUES,
        }

    def with_usual(self, name: str):
        """What was sent, and ticked what is usual in this list: to be shown again, not yet saved."""
        data = self.data.copy()
        if name in self.usual():
            ticked = data.getlist(name)
            data.setlist(name, [*ticked, *(code.value for code in self.usual()[name] if code not in ticked)])
        return data

    def boxes(self, name):
        """A list's boxes: value, label, whether ticked, and the field of its note."""
        ticked = self[name].value() or []
        for code, label in self.fields[name].choices:
            note = self[f"note-{code}"] if name == "services" else None
            yield {"value": code, "label": label, "chosen": code in ticked, "note": note}

    def lists(self):
        """The three lists as the page lays them out."""
        for name in ("services", "payments", "spoken_languages"):
            boxes = list(self.boxes(name))
            usual = [code.label for code in self.usual()[name]]
            yield {
                "field": self[name],
                "boxes": boxes,
                "usual": usual if not any(box["chosen"] for box in boxes) else [],
            }

    def values(self):
        ticked = set(self.cleaned_data["services"])
        notes = {code: self.cleaned_data[f"note-{code}"] for code in ticked}
        # A note on a service that nobody offered nor offers now was somebody's: it is left alone.
        kept = {
            code: note
            for code, note in self.seen["service_notes"].items()
            if code not in ticked and code not in self.seen["services"]
        }
        return {
            "services": [code for code in Service.values if code in ticked],
            "service_notes": dict(
                sorted({**kept, **{code: note for code, note in notes.items() if note}}.items())
            ),
            "payments": [code for code in Payment.values if code in self.cleaned_data["payments"]],
            "spoken_languages": [
                code for code in SpokenLanguage.values if code in self.cleaned_data["spoken_languages"]
            ],
        }


class AccessibilityForm(SectionForm):
    """A question a line, four answers, one tap each. Nobody has to know everything."""

    facts = ("accessibility",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for question in AccessQuestion:
            self.fields[question.value] = forms.ChoiceField(
                label=question.label,
                choices=[*AccessAnswer.choices, ("", gettext("je ne sais pas"))],
                required=False,
            )

    def shown(self, seen):
        return {question: seen["accessibility"].get(question, "") for question in AccessQuestion.values}

    def questions(self):
        for question in AccessQuestion:
            field = self[question.value]
            value = field.value() or ""
            choices = field.field.choices
            yield {
                "field": field,
                "choices": [
                    {"value": code, "label": label, "chosen": code == value} for code, label in choices
                ],
            }

    def answered(self):
        """How many questions have an answer, in words."""
        number = sum(1 for question in AccessQuestion.values if self[question].value())
        return ngettext("%(number)d réponse sur %(all)d.", "%(number)d réponses sur %(all)d.", number) % {
            "number": number,
            "all": len(AccessQuestion),
        }

    def values(self):
        # What stands beside our questions stays as it is.
        others = {key: text for key, text in self.seen["accessibility"].items() if key not in AccessQuestion}
        answers = {
            question: answer for question in AccessQuestion.values if (answer := self.cleaned_data[question])
        }
        return {"accessibility": dict(sorted((others | answers).items()))}

    def fields_of(self, fact):
        return [self[AccessQuestion.values[0]]]


class AppealForm(forms.Form):
    """The merchant's answer to a refusal."""

    words = forms.CharField(
        label=_("Votre réponse à la Ville"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Dites pourquoi c’est juste, ou ce que vous proposez à la place."),
    )


class HelpForm(OnceForm):
    """What a merchant wants of the City's people: a visit, a call, or that they write for her."""

    WAYS = [
        ("together", _("Remplir la page ensemble, au téléphone ou chez moi")),
        ("for_me", _("Que la Ville change ma page pour moi")),
        ("question", _("Une question")),
    ]
    way = forms.ChoiceField(label=_("De quoi avez-vous besoin ?"), choices=WAYS, widget=forms.RadioSelect)
    phone = forms.CharField(
        label=_("À quel numéro vous rappeler ?"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )

    class Meta:
        model = Report
        fields = ["message"]
        labels = {"message": _("Ce qu’il faut savoir")}
        help_texts = {"message": _("Par exemple : ce qui doit changer, ou quand vous avez un moment.")}
        widgets = {"message": forms.Textarea(attrs={"rows": 4, "maxlength": 1500})}

    field_order = ["way", "phone", "message"]

    def deliver(self, **facts):
        lines = [str(dict(self.WAYS)[self.cleaned_data["way"]])]
        if self.cleaned_data["phone"]:
            lines.append(gettext("Téléphone : %(phone)s") % {"phone": self.cleaned_data["phone"]})
        message = "\n".join([*lines, self.cleaned_data["message"]]).strip()
        if self.from_a_robot or self._is_known():
            return
        for name, value in (facts | {"message": message[:2000]}).items():
            setattr(self.instance, name, value)
        self.instance.submission = self.cleaned_data["submission"]
        try:
            with transaction.atomic():
                handling.receive(self.instance, at=self.instance.created_at, receipt=False)
        except IntegrityError:
            # A double click: the other one is in.
            if not self._is_known():
                raise

    def _is_known(self):
        return Report.objects.filter(submission=self.cleaned_data["submission"]).exists()
