"""Catalogues without GNU gettext: what is marked in the code is translated, whole and unbroken."""

import gettext
import json

import pytest

from vitrine import translations


@pytest.fixture
def project(tmp_path, settings, monkeypatch):
    """A tiny project: a view, a model, an admin and a template."""
    files = {
        "shops/views.py": """
            from django.utils.translation import gettext as _, ngettext, pgettext
            greeting = _("Bonjour %(name)s") % {"name": name}
            found = ngettext("%(count)d commerce", "%(count)d commerces", count) % {"count": count}
            month = pgettext("month", "mai")
        """,
        "shops/models/shop.py": 'from x import gettext_lazy as _\\nname = CharField(_("nom interne"))',
        "shops/admin.py": 'from x import gettext_lazy as _\\nlabel = _("état")',
        "templates/shop.html": """
            <p>{% translate "Ouvert" %} {% blocktranslate with h=hour trimmed %}
              Ferme à <b>{{ h }}</b>{% endblocktranslate %}</p>
            {% if a %}{{ _("Fermé") }}{% endif %}
        """,
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = content.strip("\n").replace("\\n", "\n").splitlines()
        path.write_text("\n".join(line.strip() if name.endswith(".py") else line for line in lines))
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    settings.LANGUAGES = [("fr", "Français"), ("de", "Deutsch"), ("lb", "Lëtzebuergesch")]
    monkeypatch.setattr(translations, "_sources", lambda: [tmp_path / name for name in files])
    return tmp_path


GERMAN = {
    "Bonjour %(name)s": "Hallo %(name)s",
    "%(count)d commerce": ["%(count)d Geschäft", "%(count)d Geschäfte"],
    "month\u0004mai": "Mai",
    "nom interne": "interner Name",
    "état": "Zustand",
    "Ouvert": "Geöffnet",
    "Ferme à <b>%(h)s</b>": "Schließt um <b>%(h)s</b>",
    "Fermé": "Geschlossen",
}
LUXEMBOURGISH = GERMAN | {"Ouvert": "Op", "Fermé": "Zou"}


def hand_in(project, german=GERMAN, luxembourgish=LUXEMBOURGISH):
    """Hand in translations as colleagues do, and bring the catalogues up to date."""
    handed_in = {
        key: {
            language: words[key]
            for language, words in (("de", german), ("lb", luxembourgish))
            if words.get(key)
        }
        for key in GERMAN | german
    }
    parts = project / "locale" / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    (parts / "all.json").write_text(json.dumps(handed_in))
    translations.update()
    (parts / "all.json").unlink()


def test_it_gathers_python_and_templates_with_plurals_and_contexts(project):
    found = {
        (str(sentence.key.context), sentence.key.text, sentence.plural) for sentence in translations.gather()
    }
    assert found == {
        ("None", "Bonjour %(name)s", None),
        ("None", "%(count)d commerce", "%(count)d commerces"),
        ("month", "mai", None),
        ("None", "nom interne", None),
        ("None", "état", None),
        ("None", "Ouvert", None),
        ("None", "Ferme à <b>%(h)s</b>", None),
        ("None", "Fermé", None),
    }


def test_a_whole_catalogue_has_no_faults_and_updating_again_changes_nothing(project):
    hand_in(project)
    assert translations.faults() == []
    before = translations.po_path("de").read_bytes()
    translations.update()
    assert translations.po_path("de").read_bytes() == before
    assert translations.compile_all() == []


def test_what_was_handed_in_is_in_the_catalogue_and_no_longer_needed(project):
    hand_in(project)
    text = translations.po_path("de").read_text()
    assert 'msgstr[1] "%(count)d Geschäfte"' in text
    assert 'msgctxt "month"' in text
    assert "#: templates/shop.html" in text


@pytest.mark.parametrize("language", ["de", "lb"])
def test_a_missing_translation_is_a_fault(project, language):
    without = {"de": {}, "lb": {}} | {language: {"Ouvert": ""}}
    hand_in(project, GERMAN | without["de"], LUXEMBOURGISH | without["lb"])
    assert translations.faults() == [f"{language}: “Ouvert” has no translation."]


def test_the_desks_speak_no_luxembourgish(project):
    """Sentences found only in an admin or a model may lack it; the same sentence on a public page may not."""
    hand_in(project, luxembourgish=LUXEMBOURGISH | {"état": "", "nom interne": ""})
    assert translations.faults() == []
    page = project / "templates" / "shop.html"
    page.write_text(page.read_text() + '{% translate "état" %}')
    translations.update()
    assert translations.faults() == ["lb: “état” has no translation."]


@pytest.mark.parametrize(
    ("key", "broken", "fault"),
    [
        ("Ouvert", "Geöffnet |", "end differently"),
        ("Bonjour %(name)s", "Hallo", "different placeholders"),
        ("Bonjour %(name)s", "Hallo %(nom)s", "different placeholders"),
        ("%(count)d commerce", ["ein Geschäft", "Geschäfte"], "different placeholders"),
        ("Ferme à <b>%(h)s</b>", "Schließt um %(h)s", "different tags"),
        ("Ouvert", "Geöffnet ", "different spaces"),
    ],
)
def test_a_broken_translation_is_a_fault(project, key, broken, fault):
    hand_in(project, GERMAN | {key: broken})
    assert [line for line in translations.faults() if line.startswith("de:") and fault in line]


def test_the_singular_may_be_said_without_its_number_when_the_plural_says_it(project):
    """ "One" may be a word in either language: « un commerce », "ein Geschäft"."""
    view = project / "shops" / "views.py"
    view.write_text(view.read_text().replace('"%(count)d commerce"', '"un commerce"'))
    hand_in(project, GERMAN | {"un commerce": ["%(count)d Geschäft", "%(count)d Geschäfte"]})
    assert [fault for fault in translations.faults() if fault.startswith("de:")] == []


def test_a_fuzzy_translation_is_a_fault_and_not_compiled(project):
    hand_in(project)
    path = translations.po_path("de")
    path.write_text(path.read_text().replace('msgid "Ouvert"', '#, fuzzy\nmsgid "Ouvert"'))
    assert "de: “Ouvert” is marked fuzzy." in translations.faults()
    translations.compile_all()
    assert compiled(project, "de").gettext("Ouvert") == "Ouvert"


def test_a_sentence_gone_from_the_code_makes_the_catalogue_out_of_date(project):
    hand_in(project)
    (project / "shops" / "admin.py").write_text("")
    assert len(translations.faults()) == 2
    assert all("not up to date" in fault for fault in translations.faults())
    translations.update()
    assert translations.faults() == []
    assert "Zustand" not in translations.po_path("de").read_text()


def test_two_plurals_of_one_sentence_are_a_fault(project):
    (project / "shops" / "admin.py").write_text('ngettext("%(count)d commerce", "%(count)d magasins", n)')
    assert translations.faults() == [
        "shops/admin.py: “%(count)d commerce” has another plural elsewhere: “%(count)d commerces”."
    ]


def test_a_broken_part_is_named(project):
    parts = project / "locale" / "parts"
    parts.mkdir(parents=True)
    (parts / "search.json").write_text("{")
    with pytest.raises(ValueError, match=r"search\.json is not JSON"):
        translations.update()


# Compiled.


def compiled(project, language):
    with (project / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_it_compiles_what_changed(project):
    hand_in(project)
    path = translations.po_path("de")
    path.write_text(path.read_text().replace("Geöffnet", "Offen"))
    assert translations.compile_all() == ["de", "fr"]
    assert compiled(project, "de").gettext("Ouvert") == "Offen"
    assert compiled(project, "de").pgettext("month", "mai") == "Mai"


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("fr", 0, "%(count)d commerce"),
        ("fr", 1, "%(count)d commerce"),
        ("fr", 2, "%(count)d commerces"),
        ("de", 0, "%(count)d Geschäfte"),
        ("de", 1, "%(count)d Geschäft"),
        ("de", 2, "%(count)d Geschäfte"),
    ],
)
def test_each_language_counts_its_own_way(project, language, count, words):
    """French says « 0 commerce »: nought is singular there."""
    hand_in(project)
    found = compiled(project, language).ngettext("%(count)d commerce", "%(count)d commerces", count)
    assert found == words


