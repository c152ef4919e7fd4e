"""The catalogues of sentences in locale/, kept without GNU gettext.

The sentences in the code are French. `locale/<language>/LC_MESSAGES/django.po` holds the other languages; `.mo`
files are compiled from them and not committed. French has a compiled catalogue too, each sentence being its own
translation, because only a catalogue carries a plural rule and French says « 0 commerce ».

What the framework says itself and lacks in a language, or says less well, stands beside it in `borrowed.po`, written
by hand: form errors and the names of days in Lëtzebuergesch above all.

Translations may also be handed in as `locale/parts/*.json`: `{sentence: {language: translation}}`, a sentence with
a plural having a list [one, many], a sentence with a context the key "context\\u0004sentence". They win over the
`.po` files until these have them.
"""

import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml", ".svg", ".typ"}
CONTEXT_MARK = "\u0004"

# The desks and the commands speak fewer languages than the public site: a sentence found only in such files may
# lack these.
DESK_FILES = re.compile(r"(^|/)(admin|desks?|models|management|importing|loading)(/|\.py$)")
NOT_AT_THE_DESKS = {"lb"}

PLACEHOLDER = re.compile(r"%\(\w+\)[-#0+]*\d*(?:\.\d+)?[a-zA-Z]|%[sdif]|\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class Key(NamedTuple):
    """What identifies a sentence: two contexts make two sentences of the same words."""

    context: str | None
    text: str

    def __str__(self):
        return f"“{self.text}”" + (f" ({self.context})" if self.context else "")


class Sentence(NamedTuple):
    key: Key
    plural: str | None
    files: tuple[str, ...]

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.key.text, self.plural) if self.plural else self.key.text

    @property
    def only_at_the_desks(self) -> bool:
        return all(DESK_FILES.search(name) for name in self.files)


Translation = str | tuple[str, ...]


def source_language() -> str:
    return settings.LANGUAGE_CODE


def target_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != source_language()]


def folder() -> Path:
    return Path(settings.LOCALE_PATHS[0])


def po_path(language: str) -> Path:
    return folder() / language / "LC_MESSAGES" / "django.po"


def borrowed_path(language: str) -> Path:
    return po_path(language).with_name("borrowed.po")


# Gathering the sentences.


def gather() -> list[Sentence]:
    """Every sentence marked for translation in this project's own code and templates, sorted.

    Raises:
        ValueError: one sentence is used with two different plurals.
    """
    plurals: dict[Key, str | None] = {}
    files: dict[Key, set[str]] = {}
    for path in _sources():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        for _line, message, _comments, context in extract("python", _as_python(path), KEYWORDS):
            text, plural = message if isinstance(message, tuple) else (message, None)
            if not text:
                continue
            key = Key(context, text)
            if plural and plurals.get(key) not in (None, plural):
                raise ValueError(f"{name}: {key} has another plural elsewhere: “{plurals[key]}”.")
            plurals[key] = plural or plurals.get(key)
            files.setdefault(key, set()).add(name)
    return [
        Sentence(key, plurals[key], tuple(sorted(files[key])))
        for key in sorted(plurals, key=lambda key: (key.text.casefold(), key.text, key.context or ""))
    ]


def _sources() -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    folders = {Path(name) for engine in settings.TEMPLATES for name in engine["DIRS"]}
    folders |= {Path(app.path) for app in apps.get_app_configs()}
    for top in sorted(folders):
        # A library's sentences are the library's own; .venv may lie inside the checkout.
        if not top.is_relative_to(base) or "site-packages" in top.parts:
            continue
        for path in sorted(top.rglob("*")):
            inside = path.relative_to(base).parts
            if "migrations" in inside or "tests" in inside:
                continue
            if path.suffix == ".py" or (path.suffix in TEMPLATE_SUFFIXES and "templates" in inside):
                yield path


def _as_python(path: Path) -> io.BytesIO:
    if path.suffix == ".py":
        return io.BytesIO(path.read_bytes())
    calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    # Between the calls stands what is left of the markup; as Python, its indentation would be an error.
    return io.BytesIO("\n".join(line.strip() for line in calls.splitlines()).encode())


# The catalogues.


def read_catalogue(language: str) -> tuple[dict[Key, Translation], set[Key]]:
    """What a language's .po file says.

    Returns:
        the translations, and which of them are marked fuzzy.
    """
    found, fuzzy = {}, set()
    for message in _messages(po_path(language), language):
        key = _sentence(message).key
        found[key] = _translation(message)
        if message.fuzzy:
            fuzzy.add(key)
    return found, fuzzy


