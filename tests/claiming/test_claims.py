"""Who says that a shop is theirs proves it: with a code sent where only the shop reads, or by the City's word."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from shops.claiming import codes, proofs
from shops.editing import facts, revisions
from shops.models import Catalogue, Claim, Event, LetterBatch, Membership, MerchantRole, Trader
from shops.models import claim as limits
from shops.models.claim import Answer
from shops.vocabulary import ConfirmedBy
from tests.claiming.conftest import EMAIL, PHONE, begin, mails, send
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop

LATER = TUESDAY_10H + timedelta(minutes=10)
TOMORROW = LATER + timedelta(days=1, minutes=1)
State, Method = Claim.State, Claim.Method


def kinds(shop):
    return list(Event.objects.filter(shop=shop).order_by("pk").values_list("kind", flat=True))


def owners(shop):
    return set(Membership.objects.owners().filter(shop=shop).values_list("user__email", flat=True))


def write(shop, user, **values):
    """What a merchant saves on a page."""
    shop.refresh_from_db()
    return revisions.propose(
        shop,
        values,
        base=facts.read(facts.with_today(shop, TUESDAY_10H, _city()), values),
        base_version=0,
        by=user,
        side=ConfirmedBy.MERCHANT,
        at=TUESDAY_10H,
    )


def _city():
    from districts.models import City

    return City.objects.get()


# By mail


def test_a_code_sent_to_the_address_on_record_makes_marie_the_owner(marie, muller, claim):
    version = Catalogue.objects.get().version
    code = send(claim)
    assert mails()[-1]["to"] == EMAIL
    assert claim.check_code(code, at=LATER) == Answer.GRANTED
    assert owners(marie) == {muller.email}
    marie.refresh_from_db()
    assert marie.claimed_at == LATER
    assert Catalogue.objects.get().version == version + 1
    assert (claim.state, claim.method, claim.proved_at, claim.code_hash) == ("granted", "email", LATER, "")
    assert kinds(marie) == [
        "claim:started", "claim:code_sent", "claim:proved", "member:joined", "claim:granted",
    ]  # fmt: skip
    assert mails()[-1]["to"] == muller.email
    assert mails()[-1]["link"].endswith(f"/fr/comptoir/{marie.public_id}/")


def test_the_code_itself_is_kept_nowhere(marie, claim):
    code = send(claim)
    row = str(Claim.objects.values().get()) + str(list(Event.objects.values()))
    assert code not in row
    assert code.replace("-", "") not in row


@pytest.mark.parametrize(
    "typing",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f" {' '.join(code)} ",
        lambda code: code.replace("-", "–"),
    ],
)
def test_a_code_is_typed_as_people_type(claim, typing):
    assert claim.check_code(typing(send(claim)), at=LATER) == Answer.GRANTED


def test_letters_that_look_like_figures_are_those_figures():
    assert codes.read("oOlI-il10") == "00111110"
    assert codes.read("ABCDEFGU") == codes.read("ABCD") == codes.read("") == codes.read("\x00" * 8) == ""


def test_a_right_code_typed_twice_does_no_more_than_once(marie, claim):
    code = send(claim)
    for _click in range(2):
        assert claim.check_code(code, at=LATER) == Answer.GRANTED
    assert Membership.objects.count() == 1
    assert kinds(marie).count("claim:granted") == 1


def test_a_code_is_worth_an_hour(claim):
    code = send(claim)
    assert claim.check_code(code, at=TUESDAY_10H + timedelta(hours=1)) == Answer.WRONG
    assert not Membership.objects.exists()


def test_a_new_code_ends_the_one_before(claim):
    old, new = send(claim), send(claim)
    assert claim.check_code(old, at=LATER) == Answer.WRONG
    assert claim.check_code(new, at=LATER) == Answer.GRANTED


def test_five_tries_then_another_code_is_needed(marie, claim):
    code = send(claim)
    wrong = "0000-0000" if code != "0000-0000" else "1111-1111"
    for _try in range(limits.MOST_TRIES):
        assert claim.check_code(wrong, at=LATER) == Answer.WRONG
    assert claim.check_code(code, at=LATER) == Answer.WRONG
    assert kinds(marie)[-1] == "claim:code_spent"
    assert claim.check_code(send(claim), at=LATER) == Answer.GRANTED


def test_a_thousand_guesses_find_nothing(marie, claim, monkeypatch):
    """Five of them at most are even compared; the others meet a code that is spent."""
    code = send(claim)
    compared = []
    real = codes.matches
    monkeypatch.setattr(codes, "matches", lambda *parts: compared.append(parts[1]) or real(*parts))
    guesses = (guess for number in range(1001) if (guess := f"{number:08d}") != code.replace("-", ""))
    answers = {claim.check_code(guess, at=LATER) for guess, _one in zip(guesses, range(1000), strict=False)}
    assert answers == {Answer.WRONG}
    assert len(compared) == limits.MOST_TRIES
    assert not Membership.objects.exists()


def test_a_code_is_good_for_its_claim_only(marie, claim, stranger):
    code = send(claim)
    assert begin(marie, stranger).check_code(code, at=LATER) == Answer.WRONG


def test_so_many_codes_a_day_for_a_shop(marie, claim):
    for _code in range(limits.CODES_A_SHOP):
        send(claim)
    sent = len(mails())
    with pytest.raises(Claim.TooMany):
        claim.send_code(at=LATER)
    assert len(mails()) == sent
    claim.send_code(at=TUESDAY_10H + timedelta(days=1, minutes=1))


def test_so_many_codes_a_day_for_a_person(city, muller):
    shops = [make_shop(email=f"shop{number}@commerce.example") for number in range(3)]
    claims = [begin(shop, muller) for shop in shops]
    for claim in [claims[0]] * 5 + [claims[1]] * 5:
        send(claim)
    with pytest.raises(Claim.TooMany):
        claims[2].send_code(at=LATER)


def test_so_many_claims_a_day(marie, muller, monkeypatch):
    monkeypatch.setattr(limits, "STARTS_A_SHOP", 2)
    for number in range(2):
        begin(marie, make_person(f"person{number}@courrier.example"))
    with pytest.raises(Claim.TooMany):
        begin(marie, muller)


def test_so_many_calls_letters_and_visits_a_day_for_a_person(city, muller):
    """Each costs the City an hour or a stamp: somebody who claims shop after shop gets three in a day."""
    shops = [
        make_shop(email=f"shop{number}@commerce.example", phone=f"+3526210000{number}") for number in range(5)
    ]
    asked = 0
    for shop in shops:
        claim = begin(shop, muller)
        for method in ("letter", "phone", "word", "letter"):
            try:
                claim.ask_for(method, at=LATER)
                asked += 1
            except Claim.TooMany:
                pass
    assert asked == limits.ASKS_A_PERSON == 3
    assert Event.objects.filter(kind="claim:asked_for").count() == asked
    begin(shops[4], muller, at=TOMORROW).ask_for("letter", at=TOMORROW)


def test_so_many_for_a_shop_whoever_asks(marie):
    """Ten accounts after one bakery: it is rung at three times, not thirty."""
    asked = 0
    for number in range(limits.STARTS_A_SHOP):
        claim = begin(marie, make_person(f"person{number}@courrier.example"))
        try:
            claim.ask_for("phone", at=LATER)
            asked += 1
        except Claim.TooMany:
            pass
    assert asked == limits.ASKS_A_SHOP == 3


def test_one_claim_does_not_change_its_mind_for_ever(claim):
    """Day after day a letter, then a call, then a letter: four in all. What was asked for last still holds."""
    for day, method in enumerate(["letter", "phone", "letter", "phone"]):
        claim.ask_for(method, at=LATER + timedelta(days=2 * day))
    with pytest.raises(Claim.TooMany):
        claim.ask_for("letter", at=LATER + timedelta(days=10))
    claim.refresh_from_db()
    assert claim.method == "phone"
    claim.ask_for("phone", at=LATER + timedelta(days=10))


# Where a code may go


def test_contacts_of_the_city_and_of_an_import_count(marie):
    assert proofs.offered(marie) == {
        "email": EMAIL, "phone": PHONE, "letter": f"{marie.house_number}, Avenue de la Gare", "word": "",
    }  # fmt: skip


def test_a_contact_that_a_merchant_wrote_proves_nothing(marie, muller):
    make_member(marie, muller)
    write(marie, muller, email="mine@courrier.example", phone="+352621000000")
    marie.refresh_from_db()
    assert marie.email == "mine@courrier.example"
    assert set(proofs.offered(marie)) == {"letter", "word"}


def test_the_city_setting_another_one_makes_it_count_again(marie, muller, claire):
    make_member(marie, muller)
    write(marie, muller, email="mine@courrier.example")
    marie.refresh_from_db()
    marie.email = EMAIL
    marie.save()
    assert proofs.offered(marie)["email"] == EMAIL


def test_a_code_sent_to_a_contact_that_has_changed_since_is_worth_nothing(marie, claim):
    code = send(claim)
    marie.email = "other@boulangerie.example"
    marie.save()
    assert claim.check_code(code, at=LATER) == Answer.WRONG


def test_a_page_without_contacts_leaves_the_citys_word(city, muller):
    market = make_shop(street="", house_number="")
    assert proofs.offered(market) == {"word": ""}
    with pytest.raises(Claim.NotAllowed):
        begin(market, muller).send_code(at=LATER)
    assert not mails()


@pytest.mark.parametrize(
    ("method", "contact", "shown"),
    [("email", EMAIL, "u…@…example"), ("phone", PHONE, "…56"), ("letter", "12, Rue de Strasbourg", "")],
)
def test_a_contact_is_shown_masked(method, contact, shown):
    assert proofs.masked(method, contact) == shown


# By telephone and by letter


def test_a_code_read_to_the_telephone_on_record(marie, claim, claire):
    claim.ask_for(Method.PHONE, at=TUESDAY_10H)
    assert Claim.objects.wanting_calls().get() == claim
    code = claim.open_call(by=claire, at=TUESDAY_10H)
    assert claim.sent_to == PHONE
    assert claim.check_code(code, at=TUESDAY_10H + timedelta(hours=23)) == Answer.GRANTED
    assert owners(marie)


def test_nobody_is_called_who_did_not_ask(claim, claire):
    with pytest.raises(Claim.NotAllowed):
        claim.open_call(by=claire, at=LATER)
    assert claim.code_hash == ""


def test_a_code_on_paper_lives_thirty_days(marie, claim, claire):
    claim.ask_for(Method.LETTER, at=TUESDAY_10H)
    batch, ((lettered, code),) = LetterBatch.make([claim.pk], by=claire, at=TUESDAY_10H)
    assert (lettered, lettered.batch, lettered.sent_to) == (
        claim,
        batch,
        f"{marie.house_number}, Avenue de la Gare",
    )
    assert claim.check_code(code, at=TUESDAY_10H + timedelta(days=29)) == Answer.GRANTED


def test_printing_again_makes_other_codes(claim, claire):
    claim.ask_for(Method.LETTER, at=TUESDAY_10H)
    ((_claim, old),) = LetterBatch.make([claim.pk], by=claire, at=TUESDAY_10H)[1]
    ((_claim, new),) = LetterBatch.make([claim.pk], by=claire, at=LATER)[1]
    assert claim.check_code(old, at=LATER) == Answer.WRONG
    assert claim.check_code(new, at=LATER) == Answer.GRANTED


def test_a_letter_is_made_for_whoever_waits_for_one_only(claim, claire):
    assert LetterBatch.make([claim.pk, 0], by=claire, at=TUESDAY_10H)[1] == []
    assert claim.code_hash == ""


def test_asking_for_another_proof_ends_the_code_under_way(claim):
    code = send(claim)
    claim.ask_for(Method.LETTER, at=LATER)
    assert claim.check_code(code, at=LATER) == Answer.WRONG


# The City's word


def test_the_citys_word_with_a_reason(marie, muller, claim, claire):
    claim.ask_for(Method.WORD, at=TUESDAY_10H)
    claim.grant(by=claire, at=LATER, why="Vue au comptoir, carte d’identité et bail.")
    assert owners(marie) == {muller.email}
    granted = Event.objects.get(kind="claim:granted")
    assert (granted.by, granted.why) == (claire, "Vue au comptoir, carte d’identité et bail.")
    assert claim.method == Method.WORD


def test_the_city_says_why(marie, claim, claire):
    for verb in (claim.grant, claim.refuse):
        with pytest.raises(Claim.NotAllowed):
            verb(by=claire, at=LATER, why="  ")
    claim.refresh_from_db()
    assert (claim.state, owners(marie)) == ("open", set())
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.update(state="granted", decided_at=LATER)


def test_a_refusal_is_told_with_its_reason(marie, muller, claim, claire):
    claim.refuse(by=claire, at=LATER, why="Personne ne vous connaît au commerce.")
    assert mails()[-1]["to"] == muller.email
    assert "Personne ne vous connaît au commerce." in " ".join(mails()[-1]["paragraphs"])
    assert kinds(marie)[-1] == "claim:refused"
    with pytest.raises(Claim.NotAllowed):
        claim.grant(by=claire, at=LATER, why="Si.")
    with pytest.raises(Claim.NotAllowed):
        claim.check_code("0000-0000", at=LATER)


def test_nobody_decides_on_a_claim_of_their_own(marie, claire):
    own = begin(marie, claire)
    with pytest.raises(Claim.NotAllowed):
        own.grant(by=claire, at=LATER, why="C’est moi.")


def test_a_claim_is_taken_back(marie, muller, claim):
    code = send(claim)
    claim.withdraw(at=LATER)
    assert kinds(marie)[-1] == "claim:withdrawn"
    with pytest.raises(Claim.NotAllowed):
        claim.check_code(code, at=LATER)
    assert begin(marie, muller, at=LATER).pk != claim.pk


# Rivals


def test_claiming_twice_is_claiming_once(marie, muller, claim):
    assert begin(marie, muller) == claim
    assert kinds(marie) == ["claim:started"]


def test_an_owner_has_nothing_to_claim(marie, muller):
    make_member(marie, muller)
    with pytest.raises(Claim.NotAllowed):
        begin(marie, muller)


def test_a_page_that_somebody_keeps_goes_to_the_city_whatever_the_code(marie, muller, stranger):
    make_member(marie, muller)
    claim = begin(marie, stranger)
    assert claim.state == State.CONTESTED
    # Its owner hears of it at once.
    assert [letter["to"] for letter in mails()] == [muller.email]
    assert claim.check_code(send(claim), at=LATER) == Answer.CONTESTED
    assert (owners(marie), claim.proved_at) == ({muller.email}, LATER)


def test_of_two_claims_the_second_goes_to_the_city(marie, muller, claim, stranger):
    rival = begin(marie, stranger)
    assert (claim.state, rival.state) == (State.OPEN, State.CONTESTED)
    assert rival.check_code(send(rival), at=LATER) == Answer.CONTESTED
    assert not owners(marie)
    assert claim.check_code(send(claim), at=LATER) == Answer.GRANTED
    assert owners(marie) == {muller.email}


def test_who_is_alone_again_needs_the_city_no_more(marie, claim, stranger):
    rival = begin(marie, stranger)
    claim.withdraw(at=LATER)
    assert rival.check_code(send(rival), at=LATER) == Answer.GRANTED


def test_the_city_decides_between_two(marie, muller, claim, stranger, claire):
    rival = begin(marie, stranger)
    rival.grant(by=claire, at=LATER, why="Bail et extrait du registre au nom d’Albert.")
    claim.refresh_from_db()
    assert (owners(marie), claim.state) == ({stranger.email}, State.REFUSED)
    assert {letter["to"] for letter in mails()} == {stranger.email, muller.email}


def test_who_keeps_a_page_no_more_reads_it_once(marie, muller, stranger, claire):
    make_member(marie, muller)
    begin(marie, stranger).grant(by=claire, at=LATER, why="Fonds de commerce vendu.", instead=True)
    told = [mail["subject"] for mail in mails() if mail["to"] == muller.email]
    assert told == ["Quelqu’un d’autre demande votre page", "Vous ne tenez plus cette page"]


def test_the_city_hands_a_page_to_somebody_else_beside_or_instead(marie, muller, stranger, claire):
    tom = make_person("tom@courrier.example")
    make_member(marie, muller)
    make_member(marie, tom, MerchantRole.TILL)
    begin(marie, stranger).grant(by=claire, at=LATER, why="Associé depuis mars.")
    assert owners(marie) == {muller.email, stranger.email}
    anna = make_person("anna@courrier.example")
    begin(marie, anna).grant(by=claire, at=LATER, why="Fonds de commerce vendu.", instead=True)
    assert list(Membership.objects.values_list("user", flat=True)) == [anna.pk]
    assert {muller.email, stranger.email, tom.email} <= {letter["to"] for letter in mails()}


def test_an_editor_becomes_the_owner(marie, muller, claire):
    make_member(marie, muller, MerchantRole.EDITOR)
    begin(marie, muller).grant(by=claire, at=LATER, why="Elle a repris le commerce.")
    assert Membership.objects.get().role == MerchantRole.OWNER


def test_who_traded_here_before_is_not_who_trades_here_now(marie, claim):
    Trader.objects.create(
        shop=marie, legal_name="Ancien", address="Là", email="a@b.example", certified_at=TUESDAY_10H
    )
    claim.check_code(send(claim), at=LATER)
    assert not Trader.objects.exists()


# What is kept, and how long


def test_claims_that_nobody_went_on_with_are_forgotten(marie, muller, claim, stranger, claire):
    contested = begin(marie, stranger)
    waiting = begin(marie, make_person("anna@courrier.example"))
    Claim.objects.filter(pk=waiting.pk).update(state=State.OPEN)
    waiting.ask_for(Method.LETTER, at=TUESDAY_10H)
    LetterBatch.make([waiting.pk], by=claire, at=TUESDAY_10H + timedelta(days=80))
    assert Claim.objects.forget_old(at=TUESDAY_10H + timedelta(days=89)) == 0
    assert Claim.objects.forget_old(at=TUESDAY_10H + timedelta(days=90)) == 1
    assert set(Claim.objects.all()) == {contested, waiting}
    assert kinds(marie)[-1] == "claim:forgotten"


def test_a_decided_claim_is_forgotten_after_a_year_and_its_event_stays(marie, claim, claire):
    claim.refuse(by=claire, at=TUESDAY_10H, why="Non.")
    assert Claim.objects.forget_old(at=TUESDAY_10H + timedelta(days=364)) == 0
    assert Claim.objects.forget_old(at=TUESDAY_10H + timedelta(days=365)) == 1
    assert kinds(marie)[-1] == "claim:refused"
    with pytest.raises(Claim.NotAllowed):
        claim.withdraw(at=LATER)


def test_an_address_that_merchants_write_while_a_page_is_hidden_waits_and_no_letter_goes_there(
    marie, muller, claire
):
    make_member(marie, muller)
    known = marie.street
    marie.suspend(by=claire, at=TUESDAY_10H, why="essai")
    write(marie, muller, street="Rue de chez moi", house_number="1")
    marie.refresh_from_db()
    marie.publish(by=claire, at=TUESDAY_10H)
    assert known in proofs.offered(marie)["letter"]
