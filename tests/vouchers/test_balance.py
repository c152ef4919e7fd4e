"""Nina asks what is left on her voucher. She needs no account: whoever has the whole code is its holder."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, key, make_voucher, prepared
from vouchers import codes, holders, lifecycle, spending
from vouchers.models import Transaction, Voucher

ADDRESS = "/fr/bon/"


@pytest.fixture
def nina(client, city):
    return client


def ask(client, code, **more):
    response = client.post(ADDRESS, {"code": code, **more})
    return response.status_code, text_of(response)


def text_of(response):
    main = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\xa0", " ").replace("\u202f", " ").split())


def test_she_sees_what_is_left_and_until_when(nina, voucher, signed, marie):
    spending.redeem([(voucher, 3200)], marie, key=key(), at=TUESDAY_10H)
    status, text = ask(nina, codes.spaced(voucher.code()).lower())
    assert status == 200
    assert "18,00 €" in text
    assert "Valable jusqu’au 24 novembre 2029 compris." in text
    assert "réseau Ville" in text


@pytest.mark.parametrize(("language", "amount"), [("de", "50,00 €"), ("lb", "50,00 €"), ("en", "€50.00")])
def test_money_is_written_as_her_language_does(nina, voucher, language, amount):
    response = nina.post(f"/{language}/bon/", {"code": voucher.code()})
    assert amount in text_of(response)


def test_a_voucher_of_one_shop_says_which(nina, network, marie):
    assert "Boulangerie Um Eck" in ask(nina, make_voucher(network, shop=marie).code())[1]


def test_a_typing_error_is_told_and_counts_as_no_guess(nina, voucher):
    wrong = voucher.code()[:-1]
    for _time in range(2 * holders.MOST_GUESSES):
        _status, text = ask(nina, wrong)
        assert "Il manque un caractère" in text
    assert ask(nina, voucher.code())[0] == 200
    response = nina.post(ADDRESS, {"code": wrong})
    assert f'value="{wrong}"' in response.text


def test_a_code_that_nobody_holds_gets_one_neutral_answer(nina, voucher, network):
    (waiting,) = prepared(network)
    answers = {ask(nina, code) for code in (codes.draw(), codes.draw(), waiting.code())}
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 200
    assert "Nous ne trouvons pas de bon avec ce code." in text


def test_an_unknown_code_costs_the_same_work_as_one_that_was_not_handed_over(nina, network):
    (waiting,) = prepared(network)
    counts = set()
    for code in (codes.draw(), waiting.code()):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            holders.find(code, who="test", at=TUESDAY_10H)
        counts.add(len(queries))
    assert counts == {3}  # whether tries are left, the look-up, the try counted


def test_who_guesses_is_slowed_down_and_the_holder_elsewhere_is_not(nina, voucher, clock):
    for _time in range(holders.MOST_GUESSES):
        assert ask(nina, codes.draw())[0] == 200
    status, text = ask(nina, voucher.code())
    assert status == 429
    assert "Réessayez dans dix minutes." in text
    assert "50,00" not in text
    elsewhere = nina.post(ADDRESS, {"code": voucher.code()}, REMOTE_ADDR="192.0.2.7")
    assert "50,00 €" in text_of(elsewhere)
    clock(TUESDAY_10H + timedelta(minutes=10))
    assert ask(nina, voucher.code())[0] == 200


def test_a_holder_may_look_as_often_as_she_likes(nina, voucher):
    for _time in range(3 * holders.MOST_GUESSES):
        assert ask(nina, voucher.code())[0] == 200


def test_what_cannot_be_spent_says_why(nina, network, voucher, signed, marie):
    spending.redeem([(voucher, 5000)], marie, key=key(), at=TUESDAY_10H)
    assert "entièrement dépensé" in ask(nina, voucher.code())[1]
    frozen, void = make_voucher(network), make_voucher(network)
    lifecycle.freeze(frozen, reason="lost", key=key(), at=TUESDAY_10H)
    lifecycle.withdraw(void, key=key(), at=TUESDAY_10H)
    assert "bloqué pour le moment" in ask(nina, frozen.code())[1]
    assert "n’est plus valable" in ask(nina, void.code())[1]


def test_near_its_end_and_in_the_time_of_grace_she_extends_it_once(nina, network, signed, marie):
    expired = make_voucher(
        network, issued_on=TODAY - timedelta(days=1096), expires_on=TODAY - timedelta(days=1)
    )
    _status, text = ask(nina, expired.code())
    assert "Prolonger jusqu’au 24 novembre 2027" in text
    _status, text = ask(nina, expired.code(), extend="1")
    assert "C’est fait : votre bon est valable jusqu’au 24 novembre 2027." in text
    assert "Prolonger" not in text
    _status, text = ask(nina, expired.code(), extend="1")
    assert "Prolonger" not in text
    assert Voucher.objects.get(pk=expired.pk).expires_on.year == 2027
    assert Transaction.objects.filter(kind="extended").count() == 1
    spending.redeem([(expired, 100)], marie, key=key(), at=TUESDAY_10H)


def test_a_voucher_that_is_good_for_long_is_not_extended_yet(nina, voucher):
    assert "Prolonger" not in ask(nina, voucher.code())[1]
    ask(nina, voucher.code(), extend="1")
    assert not Transaction.objects.filter(kind="extended").exists()


def test_when_the_time_of_grace_is_over_nothing_is_offered(nina, network):
    over = make_voucher(
        network, issued_on=TODAY - timedelta(days=1400), expires_on=TODAY - timedelta(days=190)
    )
    text = ask(nina, over.code(), extend="1")[1]
    assert "le délai pour le prolonger est passé" in text
    assert "Prolonger jusqu" not in text


def test_looking_changes_nothing_and_leaves_nothing_behind(nina, voucher):
    response = nina.get(ADDRESS)
    assert response.headers["Cache-Control"].count("no-store") == 1
    assert "noindex" in response.text
    before = Transaction.objects.count()
    response = nina.post(ADDRESS, {"code": voucher.code()})
    assert Transaction.objects.count() == before
    assert voucher.code() not in response.text
    assert "sessionid" not in nina.cookies


def test_a_look_costs_a_bounded_number_of_queries(nina, voucher, django_assert_num_queries):
    nina.post(ADDRESS, {"code": voucher.code()})
    # the catalogue's version; whether tries are left; the voucher with its account and network
    with django_assert_num_queries(3):
        nina.post(ADDRESS, {"code": voucher.code()})


@pytest.mark.parametrize("code", ["", "\x00", "<script>", "0" * 10_000, "é" * 16])
def test_bad_input_is_a_sentence(nina, code):
    response = nina.post(ADDRESS, {"code": code})
    assert response.status_code == 200
    assert 'id="erreurs"' in response.text