def read_borrowed(language: str) -> dict[Sentence, Translation]:
    """The framework's sentences that have other words here than its own, with these words."""
    messages = _messages(borrowed_path(language), language)
    return {_sentence(message): _translation(message) for message in messages}


def _messages(path, language):
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [message for message in read_po(file, locale=language, abort_invalid=True) if message.id]


def _sentence(message):
    text, plural = message.id if message.pluralizable else (message.id, None)
    return Sentence(Key(message.context, text), plural, tuple(name for name, _line in message.locations))


def _translation(message):
    return tuple(message.string) if isinstance(message.string, tuple | list) else message.string


def read_parts(language: str) -> dict[Key, Translation]:
    """What has been handed in for a language in locale/parts/, later files winning."""
    found = {}
    for path in sorted((folder() / "parts").glob("*.json")):
        try:
            handed_in = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON: {error}") from None
        for name, translations in handed_in.items():
            context, _mark, text = name.rpartition(CONTEXT_MARK)
            if given := translations.get(language):
                found[Key(context or None, text)] = tuple(given) if isinstance(given, list) else given
    return found


def translate(sentences: Iterable[Sentence], language: str) -> dict[Key, Translation]:
    """The translation of each sentence that has one of the right shape."""
    existing, _fuzzy = read_catalogue(language)
    known = existing | read_parts(language)
    return {
        sentence.key: known[sentence.key]
        for sentence in sentences
        if _is_complete(known.get(sentence.key), has_plural=bool(sentence.plural))
    }


def _is_complete(translation: Translation | None, *, has_plural: bool) -> bool:
    if has_plural:
        return isinstance(translation, tuple) and len(translation) == 2 and all(translation)
    return isinstance(translation, str) and bool(translation)


def render(sentences: Iterable[Sentence], language: str) -> str:
    """The text of a language's .po file as it should be: no dates, no line numbers, so that diffs say something."""
    translations = translate(sentences, language)
    _existing, fuzzy = read_catalogue(language)
    handed_in = read_parts(language)
    catalogue = Catalog(locale=language, fuzzy=False)
    for sentence in sentences:
        empty = ("", "") if sentence.plural else ""
        catalogue.add(
            sentence.id,
            translations.get(sentence.key, empty),
            locations=[(name, 1) for name in sentence.files],
            flags=["fuzzy"] if sentence.key in fuzzy and sentence.key not in handed_in else [],
            context=sentence.key.context,
        )
    body = io.BytesIO()
    write_po(body, catalogue, width=110, omit_header=True, include_lineno=False)
    header = [
        "# Made by `make messages`; only the msgstr lines are written by hand.",
        'msgid ""',
        'msgstr ""',
        f'"Language: {language}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {catalogue.plural_forms}\\n"',
    ]
    return "\n".join(header) + "\n\n" + body.getvalue().decode()


def update() -> dict[str, int]:
    """Bring every .po file up to date with the code and what was handed in.

    Returns:
        for each language, how many translations it lacks.
    """
    sentences = gather()
    missing = {}
    for language in target_languages():
        text = render(sentences, language)
        _write(po_path(language), text.encode())
        missing[language] = sum(1 for _fault in _missing(sentences, language))
    compile_all()
    return missing


# Finding faults.


def faults() -> list[str]:
    """What is wrong with the catalogues, one line each; an empty list when all is well."""
    try:
        sentences = gather()
    except (ValueError, SyntaxError) as error:
        return [str(error)]
    found = []
    for language in target_languages():
        path = po_path(language)
        if not path.exists() or path.read_text(encoding="utf-8") != render(sentences, language):
            found.append(f"{language}: {path.name} is not up to date with the code: run `make messages`.")
        found += [
            f"{language}: {sentence.key} has no translation." for sentence in _missing(sentences, language)
        ]
        _existing, fuzzy = read_catalogue(language)
        found += [f"{language}: {key} is marked fuzzy." for key in sorted(fuzzy, key=str)]
        translations = translate(sentences, language)
        for sentence in sentences:
            if sentence.key in translations:
                found += [
                    f"{language}: {fault}" for fault in _mismatches(sentence, translations[sentence.key])
                ]
    for language in (source_language(), *target_languages()):
        for sentence, translation in read_borrowed(language).items():
            found += [f"{language}: {fault}" for fault in _mismatches(sentence, translation)]
    return found