def test_french_keeps_its_signs_on_the_line_of_their_word():
    assert translations.typeset("« Ici » : %(a)s à %(b)d %, vraiment ? Oui ; non !") == (
        "«\u00a0Ici\u00a0»\u00a0: %(a)s à %(b)d\u202f%, vraiment\u202f? Oui\u202f; non\u202f!"
    )


def test_the_public_reads_such_french_and_a_terminal_does_not(project):
    (project / "shops" / "admin.py").write_text('from x import gettext as _\nhelp = _("Prêt ?")')
    (project / "templates" / "shop.html").write_text('{% translate "Ouvert ?" %}')
    translations.update()
    assert compiled(project, "fr").gettext("Ouvert ?") == "Ouvert\u202f?"
    assert compiled(project, "fr").gettext("Prêt ?") == "Prêt ?"


# What the framework says.


def borrow(language, text, translation):
    path = translations.borrowed_path(language)
    path.write_text(f'msgid ""\nmsgstr ""\n\n#, python-format\nmsgid "{text}"\nmsgstr "{translation}"\n')


def test_the_frameworks_sentences_have_our_words(project):
    hand_in(project)
    borrow("lb", "This field is required.", "Fëllt dëst Feld aus.")
    assert translations.compile_all() == ["lb"]
    assert compiled(project, "lb").gettext("This field is required.") == "Fëllt dëst Feld aus."
    assert compiled(project, "lb").gettext("Ouvert") == "Op"
    assert translations.faults() == []


def test_a_broken_borrowed_sentence_is_a_fault(project):
    hand_in(project)
    borrow("fr", "At most %(limit)d.", "Au plus.")
    assert [fault for fault in translations.faults() if "different placeholders" in fault]


# This project's own.


def test_french_plurals_hold_in_django_too(settings):
    from django.utils.translation import ngettext, override

    sentence = next(sentence for sentence in translations.gather() if sentence.plural)
    with override("fr"):
        assert ngettext(sentence.key.text, sentence.plural, 0) == sentence.key.text
        assert ngettext(sentence.key.text, sentence.plural, 2) == sentence.plural
