"""The finance desk beside campaigns: finding a voucher, orders that went wrong, agreements, corrections, the proof."""

import html
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from tests.door import enter
from tests.jobs import run_jobs
from tests.purchases import make_purchase
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import (
    TODAY,
    balance,
    key,
    make_batch,
    make_campaign,
    make_voucher,
    page,
    payable,
    post,
)
from vouchers import alarms, corrections, jobs, ledger, lifecycle, sealing, serials, spending, treasury
from vouchers.models import (
    Account,
    Agreement,
    Alarm,
    BookCheck,
    Correction,
    Network,
    Order,
    Refund,
    Transaction,
    Voucher,
    WriteOff,
)

# What any page of the desk asks first: the catalogue, the session, the person, her second factor, her rights (two).
DESK = 6


def text_of(response):
    """What stands on a page, in single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def audit(aude):
    return enter(Client(), aude)


def buy(voucher, shop, cents, *, at=TUESDAY_10H):
    return spending.redeem([(voucher, cents)], shop, key=key(), at=at).txn


# Finding a voucher


@pytest.mark.parametrize("said", ["code", "code in a link", "last four", "number"])
def test_a_voucher_is_found_by_whatever_is_known_of_it(desk, network, said):
    batch = make_batch(make_campaign(network), 1)
    voucher = batch.vouchers.get()
    typed = {
        "code": voucher.code(),
        "code in a link": f"https://vitrine.example/fr/bons/#{voucher.code()}",
        "last four": voucher.last4.lower(),
        "number": serials.of(voucher),
    }[said]
    response = post(desk, "vouchers", typed=typed)
    assert response.redirect_chain == [(page("voucher", voucher.pk), 302)]
    assert f"…{voucher.last4}" in text_of(response)
    assert voucher.code() not in response.content.decode()


def test_an_order_is_found_by_its_number_and_by_its_buyer(desk, audit, voucher):
    order = voucher.order
    shown = page("order", order.pk)
    for typed in (f"{order.ref[:4]} {order.ref[4:]}".lower(), "Nina@courrier.example"):
        assert post(desk, "vouchers", typed=typed).redirect_chain == [(shown, 302)]
    # An auditor reads the books, not who buys.
    assert post(audit, "vouchers", typed="nina@courrier.example").redirect_chain == []
    assert "nina@" not in audit.get(shown).content.decode()
    assert "nina@" in desk.get(shown).content.decode()


def test_what_is_not_found_is_said_and_stays_typed(desk, voucher):
    response = post(desk, "vouchers", typed="12-00345-7")
    assert "Rien de tel" in text_of(response)
    assert 'value="12-00345-7"' in response.content.decode()


def test_its_page_tells_its_story_with_shop_and_balance(
    desk, voucher, marie, signed, django_assert_num_queries
):
    buy(voucher, marie, 3200)
    desk.get(page("voucher", voucher.pk))
    # DESK; the voucher, its legs, what moved nothing, the shops, what replaced it; the city.
    with django_assert_num_queries(DESK + 6):
        words = text_of(desk.get(page("voucher", voucher.pk)))
    assert "encaissement · -32,00 € · reste 18,00 €" in words
    assert marie.name in words


# Freezing


def test_a_voucher_is_frozen_and_released_for_a_reason(desk, frank, voucher, marie, signed):
    post(desk, "voucher_move", voucher.pk, to="frozen", reason="lost", key="k1")
    with pytest.raises(ledger.Frozen):
        buy(voucher, marie, 100)
    frozen = Transaction.objects.get(kind=Transaction.Kind.FROZEN)
    assert (frozen.reason, frozen.actor) == ("lost", frank.pk)
    post(desk, "voucher_move", voucher.pk, to="active", reason="settled", key="k2")
    buy(voucher, marie, 100)


def test_a_second_click_or_an_old_page_moves_nothing(desk, voucher):
    post(desk, "voucher_move", voucher.pk, to="frozen", reason="lost", key="k1")
    response = post(desk, "voucher_move", voucher.pk, to="frozen", reason="lost", key="k1")
    assert "entre-temps" in text_of(response)
    assert Transaction.objects.filter(kind=Transaction.Kind.FROZEN).count() == 1


def test_a_reason_is_asked_for(desk, voucher):
    response = post(desk, "voucher_move", voucher.pk, to="frozen", reason="", key="k1")
    assert "Pourquoi" in text_of(response)
    assert Voucher.objects.get(pk=voucher.pk).state == Voucher.State.ACTIVE


# Orders


def test_orders_that_went_wrong_are_found_first(desk, network):
    good, lost = make_purchase().order, make_purchase("paul@courrier.example").order
    Order.objects.filter(pk=lost.pk).update(undelivered_at=TUESDAY_10H)
    words = text_of(desk.get(page("orders") + "?voir=revenus"))
    assert lost.number in words
    assert good.number not in words
    assert good.number in text_of(desk.get(page("orders") + "?voir=nonsense"))


def test_the_list_of_orders_asks_the_same_however_many_there_are(desk, network, django_assert_num_queries):
    for number in range(3):
        make_purchase(f"n{number}@courrier.example")
    desk.get(page("orders"))
    # DESK; how many orders, the orders of this page.
    with django_assert_num_queries(DESK + 2):
        desk.get(page("orders"))


def test_a_mail_that_was_lost_goes_out_again(desk, network):
    order = make_purchase().order
    Order.objects.filter(pk=order.pk).update(delivered_at=TUESDAY_10H, undelivered_at=TUESDAY_10H)
    post(desk, "order_send", order.pk)
    run_jobs()
    assert [message.to for message in mail.outbox] == [["nina@courrier.example"]]


def test_a_refund_that_was_refused_is_asked_for_again(desk, network):
    bought = make_purchase()
    payment = bought.order.payments.get()
    lifecycle.withdraw(bought.voucher, key=key(), at=TUESDAY_10H)
    refund = Refund.objects.create(
        payment=payment, voucher=bought.voucher, cents=5000, reason=Refund.Reason.WITHDRAWN,
        state=Refund.State.FAILED, failure="lost_or_stolen_card", asked_at=TUESDAY_10H, ended_at=TUESDAY_10H,
    )  # fmt: skip
    assert "remboursement refusé 1" in _piles(desk)
    assert bought.order.number in text_of(desk.get(page("orders") + "?voir=remboursements"))
    text = text_of(desk.get(page("order", bought.order.pk)))
    # In words: neither the provider's nor ours for the provider. The number as the buyer reads it.
    assert bought.order.number in text
    assert "carte perdue ou volée" in text
    assert "sandbox" not in text
    post(desk, "refund_again", refund.pk)
    post(desk, "refund_again", refund.pk)
    run_jobs()
    refund.refresh_from_db()
    assert (refund.state, refund.tries) == (Refund.State.DONE, 2)
    assert balance(lifecycle.refund_due(bought.voucher)) == 0


def _piles(client):
    return text_of(client.get(page("home")))


def test_who_bought_is_erased_on_request(desk, network):
    order = make_purchase().order
    post(desk, "order_erase", order.pk)
    order.refresh_from_db()
    assert order.buyer_email
    post(desk, "order_erase", order.pk, sure="1")
    order.refresh_from_db()
    assert (order.buyer_email, order.vouchers.get().state) == ("", Voucher.State.ACTIVE)


# Agreements and networks


def test_a_shop_signs_and_ends_its_agreement(desk, network, paul):
    found = text_of(desk.get(page("agreements") + "?q=" + paul.name[:6]))
    assert "pas de convention" in found
    post(desk, "agreement_sign", paul.pk, network=network.pk, signed_on=TODAY.isoformat())
    agreement = Agreement.objects.get(shop=paul)
    twice = post(desk, "agreement_sign", paul.pk, network=network.pk, signed_on=TODAY.isoformat())
    assert "a déjà une convention" in text_of(twice)
    early = post(desk, "agreement_end", agreement.pk, ends_on=(TODAY - timedelta(days=1)).isoformat())
    assert "Au plus tôt aujourd’hui" in text_of(early)
    post(desk, "agreement_end", agreement.pk, ends_on=TODAY.isoformat())
    agreement.refresh_from_db()
    assert agreement.ends_on == TODAY


def test_the_list_of_agreements_asks_the_same_however_many_there_are(desk, signed, django_assert_num_queries):
    desk.get(page("agreements"))
    # DESK; the city, how many shops, the shops of this page, their agreements, how many in all, the networks.
    with django_assert_num_queries(DESK + 6):
        desk.get(page("agreements"))
    lines = desk.get(page("agreements_csv")).content.decode().splitlines()
    assert len(lines) == 2


def test_amounts_that_make_no_sense_are_said_and_change_nothing(desk, network):
    terms = {
        "name": "Ville", "least_cents": "20", "most_cents": "10", "step_cents": "5", "order_most_cents": "750",
        "day_most_cents": "1500", "valid_months": "36", "grace_months": "6", "extension_months": "12",
        "donate_most_cents": "5",
    }  # fmt: skip
    response = post(desk, "network", network.pk, **terms)
    assert response.status_code == 200
    assert response.redirect_chain == []
    assert "20" in response.content.decode()
    post(
        desk,
        "network",
        network.pk,
        **terms | {"most_cents": "80", "on_sale": "on", "rest_words": "fonds social"},
    )
    kept = Network.objects.get()
    assert (kept.least_cents, kept.most_cents, kept.on_sale) == (2000, 8000, True)
    assert (
        post(desk, "network", network.pk, **terms | {"most_cents": "80", "valid_months": "12"}).redirect_chain
        == []
    )


# Corrections, by two people


@pytest.fixture
def sale(voucher, marie, signed):
    """Marie took 32 € where it should have been 23, and was paid for it."""
    sale = buy(voucher, marie, 3200)
    treasury.release_payout(voucher.network.issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
    return sale


def ask(desk, voucher, sale, cents="9", **more):
    return post(
        desk, "correction_new", voucher.pk, sale.pk, cents=cents, reason="amount", words="23, pas 32",
        **{"key": "k1"} | more,
    )  # fmt: skip


def test_money_comes_back_from_the_shops_next_takings(desk, other_desk, voucher, marie, sale):
    """Nothing is due to her now: it waits, and comes back as she takes others."""
    ask(desk, voucher, sale)
    correction = Correction.objects.get()
    post(other_desk, "correction_decide", correction.pk, agree="1")
    assert balance(voucher.account) == 1800
    buy(make_voucher(voucher.network), marie, 500)
    corrections.go_on(at=TUESDAY_10H)
    assert balance(voucher.account) == 2300
    buy(make_voucher(voucher.network), marie, 1000)
    corrections.go_on(at=TUESDAY_10H)
    corrections.go_on(at=TUESDAY_10H)
    correction.refresh_from_db()
    assert (balance(voucher.account), correction.done_cents) == (2700, 900)
    assert balance(payable(marie)) == 500 + 1000 - 900


def test_whoever_asked_does_not_confirm(desk, voucher, sale):
    ask(desk, voucher, sale)
    correction = Correction.objects.get()
    response = post(desk, "correction_decide", correction.pk, agree="1")
    assert "une autre personne confirme" in text_of(response)
    correction.refresh_from_db()
    assert correction.state == Correction.State.ASKED


def test_no_more_comes_back_than_the_sale_took(desk, other_desk, voucher, sale):
    assert "32,00" in text_of(ask(desk, voucher, sale, "32,01"))
    ask(desk, voucher, sale, "30")
    ask(desk, voucher, sale, "30")  # the same form again
    assert Correction.objects.count() == 1
    assert "2,00" in text_of(ask(desk, voucher, sale, "2,01", key="k2"))
    post(other_desk, "correction_decide", Correction.objects.get().pk, refuse="1")
    ask(desk, voucher, sale, "32", key="k3")
    assert Correction.objects.count() == 2


def test_a_sale_of_another_voucher_is_not_there(desk, network, sale):
    other = make_voucher(network)
    assert desk.get(page("correction_new", other.pk, sale.pk)).status_code == 404


def test_a_difference_is_written_off_by_two(desk, other_desk, network, voucher):
    account = Account.objects.get(kind=Account.Kind.PSP_CLEARING)
    before = balance(account)
    said = {
        "account": account.pk,
        "way": "less",
        "amount": "0,37",
        "reason": "provider",
        "words": "Introuvable.",
    }
    post(desk, "write_off_new", key="k1", **said)
    post(desk, "write_off_new", key="k1", **said)
    (asked,) = WriteOff.objects.all()
    post(desk, "write_off_decide", asked.pk, agree="1")
    assert balance(account) == before
    post(other_desk, "write_off_decide", asked.pk, agree="1")
    post(other_desk, "write_off_decide", asked.pk, agree="1")
    # What is held stands there with a minus: less of it is held.
    assert balance(account) == before + 37
    assert balance(Account.objects.get(kind=Account.Kind.LOSS)) == -37


# The proof, and months that are closed


def test_an_auditor_has_the_books_proved_from_her_browser(audit, aude, voucher):
    sealing.seal(at=TUESDAY_10H + timedelta(minutes=1))
    post(audit, "books_check")
    post(audit, "books_check")
    assert "Vérification en cours" in text_of(audit.get(page("books")))
    run_jobs()
    check = BookCheck.objects.get()
    assert (check.asked_by, check.fault, check.sealed) == (aude.pk, "", 1)
    assert "Les livres sont entiers" in text_of(audit.get(page("books")))


def test_books_that_do_not_meet_a_published_head_are_named_and_alarm(
    audit, desk, voucher, tmp_path, settings
):
    sealing.seal(at=TUESDAY_10H + timedelta(minutes=1))
    (tmp_path / "heads.txt").write_text(f"2026-11-24T10:00:00+0100 1 {'a' * 64}\n")
    settings.LEDGER_HEADS = [tmp_path / "heads.txt"]
    post(audit, "books_check")
    run_jobs()
    assert "made anew" in BookCheck.objects.get().fault
    assert "chain 1" in text_of(audit.get(page("books")))
    assert "a trouvé un défaut" in _piles(desk)
    assert audit.get(page("books_heads")).content.decode() == f"- 1 {'a' * 64}\n"


def test_an_auditor_only_reads(audit, voucher, sale):
    for name, args in (
        ("voucher_move", [voucher.pk]), ("correction_new", [voucher.pk, sale.pk]), ("write_off_new", []),
        ("month_close", []), ("order_erase", [voucher.order_id]),
    ):  # fmt: skip
        assert audit.post(page(name, *args)).status_code == 404


def test_new_alarms_are_told_once(desk, frank, network):
    bought = make_purchase()
    lifecycle.withdraw(bought.voucher, key=key(), at=TUESDAY_10H)
    Refund.objects.create(
        payment=bought.order.payments.get(), voucher=bought.voucher, cents=5000, reason=Refund.Reason.WITHDRAWN,
        state=Refund.State.FAILED, failure="lost_or_stolen_card", asked_at=TUESDAY_10H, ended_at=TUESDAY_10H,
    )  # fmt: skip
    for _again in range(2):
        jobs.look_for_alarms(0)
        run_jobs()
    told = [message for message in mail.outbox if message.to == [frank.email]]
    assert len(told) == 1
    assert "remboursement a été refusé" in told[0].body
    Refund.objects.update(state=Refund.State.DONE, failure="", provider_ref="r-1")
    alarms.look(at=TUESDAY_10H)
    assert Alarm.objects.get(name="refunds-failed").over_at == TUESDAY_10H
