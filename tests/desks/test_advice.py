"""Hints on what Marie writes: beside the field, with a way to put it right, shown once, and never in the way of saving."""

import re

import pytest

from shops.desks.wording import ALT, NAME, hints_on
from shops.models import Change, Draft, Revision, Shop
from tests.desks.test_my_page import text
from tests.desks.test_sections import form_of, section, send

CAPITALS = "VENEZ DÉCOUVRIR NOTRE PAIN. Il est bon."
GERMAN = "Frisches Brot und Kuchen für die ganze Familie, täglich aus unserer Backstube."


def codes(found):
    return [hint.code for hint in found]


@pytest.mark.parametrize(
    ("said", "code", "repaired"),
    [
        (CAPITALS, "capitals", "Venez découvrir notre pain. Il est bon."),
        ("Chez nous : GRANDE BRADERIE DU SAMEDI !", "capitals", "Chez nous : grande braderie du samedi !"),
        ("P R O M O du samedi", "spaced", "PROMO du samedi"),
        ("Du pain 🥖🥐😋 et du café ☕!", "pictures", "Du pain et du café !"),
        ("🥖🥐", "pictures", ""),
        ("𝗕𝗼𝗻 𝗽𝗮𝗶𝗻", "fancy", "Bon pain"),
        ("Pour commander, cliquez ici.", "link-words", ""),
        ("Nos gâteaux : en savoir plus", "link-words", ""),
        ("Tout est sur www.um-eck.example", "address", ""),
        ("Écrivez à pain@um-eck.example", "address", ""),
        ("Appelez le 26 12 34 56 avant midi", "telephone", ""),
        ("Appelez le +352 621 123 456", "telephone", ""),
    ],
)
def test_what_is_hard_to_read_or_to_hear_is_said_with_a_way_to_mend_it(said, code, repaired):
    (hint,) = [hint for hint in hints_on(said, language="fr") if hint.code == code]
    assert hint.repaired.replace(" !", " !") == repaired.replace(" !", " !")
    assert hint.repaired or hint.section or code == "pictures"
    assert not [one for one in hints_on(hint.repaired, language="fr") if one.code == code], (
        "and is then right"
    )


@pytest.mark.parametrize(
    "said",
    [
        "Du pain au levain cuit sur place, et le café du matin.",
        "Ma grand-mère a ouvert la maison en 1962 ; nous sommes trois à y travailler.",
        "Produits BIO, certifiés LU-BIO-04, sans OGM ni CBD.",
        "De 1962 à 2024, 3 générations, 12 sortes de pain, dès 6 h 30.",
        "La maison « The Bread and Co. » vous attend.",
        "Un sourire ☺ et du pain.",
        "",
        "   ",
    ],
)
def test_good_words_are_left_in_peace(said):
    assert hints_on(said, language="fr") == []


@pytest.mark.parametrize(
    ("said", "own", "seems"),
    [
        (GERMAN, "fr", "de"),
        ("Fresh bread and cakes for the whole family, every day.", "fr", "en"),
        ("Frëscht Brout an eis Kuche fir déi ganz Famill, all Dag.", "fr", "lb"),
        ("Frëscht Brout vun eis fir iech, mat Léift gebak.", "de", "lb"),
        ("Du pain et des gâteaux pour toute la famille, tous les jours.", "de", "fr"),
    ],
)
def test_a_text_in_another_language_is_noticed(said, own, seems):
    (hint,) = [hint for hint in hints_on(said, language=own) if hint.code == "language"]
    assert hint.language == seems


@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_the_examples_of_the_house_raise_no_hint(language):
    from django.utils import translation

    from shops.desks.merchant.forms import ANY_EXAMPLE, EXAMPLES

    with translation.override(language):
        said = [str(example) for examples in [*EXAMPLES.values(), ANY_EXAMPLE] for example in examples]
    wrong = {example: codes(hints_on(example, language=language)) for example in said}
    assert not {example: found for example, found in wrong.items() if found}


@pytest.mark.parametrize(
    ("said", "code", "repaired"),
    [
        ("Photo de la devanture bleue, à l’angle de la rue", "says-photo", "Devanture bleue, à l’angle de la rue"),
        ("Bild von der Theke mit frischem Brot", "says-photo", "Der Theke mit frischem Brot"),
        ("Um Eck", "name-only", ""),
        ("Pain", "short", ""),
        ("Le comptoir et sa vitrine de gâteaux", "alike", ""),
    ],
)  # fmt: skip
def test_an_alternative_text_that_says_little(said, code, repaired):
    others = ["Le comptoir et sa vitrine de gâteaux"]
    (hint,) = [hint for hint in hints_on(said, kind=ALT, name="Um Eck", others=others) if hint.code == code]
    assert hint.repaired == repaired


