"""The till: Tom scans Nina's voucher, takes what she owes, and takes it back when he was wrong."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import balance, key, make_voucher, prepared
from vouchers import ledger, lifecycle, spending, till, treasury
from vouchers.desks.till import words
from vouchers.desks.till.views import COOKIE
from vouchers.models import Hold, Pairing, Till, Transaction

MINUTE = timedelta(minutes=1)
HOME, SALE = "/comptoir/caisse/", "/comptoir/caisse/vente/"


def make_till(shop, name="Comptoir", at=TUESDAY_10H, language="fr"):
    """A paired telephone, and the secret of its cookie."""
    owner = make_person(f"{key()}@boulangerie.example")
    return till.pair(till.offer(shop, name, by=owner, at=at), language, at=at)


@pytest.fixture
def counter(marie, signed):
    return make_till(marie)[0]


@pytest.fixture
def phone(marie, signed, clock):
    """Tom's telephone, as a browser that is paired."""
    return paired(marie)


def paired(shop, **how):
    client = Client()
    client.cookies[COOKIE] = make_till(shop, **how)[1]
    return client


def text(response):
    plain = re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", response.content.decode())
    return plain.replace('<span class="amount">', "").replace("</span>", "")


def scan(phone, voucher, **more):
    return phone.post(HOME, {"code": voucher.code(), **more})


def in_form(phone):
    """What the page of the sale has in its hidden fields."""
    form = phone.get(SALE).context["form"]
    return {name: form[name].value() for name in ("key", "held")}


def take(phone, amount, **more):
    return phone.post(SALE, {**in_form(phone), "amount": amount, "do": "take", **more})


class TestPairing:
    def test_a_code_serves_once_within_ten_minutes(self, marie, signed):
        owner = make_person("marie@boulangerie.example")
        code = till.offer(marie, "Comptoir", by=owner, at=TUESDAY_10H)
        made, secret = till.pair(code.lower(), "de", at=TUESDAY_10H + 10 * MINUTE - timedelta(seconds=1))
        assert (made.shop, made.language) == (marie, "de")
        assert till.of_secret(secret, at=TUESDAY_10H) == made
        with pytest.raises(till.NoSuchPairing):
            till.pair(code, "de", at=TUESDAY_10H)
        late = till.offer(marie, "Autre", by=owner, at=TUESDAY_10H)
        with pytest.raises(till.NoSuchPairing):
            till.pair(late, "de", at=TUESDAY_10H + 10 * MINUTE)

    def test_neither_its_code_nor_its_secret_is_kept(self, marie, signed):
        owner = make_person("marie@boulangerie.example")
        code = till.offer(marie, "Comptoir", by=owner, at=TUESDAY_10H)
        _made, secret = till.pair(code, "fr", at=TUESDAY_10H)
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(t::text, '') FROM vouchers_till t")
            assert secret not in cursor.fetchone()[0]
            cursor.execute("SELECT string_agg(p::text, '') FROM vouchers_pairing p")
            assert code not in cursor.fetchone()[0]

    def test_over_the_desk_the_owner_pairs_names_and_retires_it(self, marie, paul, signed, clock):
        owner, neighbour = make_person("marie@b.example"), make_person("paul@b.example")
        make_member(marie, owner)
        make_member(paul, neighbour)
        desk, stranger = Client(), Client()
        desk.force_login(owner)
        stranger.force_login(neighbour)
        page = f"/fr/comptoir/{marie.public_id}/caisses/"
        assert stranger.get(page).status_code == stranger.post(page, {"name": "x"}).status_code == 404
        desk.post(page, {"name": "Comptoir", "do": "offer"})
        shown = desk.get(page).context["offered"]["code"]
        assert desk.get(f"{page}qr.svg")["Content-Type"] == "image/svg+xml"
        assert stranger.get(f"{page}qr.svg").status_code == 404

        phone = Client()
        assert phone.post("/comptoir/caisse/associer/", {"code": "AAAAAAAA"}).status_code == 200
        answer = phone.post("/comptoir/caisse/associer/", {"code": f"{shown[:4]}-{shown[4:]}"})
        assert answer.url == HOME
        cookie = answer.cookies[COOKIE]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (HOME, True, "Lax")
        assert "Encaisser un bon" in text(phone.get(HOME))
        assert desk.get(page).context["offered"] is None
        assert desk.get(f"{page}qr.svg").status_code == 404

        made = Till.objects.get()
        one = f"{page}{made.pk}/"
        assert stranger.post(one, {"do": "revoke"}).status_code == 404
        desk.post(one, {"do": "rename", "name": "Terrasse"})
        assert "Terrasse" in text(phone.get(HOME))
        desk.post(one, {"do": "revoke"})
        assert "n’est pas une caisse" in text(phone.get(HOME))
        assert phone.post(HOME, {"code": "x"}).status_code == 403

    def test_her_own_telephone_is_paired_by_one_tap(self, marie, signed, clock):
        owner = make_person("marie@b.example")
        make_member(marie, owner)
        desk = Client()
        desk.force_login(owner)
        desk.post(f"/fr/comptoir/{marie.public_id}/caisses/", {"name": "Mon téléphone", "do": "here"})
        assert "Mon téléphone" in text(desk.get(HOME))

    def test_a_telephone_that_lay_in_a_drawer_for_three_months_is_no_till(self, marie, signed):
        _made, secret = make_till(marie)
        assert till.of_secret(secret, at=TUESDAY_10H + timedelta(days=90) - MINUTE)
        # It was seen then, and counts anew.
        assert till.of_secret(secret, at=TUESDAY_10H + timedelta(days=179))
        assert till.of_secret(secret, at=TUESDAY_10H + timedelta(days=270)) is None

    def test_wrong_codes_are_slowed_down(self, clock, db):
        phone = Client()
        answers = [
            phone.post("/comptoir/caisse/associer/", {"code": f"AAAAAA{n:02}"}).status_code for n in range(12)
        ]
        assert answers == [200] * 10 + [429] * 2


