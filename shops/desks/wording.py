"""Hints on texts that people write: what makes one hard to read or to hear, and how it would be put right.

Suggestions, never verdicts: a text is saved as its writer wants it. Rules on the text alone: no query, no clock.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

# Kinds of text. A name may be in capitals on the shop's own sign, but is a name; an alternative text stands for a picture.
TEXT, NAME, ALT = "text", "name", "alt"


@dataclass(frozen=True)
class Hint:
    """One suggestion.

    Attributes:
        code: which rule it is of.
        sentence: what is hard about it and for whom, for its writer.
        repaired: the text as the rule would put it right; "" where only a person can.
        language: the language that the whole text seems to be in, where it belongs to another field.
        section: the part of the page where the same can be said so that it works, by its word in the address.
    """

    code: str
    sentence: str
    repaired: str = ""
    language: str = ""
    section: str = ""


def hints_on(text: str, *, kind: str = TEXT, language: str = "", name: str = "", others: Iterable[str] = ()):
    """Hints on a text, the gravest first.

    Args:
        language: of the field it stands in; "" where any is right.
        name: the shop's, which says nothing beside itself.
        others: what other pictures of the page say of themselves.
    """
    text = " ".join((text or "").split())
    if not text:
        return []
    rules = [_fancy, _pictures, _capitals, _spaced]
    if kind != NAME:
        rules += [_link_words, _address, _telephone]
    found = [hint for rule in rules if (hint := rule(text))]
    if kind == ALT:
        found += [hint for hint in (_says_photo(text, name), _says_little(text, name, others)) if hint]
    if language and kind != NAME and (hint := _other_language(text, language)):
        found.append(hint)
    return found


# Letters

_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_PICTURES = re.compile(rf"\s*(?:{_PICTURE}[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*)+")
_PICTURES_AT_MOST = 3
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] ){3,}[^\W\d_](?!\S)")
# What the rules of Unicode call mathematical, circled or wide: letters in disguise.
_FANCY = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff5a\u24b6-\u24e9\U0001f130-\U0001f189]")
_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]*")
# So many letters in a row of capitals are shouted; fewer are an abbreviation.
_SHOUTED_LETTERS = 12


def _fancy(text):
    if not _FANCY.search(text):
        return None
    return Hint(
        "fancy",
        _(
            "Ces lettres décorées sont des signes mathématiques : un lecteur d’écran ne les lit pas, la recherche non plus."
        ),
        repaired=_FANCY.sub(lambda sign: unicodedata.normalize("NFKC", sign[0]), text),
    )


def _pictures(text):
    pictures = re.findall(_PICTURE, text)
    if not pictures:
        return None
    without = " ".join(_PICTURES.sub(" ", text).split()).replace(" ,", ",").replace(" .", ".")
    if not any(sign.isalpha() for sign in without):
        return Hint(
            "pictures",
            _("Des images seules ne disent rien à qui les entend : écrivez les mots."),
        )
    if len(pictures) < _PICTURES_AT_MOST:
        return None
    return Hint(
        "pictures",
        _("Un lecteur d’écran dit le nom de chaque petite image, une par une : le texte s’y perd."),
        repaired=without,
    )


def _capitals(text):
    runs, run = [], []
    for word in _WORD.finditer(text):
        if len(word[0]) > 1 and word[0].isupper():
            run.append(word)
            continue
        runs.append(run)
        run = []
    shouted = [run for run in [*runs, run] if sum(len(word[0]) for word in run) >= _SHOUTED_LETTERS]
    if not shouted:
        return None
    repaired = text
    for run in shouted:
        for word in run:
            begins = (
                not text[: word.start()].rstrip(" «\"“'(") or text[: word.start()].rstrip()[-1:] in ".!?…"
            )
            said = word[0].capitalize() if begins else word[0].lower()
            repaired = repaired[: word.start()] + said + repaired[word.end() :]
    return Hint(
        "capitals",
        _(
            "Des mots tout en majuscules se lisent mal, et certains lecteurs d’écran les épellent lettre par lettre."
        ),
        repaired=repaired if len(repaired) == len(text) else "",
    )


def _spaced(text):
    if not _SPACED.search(text):
        return None
    return Hint(
        "spaced",
        _("Des lettres séparées par des espaces s’entendent une à une : le mot disparaît."),
        repaired=_SPACED.sub(lambda word: word[0].replace(" ", ""), text),
    )


# What does nothing here

_LINK_WORDS = re.compile(
    r"\b(?:cliquez?(?: ici| sur)?|cliquer ici|en savoir plus|lire la suite|click here|read more|hier klicken|klicken sie"
    r"|mehr erfahren|klickt? hei|méi gewuer ginn)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.\w{2,}", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?:\+|\b00)?\d(?:[\s./()-]{0,2}\d){6,}")


def _link_words(text):
    if not (found := _LINK_WORDS.search(text)):
        return None
    return Hint(
        "link-words",
        _("« %(words)s » : rien ne s’ouvre d’ici, et ces mots ne disent pas où l’on va. Dites ce qu’on trouve, et mettez l’adresse dans « Liens ».")
        % {"words": found[0]},
        section="liens",
    )  # fmt: skip


def _address(text):
    if not (found := _ADDRESS.search(text)):
        return None
    if "@" in found[0]:
        return Hint(
            "address",
            _(
                "Une adresse e-mail dans le texte ne s’ouvre pas d’un geste : dans « Téléphone et e-mail », oui."
            ),
            section="coordonnees",
        )
    return Hint(
        "address",
        _("Une adresse dans le texte ne s’ouvre pas, et s’entend signe par signe : dans « Liens », elle s’ouvre et porte un nom."),
        section="liens",
    )  # fmt: skip


def _telephone(text):
    # Years and prices are no numbers to ring.
    if not any(sum(sign.isdigit() for sign in found) >= 8 for found in _TELEPHONE.findall(text)):
        return None
    return Hint(
        "telephone",
        _("Un numéro dans le texte ne se compose pas d’un geste : dans « Téléphone et e-mail », oui."),
        section="coordonnees",
    )


# The language

# Small words that one of our languages has and the others have not.
_SMALL_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "fr": "le la les du au aux et est sont nous vous notre nos votre vos pour avec dans sur chez qui que pas une cette"
        " ces ou où depuis sans très leur tout toute tous par ce son ses à",
        "de": "der die das dem und ist sind wir unser unsere unserer ihr ihre für mit im auf bei nicht ein eine einen"
        " einer von zum zur auch aus oder seit sehr werden frisch täglich jeden ohne über",
        "lb": "eis eise eisen eiser är fir mat ass sinn net och wéi déi dat vun vum op säit méi eng engem keng iech hei"
        " frësch gëtt all wat mir d’ ouni iwwer äre",
        "en": "the and is are we our you your for with at from not of to since very this that every by or all fresh"
        " daily without here",
    }.items()
}  # fmt: skip
_SURE = 2  # small words of another language, and three for each one of the field's own


def language_of(text: str) -> tuple[str, dict[str, int]]:
    """The language whose small words a text uses most, or "" where none stands out; and how many of each."""
    words = [word.casefold() for word in _WORD.findall(text)]
    counts = {language: sum(word in own for word in words) for language, own in _SMALL_WORDS.items()}
    first, second = sorted(counts, key=counts.get, reverse=True)[:2]
    return (first if counts[first] > counts[second] else ""), counts


def _other_language(text, own):
    found, counts = language_of(text)
    if not found or found == own or counts[found] < _SURE or counts[found] < 3 * counts.get(own, 0):
        return None
    names = {
        "fr": _("en français"), "de": _("en allemand"), "lb": _("en luxembourgeois"), "en": _("en anglais"),
    }  # fmt: skip
    return Hint(
        "language",
        _(
            "Ce texte semble écrit %(language)s : dans la mauvaise case, un lecteur d’écran le prononce de travers."
        )
        % {"language": names[found]},
        language=found,
    )


# Pictures

_SAYS_PHOTO = re.compile(
    r"^(?:(?:une |la )?(?:photo(?:graphie)?|image|vue) (?:de la |de l’|de l'|du |des |de |d’|d')"
    r"|(?:ein |das )?(?:foto|bild) (?:von |vom |der |des )|(?:a |the )?(?:photo|picture|image) of (?:the |a )?"
    r"|(?:eng? |d’)?(?:foto|bild) (?:vun |vum |vun der ))",
    re.IGNORECASE,
)
_FEW_WORDS = 3


def _says_photo(text, name):
    if not (found := _SAYS_PHOTO.match(text)) or found.end() >= len(text):
        return None
    rest = text[found.end() :]
    return Hint(
        "says-photo",
        _("Le lecteur d’écran a déjà dit que c’est une image : commencez par ce qu’on y voit."),
        repaired=rest[:1].upper() + rest[1:],
    )


def _says_little(text, name, others):
    if text.casefold() in {other.casefold() for other in others}:
        return Hint(
            "alike",
            _("Une autre photo dit la même chose : dites ce que celle-ci montre de plus, ou gardez-en une."),
        )
    if text.casefold() == name.casefold():
        return Hint(
            "name-only", _("Le nom du commerce est déjà en haut de la page : dites ce que la photo montre.")
        )
    if len(_WORD.findall(text)) < _FEW_WORDS:
        return Hint(
            "short",
            _("C’est très court. Où est-on, que voit-on, y a-t-il une marche ? Une phrase suffit."),
        )
    return None
