"""A sale that somebody asks about waits, and nothing else does: with us, in the books, on the statement, in the shop's sight."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client

from accounts.models import CityRole
from tests.door import enter
from tests.people import make_member, make_person
from tests.purchases import make_purchase
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, balance, key, make_voucher, page, payable, post
from tests.vouchers.settling import make_account, make_terms, officer, prepare, release, settle, take
from tests.vouchers.test_finance_desk import text_of
from torture.crowd import crowd
from vouchers import corrections, proof, sealing, signs, spending
from vouchers.models import Agreement, PayoutHold, WeekReview
from vouchers.settlement import holds, runs, statements

DAY = timedelta(days=1)
WEEK = signs.monday_of(TODAY)


@pytest.fixture
def issuer(network, marie):
    make_terms(network.issuer), make_account(marie)
    Agreement.objects.create(shop=marie, network=network, signed_on=TODAY - 300 * DAY)
    return network.issuer


@pytest.fixture
def sales(network, issuer, marie):
    """Marie has taken 50 €, 30 € and 20 €."""
    return [take(network, marie, cents).txn for cents in (50_00, 30_00, 20_00)]


def keep(sale, issuer, *, at=TUESDAY_10H):
    return holds.place(sale, issuer, "own", by=officer("Frank").pk, at=at)


def paid(issuer, *, at=TUESDAY_10H):
    return settle(issuer, at=at).payouts.get()


# In the books


def test_what_is_kept_back_stays_due_and_the_rest_is_paid(issuer, marie, sales):
    keep(sales[1], issuer)
    (due,) = runs.due(issuer, at=TUESDAY_10H)
    assert (due.owed_cents, due.cents, due.waits) == (100_00, 70_00, "")
    payout = paid(issuer)
    assert payout.cents == 70_00
    assert balance(payable(marie, issuer)) == 30_00
    sealing.seal(at=TUESDAY_10H)
    assert isinstance(proof.verify(at=TUESDAY_10H), proof.Proved)


def test_lifted_it_is_paid_with_the_next_file(issuer, marie, sales, network):
    hold = keep(sales[1], issuer)
    paid(issuer)
    take(network, marie, 1_00, at=TUESDAY_10H + DAY)
    for _click in range(2):
        holds.lift(hold, by=officer("Fatima").pk, at=TUESDAY_10H + DAY)
    payout = paid(issuer, at=TUESDAY_10H + DAY)
    assert payout.cents == 31_00
    assert balance(payable(marie, issuer)) == 0
    hold.refresh_from_db()
    assert hold.lifted_by == officer("Fatima").pk


def test_the_statement_says_what_was_kept_back_and_the_next_begins_with_it(issuer, marie, sales, network):
    hold = keep(sales[1], issuer)
    first = paid(issuer)
    holds.lift(hold, by=officer("Frank").pk, at=TUESDAY_10H)
    take(network, marie, 1_00, at=TUESDAY_10H + DAY)
    second = paid(issuer, at=TUESDAY_10H + DAY)
    lines = statements.lines_of(first)
    assert (lines.opening, sum(each.cents for each in lines.entries), lines.kept) == (0, 100_00, 30_00)
    lines = statements.lines_of(second)
    assert (lines.opening, sum(each.cents for each in lines.entries), lines.kept) == (30_00, 1_00, 0)
    _heading, rows = statements.payout_table(first)
    assert [row[-1] for row in rows[-3:]] == ["-30,00", "70,00", ""]


def test_a_shop_all_of_whose_money_is_kept_back_waits(issuer, sales):
    for sale in sales:
        keep(sale, issuer)
    assert [one.waits for one in runs.due(issuer, at=TUESDAY_10H)] == ["held"]
    with pytest.raises(runs.NothingDue):
        prepare(issuer)


def test_what_is_kept_back_after_the_file_was_prepared_does_not_leave_with_it(issuer, marie, sales):
    file = prepare(issuer)
    seen = runs.fingerprint(runs.lines(file, at=TUESDAY_10H))
    keep(sales[0], issuer)
    with pytest.raises(runs.Changed):
        release(file, seen=seen)
    assert release(file).total_cents == 50_00
    assert balance(payable(marie, issuer)) == 50_00


def test_nothing_is_kept_back_of_what_was_paid_or_taken_back(issuer, marie, sales):
    spending.give_back(sales[2], marie, key=key(), at=TUESDAY_10H)
    with pytest.raises(holds.Paid):
        keep(sales[2], issuer)
    paid(issuer)
    with pytest.raises(holds.Paid):
        keep(sales[0], issuer)
    assert not PayoutHold.objects.exists()


def test_a_sale_that_is_taken_back_keeps_nothing_else_back(issuer, marie, sales):
    keep(sales[1], issuer)
    spending.give_back(sales[1], marie, key=key(), at=TUESDAY_10H)
    assert paid(issuer).cents == 70_00


def test_what_was_wrong_goes_back_to_the_voucher_out_of_what_was_kept_back(issuer, marie, sales):
    """Kept back, then corrected by two people, then lifted: the shop was never paid it."""
    hold = keep(sales[1], issuer)
    paid(issuer)
    voucher = sales[1].transfers.get().source.voucher
    asked = corrections.ask(
        sales[1], voucher, 30_00, reason="other", form_key=key(), by=officer("Frank").pk, at=TUESDAY_10H
    )
    corrections.agree(asked, by=officer("Fatima").pk, at=TUESDAY_10H)
    assert (balance(payable(marie, issuer)), balance(voucher.account)) == (0, 30_00)
    assert runs.due(issuer, at=TUESDAY_10H) == []
    holds.lift(hold, by=officer("Frank").pk, at=TUESDAY_10H)
    assert holds.kept(issuer) == {}


def test_clicked_twice_it_is_kept_back_once(issuer, marie, sales):
    assert keep(sales[0], issuer).pk == keep(sales[0], issuer).pk
    assert holds.kept(issuer) == {
        sales[0].transfers.get().target.owner and PayoutHold.objects.get().shop_id: 50_00
    }


def test_a_file_released_at_the_same_moment_has_the_sale_or_keeps_it_back(own_books):
    network, marie = own_books
    issuer = network.issuer
    make_terms(issuer), make_account(marie)

    def told(work):
        try:
            return work()
        except (runs.NotAllowed, holds.Paid) as refused:
            return refused

    for days in range(6):
        at = TUESDAY_10H + days * DAY
        doubtful, _rest = (take(network, marie, cents, at=at).txn for cents in (30_00, 20_00))
        before = balance(payable(marie, issuer))
        file = prepare(issuer, at=at)
        seen = runs.fingerprint(runs.lines(file, at=at))
        jobs = [partial(keep, doubtful, issuer, at=at), partial(release, file, seen=seen, at=at)]
        with crowd(len(jobs)) as both:
            kept, released = both.all_at_once([partial(told, job) for job in jobs])
        if isinstance(released, runs.Changed):
            assert isinstance(kept, PayoutHold)
            assert balance(payable(marie, issuer)) == before
            runs.cancel(file, by=officer("Frank"), at=at)
        else:
            assert isinstance(kept, holds.Paid), kept
            assert balance(payable(marie, issuer)) == before - released.total_cents


# At the desk


@pytest.fixture
def own_sale(issuer, marie):
    """Tom, who works Marie's till, spends there what he bought."""
    make_member(marie, make_person("tom@courrier.example"), role="till")
    return spending.redeem(
        [(make_purchase("tom@courrier.example").voucher, 12_34)], marie, key=key(), at=TUESDAY_10H
    ).txn