class TestASale:
    def test_two_taps_and_an_amount(self, phone, voucher, marie):
        assert scan(phone, voucher).url == SALE
        assert "50,00" in text(phone.get(SALE))
        receipt = take(phone, "32")
        assert "Encaissé 32,00" in text(phone.get(receipt.url))
        assert "il reste 18,00" in text(phone.get(receipt.url))
        assert balance(voucher.account) == 1800
        assert Transaction.objects.get(kind="redeemed").device == Till.objects.get().pk

    @pytest.mark.parametrize(
        ("typed", "cents"), [("32", 3200), ("32,5", 3250), ("32.50", 3250), ("0,01", 1), (" 12,00 € ", 1200)]
    )
    def test_amounts_as_people_type_them(self, phone, voucher, typed, cents):
        scan(phone, voucher)
        take(phone, typed)
        assert balance(voucher.account) == 5000 - cents

    @pytest.mark.parametrize(
        "typed", ["", "0", "0,00", "-5", "1,234", "12,", "zwölf", "1e3", "99999", "١٢", "3 2 0 0 0"]
    )
    def test_anything_else_is_no_amount_and_is_still_there(self, phone, voucher, typed):
        scan(phone, voucher)
        answer = take(phone, typed)
        assert answer.status_code == 200
        assert answer.context["form"].errors["amount"]
        assert answer.context["form"]["amount"].value() == typed
        assert balance(voucher.account) == 5000

    def test_all_of_it_by_one_tap(self, phone, voucher):
        scan(phone, voucher)
        page = phone.get(SALE)
        phone.post(SALE, {**in_form(phone), "do": "all", "all": "50.00", "amount": ""})
        assert 'name="all" value="50.00"' in text(page)
        assert balance(voucher.account) == 0

    def test_a_double_tap_takes_once_and_shows_the_same_receipt(self, phone, voucher):
        scan(phone, voucher)
        said = {**in_form(phone), "amount": "32", "do": "take"}
        first, second = phone.post(SALE, said), phone.post(SALE, said)
        assert first.url == second.url
        assert balance(voucher.account) == 1800

    def test_more_than_is_left_takes_nothing_and_says_how_much_there_is(self, phone, voucher):
        scan(phone, voucher)
        answer = take(phone, "60")
        assert "il ne reste que 50,00" in text(answer)
        assert 'value="60"' in text(answer)
        assert balance(voucher.account) == 5000

    def test_several_vouchers_in_one_sale_the_one_that_ends_first_goes_first(self, phone, network):
        later = make_voucher(network, 3000)
        sooner = make_voucher(network, 2000, issued_on=(TUESDAY_10H - timedelta(days=300)).date())
        for each in (later, sooner):
            scan(phone, each)
        receipt = take(phone, "45")
        assert (balance(sooner.account), balance(later.account)) == (0, 500)
        assert "Encaissé 45,00" in text(phone.get(receipt.url))
        assert Transaction.objects.filter(kind="redeemed").count() == 1

    def test_six_are_too_many(self, phone, network):
        for _ in range(5):
            assert scan(phone, make_voucher(network)).url == SALE
        assert "Cinq bons au plus" in text(scan(phone, make_voucher(network)))

    def test_dropped_it_is_free_for_another_till(self, phone, voucher, marie):
        scan(phone, voucher)
        other = paired(marie, name="Terrasse")
        assert "Une autre caisse a ce bon en main" in text(scan(other, voucher))
        phone.post(SALE, {"do": "drop"})
        assert scan(other, voucher).url == SALE
        assert phone.get(SALE).url == HOME

    def test_nobody_takes_what_another_has_in_hand_for_two_minutes(self, marie, signed, voucher):
        first, second = make_till(marie)[0], make_till(marie)[0]
        till.hold(first, voucher, at=TUESDAY_10H)
        with pytest.raises(till.Held):
            till.hold(second, voucher, at=TUESDAY_10H + 2 * MINUTE - timedelta(seconds=1))
        with pytest.raises(till.NothingHeld):
            till.take(second, [voucher.pk], 100, key=key(), at=TUESDAY_10H)
        # Over, and nobody came: it is still hers.
        till.take(first, [voucher.pk], 100, key=key(), at=TUESDAY_10H + 3 * MINUTE)
        till.hold(first, voucher, at=TUESDAY_10H)
        till.hold(second, voucher, at=TUESDAY_10H + 2 * MINUTE)
        with pytest.raises(till.NothingHeld):
            till.take(first, [voucher.pk], 100, key=key(), at=TUESDAY_10H + 3 * MINUTE)

    def test_the_shop_is_the_telephones_whatever_is_sent(self, phone, voucher, marie, paul):
        scan(phone, voucher)
        take(phone, "10", shop=paul.pk, shop_id=paul.pk, device=99)
        assert Transaction.objects.get(kind="redeemed").subject == f"shop:{marie.pk}"

    @pytest.mark.parametrize("held", ["", "x", "1,2;3", "1,,2", "9" * 19, "-1", "1 OR 1=1"])
    def test_a_page_that_was_tampered_with_takes_nothing(self, phone, voucher, held):
        scan(phone, voucher)
        answer = phone.post(SALE, {"key": key(), "held": held, "amount": "10", "do": "take"})
        assert answer.status_code == 200
        assert balance(voucher.account) == 5000


