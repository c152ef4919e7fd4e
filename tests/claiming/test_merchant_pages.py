"""From “is this your shop?” to the page in hand, as Marie goes through it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from shops.models import Change, Claim, Event, LetterBatch, Membership, Shop, Trader
from tests.claiming.conftest import EMAIL, PHONE, begin, mails, send
from tests.door import enter
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop


@pytest.fixture
def page(marie):
    return f"/fr/commerces/{marie.slug}/revendiquer/"


@pytest.fixture
def hers(client, muller):
    """Marie, signed in."""
    return enter(client, muller)


def html(response):
    assert response.status_code == 200
    return (
        response.content.decode().replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    )


def test_a_shops_page_asks_whose_it_is(client, marie, page):
    assert f'action="{page}"' in html(client.get(marie.get_absolute_url()))


def test_nobody_signed_in_reads_how_it_goes_and_comes_back_by_next(client, page):
    text = html(client.get(page))
    for door in ("/fr/compte/creer/", "/fr/compte/connexion/"):
        assert f'href="{door}?next={page}"' in text
    assert "<form" not in text.partition("<main")[2]
    assert not client.cookies


def test_nobody_signed_in_begins_nothing(client, page):
    assert client.post(page, {"name": "Marie"}).status_code == 200
    assert not Claim.objects.exists()


@pytest.mark.parametrize("door", ["connexion", "creer"])
def test_the_door_hands_next_on(client, page, door):
    """Also where she has first to choose the other door, or asks for a code."""
    text = html(client.get(f"/fr/compte/{door}/?next={page}"))
    assert f'name="next" value="{page}"' in text
    assert f"?next={page.replace('/', '%2F')}" in text or f"?next={page}" in text


def test_who_signs_up_comes_back_to_claim(client, page):
    client.post("/fr/compte/creer/", {"email": "neu@courrier.example", "password1": "", "next": page})
    code = mails()[-1]["code"]
    response = client.post("/fr/compte/adresse/confirmer/", {"code": code})
    assert response.headers["Location"] == page


def test_marie_says_who_she_is_then_proves_it(hers, marie, muller, page):
    response = hers.post(
        page,
        {
            "name": "Marie Muller",
            "role": "gérante",
            "register_number": "b 123.456",
            "phone": "",
            "message": "",
        },
    )
    claim = Claim.objects.get()
    assert response.headers["Location"] == reverse("merchant:claim", args=[claim.pk])
    assert (claim.shop, claim.user, claim.register_number, claim.language) == (marie, muller, "B123456", "fr")
    response = hers.post(reverse("merchant:claim_proof", args=[claim.pk]), {"method": "email"})
    assert response.status_code == 302
    response = hers.post(
        reverse("merchant:claim_code", args=[claim.pk]), {"code": mails()[-1]["code"].lower()}
    )
    assert response.headers["Location"] == reverse("merchant:claim", args=[claim.pk])
    assert "La page est à vous." in html(hers.get(response.headers["Location"]))
    assert hers.get(reverse("merchant:shop", args=[marie.public_id])).status_code == 200


def test_a_double_click_is_one_claim(hers, page):
    for _click in range(2):
        assert hers.post(page, {"name": "Marie"}).status_code == 302
    assert Claim.objects.count() == Event.objects.count() == 1


def test_a_form_carries_only_what_it_shows(hers, page, paul, muller):
    hers.post(
        page,
        {
            "name": "Marie", "state": "granted", "shop": paul.pk, "user": "1", "method": "word",
            "proved_at": "2026-01-01", "why": "x", "decided_at": "2026-01-01", "code_hash": "x",
        },
    )  # fmt: skip
    claim = Claim.objects.get()
    assert (claim.state, claim.user, claim.method, claim.proved_at) == ("open", muller, "", None)
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"name": ""},
        {"register_number": "123456"},
        {"name": "\x00"},
        {"message": "x" * 3000},
        {"phone": "1" * 99},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(hers, page, typed):
    response = hers.post(page, {"name": "Marie M.", "role": "gérante", **typed})
    text = html(response)
    assert "À corriger" in text
    assert "gérante" in text
    assert not Claim.objects.exists()


def test_an_owner_is_led_to_her_page(hers, marie, muller, page):
    make_member(marie, muller)
    response = hers.post(page, {"name": "Marie"})
    assert response.headers["Location"] == reverse("merchant:shop", args=[marie.public_id])


def test_a_page_that_is_not_listed_cannot_be_claimed(hers):
    shop = make_shop(status=Shop.Status.SUSPENDED, slug="ailleurs")
    assert hers.get(f"/fr/commerces/{shop.slug}/revendiquer/").status_code == 404


# One claim


def test_the_claim_of_somebody_else_is_not_there(client, claim, stranger):
    enter(client, stranger)
    for name in ("claim", "claim_proof", "claim_code", "claim_withdraw", "propose_again"):
        address = reverse(f"merchant:{name}", args=[claim.pk])
        assert client.post(address, {"method": "email", "code": "0"}).status_code in (404, 405)
        assert client.get(address).status_code in (404, 405)
    assert str(claim.pk) not in html(client.get(reverse("merchant:claims"))).partition("<main")[2]
    claim.refresh_from_db()
    assert claim.state == "open"


def test_who_is_not_signed_in_meets_the_door(client, claim):
    for name in ("claim", "claim_proof", "claim_code", "claim_withdraw"):
        response = client.post(reverse(f"merchant:{name}", args=[claim.pk]))
        if name != "claim":
            assert response.headers["Location"].startswith("/fr/compte/connexion/")


def test_a_mail_scanner_that_follows_every_link_changes_nothing(hers, claim):
    """The mail with the code has no link at all; and nothing here happens by GET."""
    send(claim)
    assert mails()[-1]["link"] == ""
    before = (list(Claim.objects.values()), Event.objects.count(), len(mails()))
    for name in ("claim", "claim_proof", "claim_code", "claim_withdraw"):
        for method in ("get", "head", "options"):
            getattr(hers, method)(reverse(f"merchant:{name}", args=[claim.pk]))
    assert (list(Claim.objects.values()), Event.objects.count(), len(mails())) == before


def test_a_wrong_code_is_told_and_betrays_no_contact(hers, claim):
    send(claim)
    address = reverse("merchant:claim_code", args=[claim.pk])
    wrong = html(hers.post(address, {"code": "0000-0000"}))
    assert "n’est pas le bon, ou il ne vaut plus" in wrong
    assert 'value="0000-0000"' in wrong


def test_wrong_and_expired_are_told_alike(hers, claim, clock):
    code = send(claim)
    address = reverse("merchant:claim_code", args=[claim.pk])
    wrong = re.findall(r"<p>(Ce code[^<]+)", html(hers.post(address, {"code": "0000-0000"})))
    clock(TUESDAY_10H + timedelta(hours=2))
    expired = re.findall(r"<p>(Ce code[^<]+)", html(hers.post(address, {"code": code})))
    assert wrong == expired
    assert wrong


@pytest.mark.parametrize("typed", ["", "\x00", "x" * 500, "😀" * 8, "AAAA-AAA%00"])
def test_hostile_codes_are_answered_with_the_page(hers, claim, typed):
    send(claim)
    response = hers.post(reverse("merchant:claim_code", args=[claim.pk]), {"code": typed})
    assert response.status_code == 200


def test_the_contacts_on_record_never_show_whole(hers, marie, claim, claire, page):
    """Canary: whoever claims a page does not learn from it how the shop is reached."""
    address = reverse("merchant:claim", args=[claim.pk])
    seen = [html(hers.get(page)), html(hers.get(address))]
    send(claim)
    seen.append(html(hers.get(address)))
    for method in ("phone", "letter", "word"):
        hers.post(reverse("merchant:claim_proof", args=[claim.pk]), {"method": method})
        seen.append(html(hers.get(address)))
        if method == "phone":
            claim.open_call(by=claire, at=TUESDAY_10H)
        if method == "letter":
            LetterBatch.make([claim.pk], by=claire, at=TUESDAY_10H)
        seen.append(html(hers.get(address)))
    seen.append(html(hers.post(reverse("merchant:claim_code", args=[claim.pk]), {"code": "0000-0000"})))
    seen.append(html(hers.get(reverse("merchant:claims"))))
    for text in seen:
        for secret in (EMAIL, f"{EMAIL.partition('@')[0]}@", PHONE, PHONE[4:-2], marie.street):
            assert secret not in text
    assert "u…@…example" in seen[1]
    assert 'finit par <span translate="no">…56</span>' in seen[1]


def test_another_proof_is_chosen(hers, claim):
    address = reverse("merchant:claim_proof", args=[claim.pk])
    for method in ("letter", "phone", "word"):
        assert hers.post(address, {"method": method}).status_code == 302
        claim.refresh_from_db()
        assert claim.method == method
    for method in ("magie", "", "\x00"):
        assert "Cette preuve n’est pas possible" in html(hers.post(address, {"method": method}))


def test_too_many_codes_are_refused_kindly(hers, claim):
    address = reverse("merchant:claim_proof", args=[claim.pk])
    for _code in range(5):
        assert hers.post(address, {"method": "email"}).status_code == 302
    assert "Assez de codes pour aujourd’hui" in html(hers.post(address, {"method": "email"}))


def test_a_claim_is_withdrawn_and_a_second_click_is_harmless(hers, claim):
    address = reverse("merchant:claim_withdraw", args=[claim.pk])
    assert hers.post(address).status_code == hers.post(address).status_code == 302
    claim.refresh_from_db()
    assert claim.state == "withdrawn"
    assert "Vous avez retiré cette demande." in html(hers.get(reverse("merchant:claim", args=[claim.pk])))


def test_a_refusal_is_read_with_its_reason(hers, claim, claire):
    claim.refuse(by=claire, at=TUESDAY_10H, why="Le bail est à un autre nom.")
    assert "Le bail est à un autre nom." in html(hers.get(reverse("merchant:claim", args=[claim.pk])))


def test_no_claim_yet_says_where_to_look(hers):
    text = html(hers.get(reverse("merchant:claims")))
    assert 'href="/fr/commerces/"' in text
    assert 'href="/fr/comptoir/commerce-manquant/"' in text


def test_my_claims_cost_the_same_however_many(hers, muller, django_assert_num_queries):
    hers.get(reverse("merchant:claims"))
    # The catalogue's row, session, person, claims with shops and districts.
    for number in range(8):
        begin(make_shop(f"Commerce {number}"), muller)
        if number in (0, 7):
            with django_assert_num_queries(4):
                hers.get(reverse("merchant:claims"))


def test_one_claim_costs_so_many_queries(hers, claim, django_assert_num_queries):
    address = reverse("merchant:claim", args=[claim.pk])
    hers.get(address)
    # The catalogue's row, session, person, the claim, what merchants wrote of its contacts.
    with django_assert_num_queries(5):
        hers.get(address)


# A shop that is not listed

SHOP = {
    "name": "Cordonnerie Nei Suelen", "category": "toys", "street": "Rue de Strasbourg", "house_number": "12",
    "postcode": "2561", "place_note": "", "district": "gare", "phone": "26 45 67 89", "email": "suelen@nei.example",
    "website": "nei-suelen.example", "your_name": "Marie Muller", "your_role": "", "register_number": "",
}  # fmt: skip
PROPOSE = "/fr/comptoir/commerce-manquant/"


def test_a_merchant_proposes_her_shop(hers, muller):
    response = hers.post(PROPOSE, SHOP)
    claim = Claim.objects.select_related("shop").get()
    assert response.headers["Location"] == reverse("merchant:claim", args=[claim.pk])
    shop = claim.shop
    assert (shop.status, shop.name, shop.phone, shop.email) == (
        "submitted", "Cordonnerie Nei Suelen", "+35226456789", "suelen@nei.example",
    )  # fmt: skip
    assert list(shop.links.values_list("kind", "url")) == [("website", "https://nei-suelen.example")]
    assert set(Change.objects.values_list("revision__side", flat=True)) == {"merchant"}
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "shop:proposed", "status:submitted", "claim:started", "facts:live",
    ]  # fmt: skip
    assert not muller.memberships.exists()
    assert "La Ville regarde votre proposition" in html(hers.get(response.headers["Location"]))


def test_what_she_wrote_of_her_own_shop_proves_nothing(hers, claire):
    """Neither before the City has looked nor after: else anybody could make a page and prove it to themselves."""
    from shops.claiming import proofs, proposals

    hers.post(PROPOSE, SHOP)
    shop = Shop.objects.get(name=SHOP["name"])
    assert set(proofs.offered(shop)) == {"word"}
    proposals.publish(shop, by=claire, at=TUESDAY_10H, why="Vue.")
    shop.refresh_from_db()
    assert set(proofs.offered(shop)) == {"letter", "word"}


def test_look_alikes_are_shown_first(hers, marie):
    typed = SHOP | {"name": "Boulangerie am Eck"}
    text = html(hers.post(PROPOSE, typed))
    assert f'href="/fr/commerces/{marie.slug}/revendiquer/"' in text
    assert 'name="seen"' in text
    assert not Claim.objects.exists()
    assert hers.post(PROPOSE, typed | {"seen": "1"}).status_code == 302


def test_the_same_shop_twice_is_one_page(hers):
    for _click in range(2):
        assert hers.post(PROPOSE, SHOP | {"seen": "1"}).status_code == 302
    assert Shop.objects.filter(status="submitted").count() == 1


def test_so_many_proposals_a_day(hers):
    for number in range(5):
        assert hers.post(PROPOSE, SHOP | {"name": f"Atelier {number}", "seen": "1"}).status_code == 302
    text = html(hers.post(PROPOSE, SHOP | {"name": "Atelier 9", "seen": "1"}))
    assert "Trop de demandes aujourd’hui" in text
    assert Shop.objects.filter(status="submitted").count() == 5


@pytest.mark.parametrize(
    "typed",
    [
        {"name": ""}, {"name": "\u202eLa"}, {"category": "nothing"}, {"district": "nowhere"}, {"street": "", "place_note": ""},
        {"phone": "12"}, {"email": "nobody"}, {"website": "javascript:alert(1)"}, {"register_number": "Z"},
        {"name": "\x00"}, {"name": "x" * 200},
    ],
)  # fmt: skip
def test_a_wrong_proposal_comes_back_as_it_was(hers, typed):
    text = html(hers.post(PROPOSE, SHOP | typed))
    assert "À corriger" in text
    assert "Marie Muller" in text
    assert not Shop.objects.filter(status="submitted").exists()


def test_what_the_city_sent_back_is_put_right(hers, claire):
    from shops.claiming import proposals

    hers.post(PROPOSE, SHOP)
    claim = Claim.objects.get()
    proposals.send_back(claim.shop, by=claire, at=TUESDAY_10H, why="Quel numéro ?")
    assert mails()[-1]["to"] == "marie@courrier.example"
    assert "Quel numéro ?" in html(hers.get(reverse("merchant:claim", args=[claim.pk])))
    address = reverse("merchant:propose_again", args=[claim.pk])
    text = html(hers.get(address))
    assert 'value="Cordonnerie Nei Suelen"' in text
    assert 'value="https://nei-suelen.example"' in text
    hers.post(address, SHOP | {"house_number": "14"})
    shop = Shop.objects.get(name=SHOP["name"])
    assert (shop.status, shop.house_number) == ("submitted", "14")
    assert hers.get(address).status_code == 404


# Who trades here

TRADER = {
    "legal_name": "Um Eck s.à r.l.", "address": "1, avenue de la Gare, 1611 Luxembourg", "email": "bureau@um-eck.example",
    "phone": "", "register_number": "B 123456", "vat_number": "LU 150 274 42", "licence_number": "10012345/0",
    "certified": "on",
}  # fmt: skip


def test_the_particulars_are_shown_on_the_page(hers, marie, muller):
    make_member(marie, muller)
    address = reverse("merchant:trader", args=[marie.public_id])
    assert hers.post(address, TRADER).headers["Location"] == address
    trader = Trader.objects.get()
    assert (trader.register_number, trader.vat_number) == ("B123456", "LU15027442")
    assert (trader.certified_by, trader.certified_at) == (muller, TUESDAY_10H)
    text = html(hers.get(marie.get_absolute_url()))
    for words in ("Mentions légales", "Um Eck s.à r.l.", "B123456", "LU15027442", "10012345/0"):
        assert words in text
    event = Event.objects.get(kind="trader:certified")
    assert "legal_name" in event.after["changed"]
    assert "bureau@um-eck.example" not in str(event.after)


def test_a_page_that_nobody_keeps_shows_no_trader(client, marie):
    Trader.objects.create(
        shop=marie,
        legal_name="Ancien exploitant",
        address="Là",
        email="a@b.example",
        certified_at=TUESDAY_10H,
    )
    assert "Ancien exploitant" not in html(client.get(marie.get_absolute_url()))


@pytest.mark.parametrize(
    "typed",
    [
        {"certified": ""}, {"legal_name": ""}, {"email": "x"}, {"vat_number": "LU12345678"}, {"vat_number": "FR1"},
        {"register_number": "123"}, {"phone": "12"}, {"address": "\u202e"}, {"legal_name": "\x00"},
    ],
)  # fmt: skip
def test_wrong_particulars_come_back(hers, marie, muller, typed):
    make_member(marie, muller)
    text = html(hers.post(reverse("merchant:trader", args=[marie.public_id]), TRADER | typed))
    assert "À corriger" in text
    assert not Trader.objects.exists()


def test_only_owners_say_who_trades(client, marie, muller, paul_himself):
    tom = make_person("tom@courrier.example")
    make_member(marie, muller)
    make_member(marie, tom, "editor")
    address = reverse("merchant:trader", args=[marie.public_id])
    for stranger in (tom, paul_himself):
        enter(client, stranger)
        assert client.get(address).status_code == client.post(address, TRADER).status_code == 404
    client.logout()
    assert client.get(address).headers["Location"].startswith("/fr/compte/connexion/")