@pytest.fixture
def aude(network):
    return enter(Client(), make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR]))


THIS_WEEK = f"?du={TODAY}"


def test_frank_sees_what_stands_out_keeps_it_back_and_lets_it_go(desk, issuer, marie, own_sale):
    words = text_of(desk.get(page("week") + THIS_WEEK))
    assert f"{marie.name} · 1 encaissement, 12,34 € acheté par le commerce lui-même" in words
    for _click in range(2):
        response = desk.post(page("hold") + THIS_WEEK, {"sales": [own_sale.pk], "reason": "own"}, follow=True)
    assert "1 encaissement est retenu" in text_of(response)
    hold = PayoutHold.objects.get()
    assert (hold.cents, hold.reason, hold.shop) == (12_34, "own", marie)
    assert "Retenu par Frank" in text_of(response)
    assert "retenu, en cours de vérification 1 commerce, 12,34 €" in text_of(
        desk.get(page("payouts"))
    ).replace(" · ", " ")
    assert "C’est libéré" in text_of(post(desk, "hold_lift", hold.pk))
    assert holds.kept(issuer) == {}


def test_marie_is_told_that_something_waits(issuer, marie, sales):
    keep(sales[1], issuer)
    boss = make_person("marie@commerce.example", name="Marie")
    make_member(marie, boss)
    words = text_of(enter(Client(), boss).get(f"/fr/comptoir/{marie.public_id}/recettes/"))
    assert "vous est dû 100,00 €" in words
    assert "70,00 €, prévus" in words
    assert "30,00 € vous restent dus, mais sont retenus" in words