class TestRefusals:
    def say(self, phone, voucher):
        answer = scan(phone, voucher)
        assert answer.status_code == 200
        return text(answer)

    def test_frozen_void_expired_empty_and_reserved_each_have_a_sentence(self, phone, network, paul):
        frozen, void, empty = (make_voucher(network) for _ in range(3))
        lifecycle.freeze(frozen, reason="lost", key=key(), at=TUESDAY_10H)
        lifecycle.withdraw(void, key=key(), at=TUESDAY_10H)
        expired = make_voucher(network, issued_on=(TUESDAY_10H - timedelta(days=1200)).date())
        reserved = make_voucher(network, shop=paul)
        scan(phone, empty)
        take(phone, "50")
        sentences = {
            "est bloqué": frozen, "n’est plus valable": void, "est échu": expired, "plus rien sur ce bon": empty,
            "réservé à un autre commerce": reserved,
        }  # fmt: skip
        for sentence, voucher in sentences.items():
            assert sentence in self.say(phone, voucher)

    def test_without_an_agreement(self, voucher, paul, clock):
        assert "pas de convention" in self.say(paired(paul), voucher)

    def test_an_unknown_code_and_one_that_was_never_handed_over_are_alike(self, phone, network):
        from vouchers import codes

        (waiting,) = prepared(network)
        unknown = phone.post(HOME, {"code": codes.draw()})
        assert "Nous ne trouvons pas de bon" in text(unknown)
        assert "Nous ne trouvons pas de bon" in self.say(phone, waiting)

    def test_after_ten_unknown_codes_it_waits_and_counts_by_telephone(self, phone, voucher, marie):
        from vouchers import codes

        for _ in range(10):
            assert phone.post(HOME, {"code": codes.draw()}).status_code == 200
        assert scan(phone, voucher).status_code == 429
        assert scan(paired(marie), voucher).url == SALE

    def test_a_mistyped_code_is_no_guess_and_is_still_there(self, phone, voucher):
        wrong = voucher.code()[:-1] + ("0" if voucher.code()[-1] != "0" else "1")
        for _ in range(12):
            answer = phone.post(HOME, {"code": wrong})
            assert answer.status_code == 200
            assert "Il manque un caractère" in text(answer)

    def test_each_refusal_of_the_books_has_its_own_sentence(self, db, city):
        codes_ = {each.code for each in _all(ledger.Refused)} - {
            "refused",
            "overdrawn",
            "no_such_move",
            "not_decided",
        }
        refused = {till.Held: (TUESDAY_10H,), till.TooLittle: (100,)}
        said = {
            each.code: words.sentence(each(*refused.get(each, ())))
            for each in _all(ledger.Refused)
            if each.code in codes_
        }
        assert len(set(said.values())) == len(said)

    def test_what_froze_while_it_was_in_hand_is_not_taken(self, phone, voucher):
        scan(phone, voucher)
        lifecycle.freeze(voucher, reason="lost", key=key(), at=TUESDAY_10H)
        assert "est bloqué" in text(take(phone, "10"))
        assert balance(voucher.account) == 5000