def test_a_name_is_a_name():
    assert hints_on("Der Bäcker und das Café", kind=NAME, language="fr") == []
    assert codes(hints_on("BOULANGERIE DU COIN", kind=NAME)) == ["capitals"]


def test_a_text_as_long_as_it_may_be_takes_no_time():
    for one in ("A" * 3000, "A " * 1500, "1 " * 1500, "photo de " * 300, "🥖" * 3000, "a@" * 1500):
        hints_on(one, kind=ALT, language="fr")


# In a section


def test_a_hint_comes_once_before_the_save_and_never_twice(at_desk, marie):
    response = send(at_desk, marie, "presentation", summary=CAPITALS)
    assert response.status_code == 200
    said = text(response)
    assert "Une suggestion avant d’enregistrer" in said
    assert "« Venez découvrir notre pain. Il est bon. »" in said
    assert response.context["form"]["summary"].value() == CAPITALS, "nothing typed is lost"
    assert not Change.objects.exists()
    assert Draft.objects.exists(), "nor if the battery dies now"
    again = form_of(response) | {"advised": response.context["advised"]}
    assert at_desk.post(section(marie, "presentation"), again).status_code == 302
    assert Change.objects.get(field="summary").after == CAPITALS, "it is her text"


def test_the_hint_is_tied_to_its_field(at_desk, marie):
    said = send(at_desk, marie, "presentation", summary=CAPITALS).content.decode()
    field = re.search(r"<textarea[^>]*id=\"id_summary\"[^>]*>", said)[0]
    assert "id_summary_helptext id_summary_hints" in field
    assert 'id="id_summary_hints"' in said


def test_one_tap_puts_it_right_and_saves_nothing_yet(at_desk, marie):
    response = send(at_desk, marie, "presentation", summary=CAPITALS, specialty="La miche.")
    again = form_of(response) | {"advised": response.context["advised"], "repair": "summary:capitals"}
    response = at_desk.post(section(marie, "presentation"), again)
    form = response.context["form"]
    assert form["summary"].value() == "Venez découvrir notre pain. Il est bon."
    assert form["specialty"].value() == "La miche.", "the rest stays as it was typed"
    assert not Revision.objects.exists()
    assert at_desk.post(section(marie, "presentation"), form_of(response)).status_code == 302


def test_a_text_in_the_wrong_place_goes_to_the_right_one(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(summary="", i18n={})
    response = send(at_desk, marie, "presentation", summary=GERMAN)
    assert "Mettre ce texte sous « Deutsch »" in text(response)
    again = form_of(response) | {"advised": response.context["advised"], "repair": "summary:language"}
    form = at_desk.post(section(marie, "presentation"), again).context["form"]
    assert (form["summary"].value(), form["summary_de"].value()) == ("", GERMAN)


def test_no_text_is_written_over_by_one_that_moves(at_desk, marie):
    response = send(at_desk, marie, "presentation", summary=GERMAN, summary_de="Brot.")
    assert "Mettre ce texte" not in text(response)
    again = form_of(response) | {"repair": "summary:language"}
    form = at_desk.post(section(marie, "presentation"), again).context["form"]
    assert (form["summary"].value(), form["summary_de"].value()) == (GERMAN, "Brot.")


def test_what_an_import_brought_is_hinted_at_and_holds_up_no_other_save(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(summary=CAPITALS)
    page = at_desk.get(section(marie, "presentation"))
    assert "Suggestion" in text(page)
    sent = form_of(page) | {"advised": page.context["advised"], "specialty": "La miche du samedi."}
    assert at_desk.post(section(marie, "presentation"), sent).status_code == 302


@pytest.mark.parametrize(
    "key", ["", "summary", "summary:", "nothing:capitals", "seen:x", "summary:capitals:x", "\0"]
)
def test_a_repair_of_nothing_changes_nothing(at_desk, marie, key):
    response = send(at_desk, marie, "presentation", summary=CAPITALS, repair=key)
    assert response.status_code == 200
    assert response.context["form"]["summary"].value() == CAPITALS


def test_a_telephone_number_in_a_note_leads_where_it_can_be_rung(at_desk, marie):
    response = send(
        at_desk, marie, "services", services=["delivery"], **{"note-delivery": "Appelez le 26 12 34 56"}
    )
    assert section(marie, "coordonnees") in response.text