@pytest.mark.parametrize(
    "sent", [{}, {"sales": []}, {"sales": ["x"], "reason": "own"}, {"sales": ["1"], "reason": "nonsense"}]
)
def test_without_a_tick_or_a_reason_nothing_is_kept_back(desk, issuer, own_sale, sent):
    response = desk.post(page("hold") + THIS_WEEK, sent, follow=True)
    assert "Rien n’est retenu : cochez" in text_of(response)
    assert not PayoutHold.objects.exists()


def test_of_what_was_paid_already_the_way_to_put_it_right_is_said(desk, issuer, own_sale):
    paid(issuer)
    response = desk.post(page("hold") + THIS_WEEK, {"sales": [own_sale.pk], "reason": "own"}, follow=True)
    assert "est déjà versé au commerce, ou annulé : pour le reprendre, demandez une correction" in text_of(
        response
    )


def test_sales_that_are_none_are_not_there(desk, issuer, own_sale):
    response = desk.post(page("hold") + THIS_WEEK, {"sales": [10**12], "reason": "own"})
    assert response.status_code == 404


def test_a_week_that_is_over_is_looked_through_and_no_task_any_more(desk, issuer, marie, own_sale):
    spent = TUESDAY_10H - 7 * DAY
    voucher = make_voucher(issuer.networks.first(), at=spent - DAY)
    spending.redeem([(voucher, 100)], marie, key=key(), at=spent)
    assert "semaine d’encaissements à revoir 1" in text_of(desk.get(page("home")))
    assert "Revue par Frank" in text_of(post(desk, "week_review"))
    assert WeekReview.objects.get().week == WEEK - 7 * DAY
    assert "semaine d’encaissements" not in text_of(desk.get(page("home")))


def test_one_that_is_not_over_is_not(desk, issuer, own_sale):
    response = desk.post(page("week_review") + THIS_WEEK, follow=True)
    assert "Cette semaine n’est pas finie" in text_of(response)
    assert not WeekReview.objects.exists()


@pytest.mark.parametrize("du", ["", "2026-13-45", "1850-01-01", "hier", "2027-01-01"])
def test_a_day_that_is_none_shows_the_last_week_that_is_over(desk, issuer, du):
    last = signs.last_week(TODAY)
    assert f"du {last:%d/%m/%Y} au" in text_of(desk.get(page("week"), {"du": du}))


def test_the_auditor_reads_and_changes_nothing(aude, issuer, own_sale):
    hold = keep(own_sale, issuer)
    words = text_of(aude.get(page("week") + THIS_WEEK))
    assert "Retenu par Frank" in words
    assert "Retenir" not in words
    assert "Libérer" not in words
    for address in (page("hold"), page("hold_lift", hold.pk), page("week_review")):
        assert aude.post(address, {"sales": [own_sale.pk], "reason": "own"}).status_code == 404


def test_a_week_of_many_asks_no_more_than_one_of_few(
    desk, issuer, network, marie, own_sale, django_assert_max_num_queries
):
    for number in range(2 * signs.BURST_SALES):
        sale = spending.redeem(
            [(make_voucher(network), 311)], marie, key=key(), at=TUESDAY_10H + timedelta(seconds=number)
        )
        keep(sale.txn, issuer)
    desk.get(page("week") + THIS_WEEK)
    # DESK (6); which issuers, the issuer; today, what is kept back, what was lifted, the review, people, the sums; the
    # city's zone, the sales, their shops, their holds.
    with django_assert_max_num_queries(20):
        desk.get(page("week") + THIS_WEEK)