def _missing(sentences: Iterable[Sentence], language: str) -> Iterator[Sentence]:
    translations = translate(sentences, language)
    for sentence in sentences:
        excused = language in NOT_AT_THE_DESKS and sentence.only_at_the_desks
        if sentence.key not in translations and not excused:
            yield sentence


def _mismatches(sentence: Sentence, translation: Translation) -> Iterator[str]:
    """Placeholders and tags that a translation lost or invented."""
    forms = translation if isinstance(translation, tuple) else (translation,)
    for pattern, what in ((PLACEHOLDER, "placeholders"), (TAG, "tags")):
        one = sorted(pattern.findall(sentence.key.text))
        many = sorted(pattern.findall(sentence.plural)) if sentence.plural else one
        # "One" may drop the number or keep it, "many" must say it.
        for form, allowed in zip(forms[::-1], ([many], [one, many]), strict=False):
            if sorted(pattern.findall(form)) not in allowed:
                yield f"{sentence.key} and its translation “{form}” have different {what}."
    for form in forms:
        if (form[:1].isspace(), form[-1:].isspace()) != (
            sentence.key.text[:1].isspace(),
            sentence.key.text[-1:].isspace(),
        ):
            yield f"{sentence.key} and its translation “{form}” begin or end with different spaces."
        if form.endswith("|") and not sentence.key.text.endswith("|"):
            yield f"{sentence.key} and its translation “{form}” end differently: a | of some table was left behind."


# Compiling.


def compile_all() -> list[str]:
    """Compile what is older than its .po file. Cheap when there is nothing to do; safe in several processes at once.

    Returns:
        the languages compiled.
    """
    done = []
    for language in target_languages():
        if _is_stale(language):
            found, fuzzy = read_catalogue(language)
            _compile(language, {key: value for key, value in found.items() if key not in fuzzy})
            done.append(language)
    if _is_stale(source_language()):
        # It has no .po file of its own: every other one has all its sentences.
        _compile(
            source_language(),
            {
                sentence.key: _itself(sentence)
                for sentence in map(_sentence, _messages(_witness(), source_language()))
            },
        )
        done.append(source_language())
    return done


def _itself(sentence: Sentence) -> Translation:
    """A French sentence as the public reads it. On a terminal and at the desks it stays as it is typed."""
    forms = [form for form in (sentence.key.text, sentence.plural) if form]
    if not sentence.only_at_the_desks:
        forms = [typeset(form) for form in forms]
    return tuple(forms) if sentence.plural else forms[0]


def typeset(text: str) -> str:
    """French with the spaces that a keyboard lacks: no line begins with a sign that belongs to the word before."""
    text = re.sub(r" (?=[;?!]|%(?![(sdif]))", "\N{NARROW NO-BREAK SPACE}", text)
    return re.sub(r" (?=[:»])|(?<=«) ", "\N{NO-BREAK SPACE}", text)


def _witness() -> Path | None:
    return next((po_path(language) for language in target_languages() if po_path(language).exists()), None)


def _stamp(language: str) -> int | None:
    """When the newest of the files was written that a language is compiled from; None without its sentences."""
    sentences = _witness() if language == source_language() else po_path(language)
    if not sentences or not sentences.exists():
        return None
    files = [path for path in (sentences, borrowed_path(language)) if path.exists()]
    return max(path.stat().st_mtime_ns for path in files)


def _is_stale(language: str) -> bool:
    compiled, stamp = po_path(language).with_suffix(".mo"), _stamp(language)
    # Equal to the nanosecond, not merely newer: a checkout of older files is a change as well.
    return bool(stamp) and (not compiled.exists() or compiled.stat().st_mtime_ns != stamp)


def _compile(language: str, translations: dict[Key, Translation]) -> None:
    stamp = _stamp(language)
    borrowed = {sentence.key: words for sentence, words in read_borrowed(language).items()}
    catalogue = Catalog(locale=language, fuzzy=False)
    for key, value in (borrowed | translations).items():
        if _is_complete(value, has_plural=isinstance(value, tuple)):
            identity = (key.text, key.text) if isinstance(value, tuple) else key.text
            catalogue.add(identity, value, context=key.context)
    body = io.BytesIO()
    write_mo(body, catalogue)
    _write(po_path(language).with_suffix(".mo"), body.getvalue(), mtime_ns=stamp)


def _write(path: Path, content: bytes, mtime_ns: int | None = None) -> None:
    """Replace a file whole, so that another process never reads half of it."""
    if mtime_ns is None and path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    if mtime_ns is not None:
        os.utime(name, ns=(mtime_ns, mtime_ns))
    Path(name).replace(path)
