"""The City's desk: Claire looks at claims, calls, writes letters, decides. Aude reads; for others it is not there."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import CityRole
from shops.claiming import proposals
from shops.models import Change, Claim, Event, LetterBatch, Membership, Shop
from tests.claiming.conftest import EMAIL, PHONE, begin, mails, send
from tests.claiming.test_merchant_pages import PROPOSE, SHOP, html
from tests.door import enter
from tests.papers import close, text_of
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop

DESK = "/gestion/prises-en-main/"
Method = Claim.Method


@pytest.fixture
def desk(client, claire):
    return enter(client, claire)


def at(name, *args):
    return reverse(f"city:{name}", args=args)


@pytest.fixture
def proposed(muller, city):
    """A shop that Marie proposed."""
    enter(Client(), muller).post(PROPOSE, SHOP)
    return Shop.objects.get(name=SHOP["name"])


# Who may

READING = ["claims", "calls", "letters", "proposed"]


def test_the_auditor_reads_and_changes_nothing(client, claim, proposed, claire):
    aude = make_person("aude@ville.example", city_roles=[CityRole.AUDITOR])
    claim.ask_for(Method.PHONE, at=TUESDAY_10H)
    enter(client, aude)
    pages = [at(name) for name in READING] + [at("claim", claim.pk), at("proposal", proposed.public_id)]
    for address in pages:
        assert '<form method="post"' not in re.sub(
            r"<header.*?</header>", "", html(client.get(address)), flags=re.S
        )
    before = (list(Claim.objects.values()), list(Shop.objects.values()), Event.objects.count())
    said = {"why": "x", "why_not": "x", "claim": claim.pk, "confirmed": "1"}
    for address in [
        at("claim_grant", claim.pk), at("claim_refuse", claim.pk), at("call", claim.pk), at("print_letters"),
        at("proposal_publish", proposed.public_id), at("proposal_send_back", proposed.public_id),
    ]:  # fmt: skip
        assert client.post(address, said).status_code == 404
    assert (list(Claim.objects.values()), list(Shop.objects.values()), Event.objects.count()) == before


@pytest.mark.parametrize("role", [CityRole.FINANCE, None])
def test_for_others_it_is_not_there(client, claim, role):
    enter(client, make_person("x@ville.example", city_roles=[role] if role else []))
    for address in [*map(at, READING), at("claim", claim.pk)]:
        assert client.get(address).status_code == 404
    for name in ("claim_grant", "claim_refuse", "call"):
        assert client.post(at(name, claim.pk), {"why": "x", "why_not": "x"}).status_code == 404
    claim.refresh_from_db()
    assert claim.state == "open"


def test_who_is_not_signed_in_meets_the_door(client, claim):
    assert "/compte/connexion/" in client.get(DESK).headers["Location"]


# The list


def test_the_list_says_who_waits_and_how_long(desk, claim, clock):
    clock(TUESDAY_10H + timedelta(days=3))
    text = html(desk.get(DESK))
    assert claim.shop.name in text
    assert "depuis 3 jours" in text
    assert "en cours" in text


def test_the_list_is_sifted_and_goes_on(desk, claim, muller, monkeypatch):
    from shops.desks.city import claims as pages

    monkeypatch.setattr(pages, "A_PAGE", 2)
    others = [begin(make_shop(f"Commerce {number}"), muller) for number in range(2)]
    others[1].ask_for(Method.LETTER, at=TUESDAY_10H)
    text = html(desk.get(DESK))
    assert f"apres={others[0].pk}" in text
    assert "Commerce 1" not in text
    assert "Commerce 1" in html(desk.get(f"{DESK}?apres={others[0].pk}"))
    assert claim.shop.name not in html(desk.get(f"{DESK}?preuve=letter"))
    assert "Aucune demande ici" in html(desk.get(f"{DESK}?etat=granted"))


@pytest.mark.parametrize(
    "query", ["etat=%00", "preuve=x", "apres=abc", "apres=99999999999999999999999", "etat=a&etat=b"]
)
def test_hostile_questions_are_answered(desk, claim, query):
    assert desk.get(f"{DESK}?{query}").status_code == 200


def test_the_list_costs_the_same_however_many(desk, claim, muller, django_assert_num_queries):
    desk.get(DESK)
    # The catalogue's row, session, person, her second factor, her rights (twice), claims, calls and
    # letters, proposals.
    with django_assert_num_queries(9):
        desk.get(DESK)
    for number in range(12):
        begin(make_shop(f"Commerce {number}"), muller)
    with django_assert_num_queries(9):
        desk.get(DESK)


# One claim


def test_an_agent_finds_all_that_is_needed(desk, marie, claim, stranger, paul, muller):
    make_member(paul, muller)
    Claim.objects.filter(pk=claim.pk).update(
        register_number="B123456", message="Depuis 1998.", role="gérante"
    )
    begin(marie, stranger, role="employé")
    send(claim)
    text = html(desk.get(at("claim", claim.pk)))
    for words in (
        "Marie Muller", "gérante", "marie@courrier.example", "B123456", "Depuis 1998.", paul.name, EMAIL, PHONE,
        "Albert", "employé", "à trancher", "code en cours", "claim:started",
    ):  # fmt: skip
        assert words in text


def test_a_contact_that_a_merchant_wrote_is_marked(desk, marie, claim, muller):
    from tests.claiming.test_claims import write

    make_member(marie, muller)
    write(marie, muller, email="mine@courrier.example")
    assert "écrit par un commerçant : ne prouve rien" in html(desk.get(at("claim", claim.pk)))


def test_claire_hands_the_page_over_by_her_word(desk, claim, muller, claire):
    response = desk.post(at("claim_grant", claim.pk), {"why": "Vue au comptoir, bail à son nom."})
    assert response.headers["Location"] == at("claim", claim.pk)
    assert Membership.objects.get().user == muller
    text = html(desk.get(at("claim", claim.pk)))
    assert "Décidé par Claire" in text
    assert "Vue au comptoir, bail à son nom." in text


@pytest.mark.parametrize(("name", "field"), [("claim_grant", "why"), ("claim_refuse", "why_not")])
@pytest.mark.parametrize("typed", ["", "   ", "\x00", "x" * 1500])
def test_without_a_reason_nothing_is_decided(desk, claim, name, field, typed):
    text = html(desk.post(at(name, claim.pk), {field: typed}))
    assert "À corriger" in text
    claim.refresh_from_db()
    assert claim.state == "open"


def test_the_second_agent_is_told(desk, claim, claire):
    claim.refuse(by=claire, at=TUESDAY_10H, why="Personne ne la connaît.")
    text = html(desk.post(at("claim_grant", claim.pk), {"why": "Si."}, follow=True))
    assert "Cette demande n’est plus à décider" in text
    assert "Personne ne la connaît." in text
    assert not Membership.objects.exists()


def test_nobody_decides_on_their_own(desk, marie, claire):
    own = begin(marie, claire)
    text = html(desk.post(at("claim_grant", own.pk), {"why": "C’est moi."}, follow=True))
    assert "c’est un collègue qui décide" in text
    assert not Membership.objects.exists()


def test_instead_is_asked_only_where_somebody_keeps_the_page(desk, marie, claim, stranger):
    assert 'name="instead"' not in html(desk.get(at("claim", claim.pk)))
    make_member(marie, stranger)
    assert 'name="instead"' in html(desk.get(at("claim", claim.pk)))
    desk.post(at("claim_grant", claim.pk), {"why": "Fonds vendu.", "instead": "on"})
    assert [member.user for member in Membership.objects.all()] == [claim.user]


def test_one_claim_costs_so_many_queries(desk, claim, stranger, marie, django_assert_num_queries):
    desk.get(at("claim", claim.pk))
    # The catalogue's row, session, person, her second factor, her rights (twice), the claim; the shop's people, what
    # merchants wrote of its contacts, the person's other shops, other claims, events.
    with django_assert_num_queries(12):
        desk.get(at("claim", claim.pk))
    for number in range(5):
        begin(marie, make_person(f"x{number}@courrier.example"))
    with django_assert_num_queries(12):
        desk.get(at("claim", claim.pk))


# Calls


def test_calls_are_listed_by_street_and_a_call_shows_its_code_once(desk, claim, muller):
    other = begin(make_shop("Atelier", street="Rue de Strasbourg", phone="+35226123499"), muller)
    for one in (claim, other):
        one.ask_for(Method.PHONE, at=TUESDAY_10H)
    text = html(desk.get(at("calls")))
    assert text.index("Avenue de la Gare</h2>") < text.index("Rue de Strasbourg</h2>")
    shown = html(desk.post(at("call", claim.pk)))
    (code,) = re.findall(r'<p class="code"[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4})</p>', shown)
    assert code not in html(desk.get(at("calls"))) + html(desk.get(at("claim", claim.pk)))
    claim.refresh_from_db()
    assert claim.check_code(code, at=TUESDAY_10H) == "granted"
    assert desk.post(at("call", claim.pk)).status_code == 302


def test_a_call_is_not_made_by_get(desk, claim):
    claim.ask_for(Method.PHONE, at=TUESDAY_10H)
    assert desk.get(at("call", claim.pk)).status_code == 405
    claim.refresh_from_db()
    assert claim.code_hash == ""


def test_nobody_to_call_says_so(desk):
    assert "Personne n’attend d’appel." in html(desk.get(at("calls")))


# Letters


def test_letters_are_chosen_counted_and_printed(desk, claim, muller, marie):
    other = begin(make_shop("Atelier", street="Rue de Strasbourg"), muller)
    for one in (claim, other):
        one.ask_for(Method.LETTER, at=TUESDAY_10H)
    assert html(desk.get(at("letters"))).count(" checked") == 2
    text = html(desk.post(at("print_letters"), {"claim": [claim.pk, other.pk]}))
    assert "Imprimer 2 lettres ?" in text
    assert not LetterBatch.objects.exists()
    response = desk.post(at("print_letters"), {"claim": [claim.pk], "confirmed": "1"})
    pdf = response.content
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store, private"
    assert b"pdfuaid" in pdf
    said = text_of(pdf)
    (code,) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", close(said))
    claim.refresh_from_db()
    assert claim.check_code(code, at=TUESDAY_10H + timedelta(days=29)) == "granted"
    assert marie.name in said
    assert "Atelier" not in said
    assert EMAIL not in said
    other.refresh_from_db()
    assert other.code_hash == ""


def test_a_letter_speaks_the_claimants_language_and_one_page_each(desk, city):
    claims = []
    for number, language in enumerate(["fr", "de", "lb", "en"]):
        shop, person = make_shop(f"Atelier {number}"), make_person(f"x{number}@courrier.example")
        claims.append(Claim.start(shop, person, at=TUESDAY_10H, language=language, name="X"))
        claims[-1].ask_for(Method.LETTER, at=TUESDAY_10H)
    response = desk.post(at("print_letters"), {"claim": [one.pk for one in claims], "confirmed": "1"})
    pages = text_of(response.content).split("\f")
    assert len(pages) == 4
    codes = [code for page in pages for code in re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", close(page))]
    assert len(set(codes)) == 4
    for language in ("fr", "de", "lb", "en"):
        assert f"/Lang({language})".encode() in response.content


def test_what_is_printed_already_is_said_and_not_chosen(desk, claim, claire):
    claim.ask_for(Method.LETTER, at=TUESDAY_10H)
    LetterBatch.make([claim.pk], by=claire, at=TUESDAY_10H)
    text = html(desk.get(at("letters")))
    assert "déjà imprimée le" in text
    assert " checked" not in text
    assert "1 lettre est déjà partie" in html(desk.post(at("print_letters"), {"claim": claim.pk}))


@pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["9" * 30], ["1\x00"]])
def test_no_letter_chosen_is_said(desk, claim, chosen):
    text = html(desk.post(at("print_letters"), {"claim": chosen, "confirmed": "1"}))
    assert "Choisissez au moins une lettre." in text
    assert not LetterBatch.objects.exists()


def test_names_are_words_on_paper_never_markup(desk, muller):
    shop = make_shop('#panic() $x$ <b> "Atelier" \\ `raw`', slug="markup")
    claim = begin(shop, muller)
    claim.ask_for(Method.LETTER, at=TUESDAY_10H)
    response = desk.post(at("print_letters"), {"claim": claim.pk, "confirmed": "1"})
    assert "#panic()" in text_of(response.content)


# New shops


def test_a_proposed_shop_is_published_and_handed_over(desk, proposed, muller):
    assert SHOP["name"] in html(desk.get(at("proposed")))
    assert "Rien de semblable." in html(desk.get(at("proposal", proposed.public_id)))
    desk.post(at("proposal_publish", proposed.public_id), {"why": "Vue sur place.", "hand_over": "on"})
    proposed.refresh_from_db()
    assert (proposed.status, proposed.claimed_at) == ("published", TUESDAY_10H)
    assert Membership.objects.get().user == muller
    assert desk.get(proposed.get_absolute_url()).status_code == 200
    assert desk.get(at("proposal", proposed.public_id)).status_code == 404


def test_a_proposed_shop_is_published_and_still_to_be_proved(desk, proposed):
    desk.post(at("proposal_publish", proposed.public_id), {"why": "Vue sur place."})
    proposed.refresh_from_db()
    assert (proposed.status, proposed.claimed_at) == ("published", None)
    assert mails()[-1]["link"].endswith(f"/comptoir/prises-en-main/{Claim.objects.get().pk}/")


def test_a_proposed_shop_is_sent_back_with_a_reason(desk, proposed):
    text = html(desk.post(at("proposal_send_back", proposed.public_id), {"why_not": ""}))
    assert "À corriger" in text
    desk.post(at("proposal_send_back", proposed.public_id), {"why_not": "Quel numéro ?"})
    proposed.refresh_from_db()
    assert proposed.status == "draft"
    assert "Quel numéro ?" in " ".join(mails()[-1]["paragraphs"])


def test_a_proposal_that_is_none_is_refused_for_a_reason_and_its_proposer_reads_it(desk, proposed, muller):
    muller.language = "de"
    muller.save()
    Claim.objects.update(language="de")
    refuse = at("proposal_refuse", proposed.public_id)
    for said, field in (
        ({}, "reason"),
        ({"reason": "other", "words": " "}, "words"),
        ({"reason": "x"}, "reason"),
    ):
        assert field in desk.post(refuse, said).context["form"].errors
    proposed.refresh_from_db()
    assert proposed.status == "submitted"
    desk.post(refuse, {"reason": "advertising", "words": "Kein Geschäft."})
    proposed.refresh_from_db()
    claim = Claim.objects.get()
    assert (proposed.status, claim.state) == ("refused", "refused")
    letter = mails()[-1]
    assert (letter["to"], letter["language"]) == (muller.email, "de")
    assert "Kein Geschäft." in " ".join(letter["paragraphs"])
    assert Event.objects.filter(shop=proposed, kind="status:refused", why="Kein Geschäft.").exists()
    assert desk.get(at("proposal", proposed.public_id)).status_code == 404
    assert desk.post(refuse, {"reason": "wrong"}).status_code == 404
    assert proposed.name not in html(desk.get(at("proposed")))
    mine = html(enter(Client(), muller).get(f"/fr/comptoir/prises-en-main/{claim.pk}/"))
    assert "La Ville ne publie pas votre proposition." in mine


def test_what_was_typed_in_a_refused_proposal_goes_after_a_year(desk, proposed, claire):
    typed = (proposed.name, proposed.slug)
    proposals.refuse(proposed, by=claire, at=TUESDAY_10H, reason="advertising")
    assert proposals.forget_refused(at=TUESDAY_10H + timedelta(days=364)) == 0
    assert proposals.forget_refused(at=TUESDAY_10H + timedelta(days=366)) == 1
    assert proposals.forget_refused(at=TUESDAY_10H + timedelta(days=367)) == 0
    proposed.refresh_from_db()
    assert proposed.name == proposed.slug == proposed.public_id
    assert (proposed.street, proposed.phone, proposed.email, proposed.links.count()) == ("", "", "", 0)
    assert not proposed.claims.exists()
    assert not Change.objects.filter(after__isnull=False).exists()
    assert not Shop.objects.filter(name=typed[0]).exists() | Shop.objects.filter(slug=typed[1]).exists()


def test_nobody_decides_on_a_shop_that_she_proposed_herself(desk, city):
    desk.post(PROPOSE, SHOP)
    own = Shop.objects.get(name=SHOP["name"])
    page = html(desk.get(at("proposal", own.public_id)))
    assert "Vous l’avez proposé vous-même" in page
    assert "Publier la page" not in page
    for verb, said in (
        ("publish", {"why": "Vue."}), ("send_back", {"why_not": "x"}), ("refuse", {"reason": "wrong"}),
    ):  # fmt: skip
        desk.post(at(f"proposal_{verb}", own.public_id), said)
    own.refresh_from_db()
    assert own.status == "submitted"


def test_what_waits_for_the_city_has_a_clock(desk, clock, claire, claim, proposed):
    """Since Tuesday at 10: promised for Thursday at 10."""
    claim.ask_for(Method.PHONE, at=TUESDAY_10H)
    for address in (DESK, at("claim", claim.pk), at("proposed"), at("proposal", proposed.public_id)):
        assert "promis pour jeudi 26 novembre" in html(desk.get(address))
    clock(TUESDAY_10H + timedelta(days=3))
    desk = enter(Client(), claire)  # the first session is over by then
    for address in (DESK, at("claim", claim.pk), at("proposed"), at("proposal", proposed.public_id)):
        assert "Hors délai" in html(desk.get(address))
    tile = html(desk.get("/gestion/"))
    assert "2 hors délai" in tile
    assert "dont 1 commerce proposé, 1 appel" in tile


def test_what_waits_for_the_claimant_has_none(desk, claim):
    claim.send_code(at=TUESDAY_10H)
    assert "promis pour" not in html(desk.get(DESK))


def test_look_alikes_stand_beside(desk, proposed, marie):
    Shop.objects.filter(pk=proposed.pk).update(phone=marie.phone)
    text = html(desk.get(at("proposal", proposed.public_id)))
    assert marie.name in text
    assert "même téléphone" in text


def test_a_proposed_page_is_seen_by_nobody_else(client, proposed):
    for address in (proposed.get_absolute_url(), f"/fr/commerces/{proposed.slug}/revendiquer/"):
        assert client.get(address).status_code == 404
    assert proposed.name not in html(client.get("/fr/commerces/?q=suelen")).partition("<main")[2].replace(
        "suelen", ""
    )