def _all(cls):
    return {cls, *(found for each in cls.__subclasses__() for found in _all(each))}


class TestTakingBack:
    def test_for_a_quarter_of_an_hour(self, phone, voucher, marie):
        scan(phone, voucher)
        receipt = take(phone, "32").url
        assert "C’était une erreur ?" in text(phone.get(receipt))
        for _ in range(2):
            assert phone.post(receipt).url == receipt
        assert "Annulé 32,00" in text(phone.get(receipt))
        assert balance(voucher.account) == 5000

    def test_not_at_15_01(self, counter, voucher):
        till.hold(counter, voucher, at=TUESDAY_10H)
        sale = till.take(counter, [voucher.pk], 3200, key=key(), at=TUESDAY_10H).txn
        assert till.sale(counter.shop, sale.pk, at=TUESDAY_10H + 15 * MINUTE).may_undo
        late = TUESDAY_10H + 15 * MINUTE + timedelta(seconds=1)
        assert not till.sale(counter.shop, sale.pk, at=late).may_undo
        with pytest.raises(ledger.TooLate):
            till.undo(counter, sale, at=late)
        till.undo(counter, sale, at=TUESDAY_10H + 14 * MINUTE + timedelta(seconds=59))

    def test_not_once_it_was_paid_out(self, phone, voucher, network, marie):
        scan(phone, voucher)
        receipt = take(phone, "32").url
        treasury.release_payout(network.issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
        assert "déjà été viré" in text(phone.post(receipt))

    def test_of_another_shop_there_is_no_receipt(self, phone, voucher, paul):
        scan(phone, voucher)
        receipt = take(phone, "32").url
        stranger = paired(paul)
        assert stranger.get(receipt).status_code == stranger.post(receipt).status_code == 404
        assert balance(voucher.account) == 1800


class TestThePin:
    @pytest.fixture
    def locked(self, phone):
        till.set_pin(Till.objects.get(), "2468")
        return phone

    def test_it_is_typed_with_the_code_and_holds_for_a_quarter_of_an_hour(self, locked, voucher):
        assert scan(locked, voucher).context["form"].errors["pin"]
        assert "pas le bon code secret" in text(scan(locked, voucher, pin="1111"))
        assert locked.get(SALE).url == "/comptoir/caisse/secret/"
        assert scan(locked, voucher, pin="2468").url == SALE
        assert take(locked, "10").status_code == 302
        Till.objects.update(open_until=TUESDAY_10H)
        assert locked.get("/comptoir/caisse/journee/").url == "/comptoir/caisse/secret/"
        assert locked.post("/comptoir/caisse/secret/", {"pin": "2468"}).url == HOME

    def test_five_wrong_ones_lock_it(self, locked, voucher):
        for _ in range(5):
            assert "pas le bon" in text(scan(locked, voucher, pin="1111"))
        assert "Trop d’essais" in text(scan(locked, voucher, pin="2468"))
        assert Hold.objects.count() == 0

    @pytest.mark.parametrize("pin", ["1", "123", "1234567", "abcd", "12 4"])
    def test_it_is_four_to_six_digits(self, marie, signed, clock, pin):
        owner = make_person("marie@b.example")
        make_member(marie, owner)
        made = make_till(marie)[0]
        desk = Client()
        desk.force_login(owner)
        answer = desk.post(f"/fr/comptoir/{marie.public_id}/caisses/{made.pk}/", {"do": "pin", "pin": pin})
        assert answer.status_code == 200
        made.refresh_from_db()
        assert made.pin == ""


class TestTheDay:
    def test_it_lists_what_was_taken_and_what_was_undone_with_few_questions(
        self, phone, network, django_assert_num_queries
    ):
        for cents in ("10", "20", "5"):
            scan(phone, make_voucher(network))
            receipt = take(phone, cents).url
        phone.post(receipt)
        # The catalogue's version, the till, its shop, the city (its clock, three times); the count, the sales, their transfers, accounts and
        # vouchers; the day's total.
        with django_assert_num_queries(11):
            page = phone.get("/comptoir/caisse/journee/")
        assert page.context["total"] == 3000
        assert len(page.context["sales"]) == 3
        assert "annulé" in text(page)

    @pytest.mark.parametrize(
        "day", ["", "2026-11-23", "hier", "2026-13-45", "9999-12-31", "0001-01-01", "٢٠٢٦-01-01"]
    )
    def test_any_day_may_be_asked_for(self, phone, day):
        assert phone.get("/comptoir/caisse/journee/", {"jour": day, "page": "x"}).status_code == 200


class TestPaper:
    def said(self, voucher, when, **more):
        return {
            "code": voucher.code(),
            "amount": "10",
            "happened_at": f"{when:%Y-%m-%dT%H:%M}",
            "key": key(),
        } | more

    @pytest.fixture
    def voucher(self, network):
        return make_voucher(network, at=TUESDAY_10H - timedelta(days=3))

    def test_within_two_days_it_is_brought_in(self, phone, voucher):
        yesterday = TUESDAY_10H - timedelta(hours=30)
        receipt = phone.post("/comptoir/caisse/papier/", self.said(voucher, yesterday))
        assert "sur papier" in text(phone.get(receipt.url))
        assert balance(voucher.account) == 4000
        txn = Transaction.objects.get(kind="redeemed")
        assert (txn.reason, txn.created_at) == ("paper", TUESDAY_10H)

    def test_a_note_is_brought_in_once(self, phone, voucher):
        yesterday = TUESDAY_10H - timedelta(hours=30)
        receipt = phone.post("/comptoir/caisse/papier/", self.said(voucher, yesterday))
        answer = phone.post("/comptoir/caisse/papier/", self.said(voucher, yesterday))
        assert "Cette note est déjà saisie" in text(answer)
        assert balance(voucher.account) == 4000
        # The next minute, or another amount, is another sale; so is one that was taken back before.
        phone.post("/comptoir/caisse/papier/", self.said(voucher, yesterday + timedelta(minutes=1)))
        phone.post("/comptoir/caisse/papier/", self.said(voucher, yesterday, amount="5"))
        assert balance(voucher.account) == 2500
        phone.post(receipt.url, {"do": "undo"})
        phone.post("/comptoir/caisse/papier/", self.said(voucher, yesterday))
        assert balance(voucher.account) == 2500

    def test_not_before_there_was_the_voucher(self, phone, network):
        bought = make_voucher(network, at=TUESDAY_10H - timedelta(hours=2))
        answer = phone.post("/comptoir/caisse/papier/", self.said(bought, TUESDAY_10H - timedelta(hours=3)))
        assert "ce bon n’existait pas encore" in text(answer)
        assert balance(bought.account) == 5000

    @pytest.mark.parametrize("hours", [-1, 49])
    def test_neither_later_nor_before_it_happened(self, phone, voucher, hours):
        when = TUESDAY_10H - timedelta(hours=hours)
        answer = phone.post("/comptoir/caisse/papier/", self.said(voucher, when))
        assert answer.context["form"].errors["happened_at"]
        assert balance(voucher.account) == 5000

    def test_what_was_spent_meanwhile_is_told(self, phone, voucher):
        scan(phone, voucher)
        take(phone, "45")
        answer = phone.post("/comptoir/caisse/papier/", self.said(voucher, TUESDAY_10H))
        assert "il ne reste que 5,00" in text(answer)

    def test_there_is_a_sheet_to_print(self, phone):
        assert text(phone.get("/comptoir/caisse/papier/feuille/")).count("<td></td>") >= 30


def test_no_code_is_in_any_address_or_answer(phone, voucher):
    code = voucher.code()
    answer = scan(phone, voucher)
    pages = [
        answer.url,
        text(phone.get(SALE)),
        text(phone.get(take(phone, "10").url)),
        text(phone.get("/comptoir/caisse/journee/")),
    ]
    assert not any(code in page or code[:4] + "-" in page for page in pages)


def test_offers_and_holds_are_forgotten(counter, voucher, marie):
    till.hold(counter, voucher, at=TUESDAY_10H)
    till.offer(marie, "Autre", by=make_person("x@b.example"), at=TUESDAY_10H)
    assert till.forget(at=TUESDAY_10H + timedelta(hours=1)) == Pairing.objects.count() + 2
    assert till.forget(at=TUESDAY_10H + timedelta(days=2)) == 1
    assert Hold.objects.count() == 0


def test_many_tills_at_one_voucher_take_what_there_is_and_not_a_cent_more(own_books):
    """Sixteen telephones, each until it hears that nothing is left: ten euros each time of a hundred and five."""
    network, marie = own_books
    voucher = make_voucher(network, 10_500)
    counters = [make_till(marie)[0] for _ in range(16)]
    gate, taken, strange = threading.Barrier(16), [], []

    def sell(counter):
        gate.wait()
        try:
            while True:
                try:
                    till.hold(counter, voucher, at=TUESDAY_10H)
                    taken.append(till.take(counter, [voucher.pk], 1000, key=key(), at=TUESDAY_10H).txn.pk)
                except (till.Held, till.NothingHeld, ledger.Busy):
                    continue
                except (till.TooLittle, ledger.Empty):
                    till.let_go(counter)
                    return
        except Exception as error:  # told below
            strange.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sell, args=[counter]) for counter in counters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert strange == []
    assert len(taken) == len(set(taken)) == 10
    assert balance(voucher.account) == 500


def test_one_key_sent_by_many_at_once_takes_once(own_books):
    network, marie = own_books
    voucher = make_voucher(network, 5000)
    counter = make_till(marie)[0]
    till.hold(counter, voucher, at=TUESDAY_10H)
    gate, found = threading.Barrier(16), []

    def send():
        gate.wait()
        found.append(till.take(counter, [voucher.pk], 1000, key="the same", at=TUESDAY_10H).txn.pk)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert balance(voucher.account) == 4000


def test_the_spending_door_is_the_same(counter, voucher):
    """What a till takes is what `spending.redeem` takes: owed to the shop that has paired it."""
    till.hold(counter, voucher, at=TUESDAY_10H)
    till.take(counter, [voucher.pk], 1000, key=key(), at=TUESDAY_10H)
    assert balance(spending.payable(voucher.network.issuer, counter.shop)) == 1000
