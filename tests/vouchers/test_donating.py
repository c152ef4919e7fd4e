"""A few euros are left on Nina's voucher: she keeps them, spends them, or gives them to where the voucher says."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from tests.jobs import run_jobs
from tests.purchases import make_purchase
from tests.shops.factories import TUESDAY_10H, make_shops
from tests.vouchers.conftest import TODAY, balance, key, make_batch, make_campaign, make_voucher, page
from torture.crowd import crowd
from vouchers import campaign_figures, campaigns, ending, holders, ledger, lifecycle, links, spending
from vouchers.models import Account, Agreement, Transaction, Voucher

ADDRESS = "/fr/bon/"
DAY = timedelta(days=1)
LIMIT = 500  # what a network allows unless it says otherwise, in cents


def text_of(response):
    main = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\xa0", " ").replace("\u202f", " ").split())


def ask(client, voucher, **more):
    response = client.post(ADDRESS, {"code": voucher.code(), **more})
    assert response.status_code == 200
    return text_of(response)


def give(client, voucher):
    return ask(client, voucher, donate="1", sure="1")


def fund(network):
    return balance(ledger.account(network.issuer, Account.Kind.BREAKAGE, network.rest_goes_to))


@pytest.fixture
def nina(client, city):
    return client


@pytest.fixture
def small(network):
    return make_voucher(network, LIMIT)


class TestHerVouchersPage:
    def test_it_says_what_else_she_can_do_with_a_small_rest(self, nina, small):
        text = ask(nina, small)
        assert "Il reste trop peu ?" in text
        assert "Gardez-le : il vaut jusqu’au 24 novembre 2029." in text
        assert "un commerce prend aussi un petit reste" in text
        assert "Ou donnez-le, à : le fonds social (fictif)." in text
        assert "Donner 5,00 €" in text

    def test_a_cent_more_is_not_a_small_rest(self, nina, network):
        rich = make_voucher(network, LIMIT + 1)
        assert "Donner" not in ask(nina, rich)
        assert "Ce n’est plus possible" in give(nina, rich)
        assert balance(rich.account) == LIMIT + 1

    def test_given_it_is_empty_and_the_page_says_where_it_went(self, nina, network, small):
        given = "Le 24 novembre 2026, 5,00 € ont été donnés à : le fonds social (fictif). Ce bon est vide. Merci !"
        text = give(nina, small)
        assert given in text
        assert "Donner" not in text
        assert (balance(small.account), fund(network)) == (0, LIMIT)
        assert Voucher.objects.get(pk=small.pk).state == "void"
        assert given in ask(nina, small)

    def test_a_second_click_gives_nothing_more_and_says_the_same(self, nina, network, small):
        assert give(nina, small) == give(nina, small)
        assert Transaction.objects.filter(kind="donated").count() == 1
        assert fund(network) == LIMIT

    def test_without_the_tick_nothing_is_given_and_it_says_so(self, nina, network, small):
        response = nina.post(ADDRESS, {"code": small.code(), "donate": "1"})
        assert "Rien n’est donné : cochez d’abord la case." in text_of(response)
        assert re.search(r"<details[^>]* open", response.text)
        assert (balance(small.account), fund(network)) == (LIMIT, 0)

    def test_what_a_till_took_meanwhile_is_not_given(self, nina, network, small, signed, marie):
        ask(nina, small)
        spending.redeem([(small, LIMIT)], marie, key=key(), at=TUESDAY_10H)
        text = give(nina, small)
        assert "Ce n’est plus possible : voici ce qu’il en est maintenant." in text
        assert "entièrement dépensé" in text
        assert fund(network) == 0

    def test_a_frozen_voucher_gives_nothing(self, nina, network, small):
        lifecycle.freeze(small, reason="lost", key=key(), at=TUESDAY_10H)
        text = give(nina, small)
        assert "Ce n’est plus possible" in text
        assert "bloqué pour le moment" in text
        assert fund(network) == 0

    @pytest.mark.parametrize("columns", [{"donate_most_cents": 0}, {"rest_words": ""}])
    def test_where_the_network_takes_none_or_names_no_place_nobody_gives(self, nina, network, small, columns):
        type(network).objects.update(**columns)
        assert "Il reste trop peu" not in ask(nina, small)
        assert "Ce n’est plus possible" in give(nina, small)
        assert fund(network) == 0

    def test_asking_by_address_gives_nothing(self, nina, network, small):
        nina.get(ADDRESS, {"code": small.code(), "donate": "1", "sure": "1"})
        assert (balance(small.account), fund(network)) == (LIMIT, 0)

    def test_giving_leaves_no_cookie_and_no_code_on_the_page(self, nina, small):
        response = nina.post(ADDRESS, {"code": small.code(), "donate": "1", "sure": "1"})
        assert not response.cookies
        assert small.code() not in response.text

    @pytest.mark.parametrize(
        ("language", "words"),
        [("de", "Dieser Gutschein ist leer"), ("lb", "Dëse Bong ass eidel"), ("en", "This voucher is empty")],
    )
    def test_she_is_thanked_in_her_language(self, nina, small, language, words):
        response = nina.post(f"/{language}/bon/", {"code": small.code(), "donate": "1", "sure": "1"})
        assert words in text_of(response)


class TestUntilWhen:
    """Its last day ends at midnight in the city; expired, it can be extended, and what is left then is hers again."""

    MIDNIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)

    @pytest.fixture
    def last_day(self, network):
        return make_voucher(network, 300, issued_on=TODAY - timedelta(days=1095), expires_on=TODAY)

    def test_on_its_last_day_it_can_still_be_given(self, nina, network, last_day, clock):
        clock(self.MIDNIGHT - timedelta(seconds=1))
        give(nina, last_day)
        assert fund(network) == 300

    def test_a_second_later_it_cannot_and_is_extended_first(self, nina, network, last_day, clock):
        clock(self.MIDNIGHT)
        text = give(nina, last_day)
        assert "Ce n’est plus possible" in text
        assert "Prolonger jusqu’au" in text
        assert fund(network) == 0
        ask(nina, last_day, extend="1")
        give(nina, last_day)
        assert fund(network) == 300


class TestWhereElseItIsSaid:
    def test_on_the_page_of_her_order(self, nina, city):
        bought = make_purchase(at=TUESDAY_10H, cents=1000)
        type(bought.order.network).objects.update(donate_most_cents=1000)
        voucher = Voucher.objects.select_related("account", "network__issuer").get(pk=bought.voucher.pk)
        lifecycle.donate(voucher, key=key(), at=TUESDAY_10H)
        told = text_of(nina.get(f"/fr/bons/commande/{links.token(bought.order, links.ORDER)}/"))
        assert "Le 24 novembre 2026, 10,00 € ont été donnés à : le fonds social (fictif)." in told
        assert "n’est plus valable" not in told

    def test_many_vouchers_that_were_given_are_one_query(self, network, django_assert_num_queries):
        vouchers = [make_voucher(network, 300) for _each in range(5)]
        for voucher in vouchers:
            lifecycle.donate(voucher, key=key(), at=TUESDAY_10H)
        kept = Voucher.objects.select_related("account", "network").filter(state="void")
        with django_assert_num_queries(3):  # the vouchers; what was given; the city's time zone
            found = holders.holdings(kept, today=TODAY)
        assert [(each.state, each.donated.cents) for each in found] == [("donated", 300)] * 5

    def test_the_terms_say_how_much_and_where(self, nina, network):
        network.on_sale = True
        network.save()
        terms = "/fr/bons/conditions/"
        assert "Un reste de 5,00 € au plus peut y être donné avant" in text_of(nina.get(terms))
        type(network).objects.update(donate_most_cents=0)
        assert "peut y être donné" not in text_of(nina.get(terms))

    def test_a_reminder_of_little_says_that_little_can_be_spent(self, network, signed, marie, city):
        for cents, said in ((4499, False), (4500, True)):
            bought = make_purchase(at=TUESDAY_10H)
            mail.outbox.clear()
            spending.redeem([(bought.voucher, cents)], marie, key=key(), at=TUESDAY_10H)
            voucher = Voucher.objects.select_related("account", "network__issuer").get(pk=bought.voucher.pk)
            ending.remind(voucher, 14, at=TUESDAY_10H)
            run_jobs()
            assert ("C’est peu" in mail.outbox[0].body) == said

    def test_the_public_figures_count_it_as_not_spent(self, nina, network, city):
        """Handed over to ten: seven spend in five shops or more, of three a rest is given away."""
        shops = make_shops(7)
        long_ago = TUESDAY_10H - timedelta(days=300)
        Agreement.objects.bulk_create(
            Agreement(shop=shop, network=network, signed_on=TODAY - timedelta(days=500)) for shop in shops
        )
        campaign = make_campaign(network, cents=400, budget=4_000)
        batch = make_batch(campaign, 10)
        campaigns.hand_over(
            campaign, batch.vouchers.select_related("account", "network__issuer"), by=1, at=long_ago
        )
        vouchers = list(batch.vouchers.select_related("account", "network__issuer").order_by("place"))
        for voucher, shop in zip(vouchers, shops, strict=False):
            spending.redeem([(voucher, 400)], shop, key=key(), at=long_ago)
        for voucher in vouchers[7:]:
            lifecycle.donate(voucher, key=key(), at=long_ago)
        campaign_figures.count(at=TUESDAY_10H)
        told = text_of(nina.get(f"/fr/bons/campagnes/{campaign.slug}/"))
        assert "Échu ou donné 12,00 € 30 %" in told


def test_the_desk_sets_how_much_a_small_rest_is(desk, network):
    form = desk.get(page("network", network.pk))
    assert "Un reste que l’on peut donner" in form.text
    said = {**form.context["form"].initial, "donate_most_cents": "7,50"}
    for name in ("least_cents", "most_cents", "step_cents", "order_most_cents", "day_most_cents"):
        said[name] = str(said[name] // 100)
    desk.post(page("network", network.pk), {name: value for name, value in said.items() if value is not None})
    network.refresh_from_db()
    assert network.donate_most_cents == 750


def test_a_till_and_her_gift_at_the_same_moment_never_share_a_cent(own_books):
    """Sixteen tills and one gift: whoever is first has it, and the books are as they would be one after the other."""
    network, marie = own_books
    type(network).objects.update(rest_words="fonds")
    for _round in range(10):
        small = make_voucher(network, 400)
        before = fund(network)

        def take(small=small):
            return spending.redeem([(small, 100)], marie, key=key(), at=TUESDAY_10H)

        def donate(small=small):
            return lifecycle.donate(small, key="one gift" + str(small.pk), at=TUESDAY_10H)

        with crowd(8) as people:
            found = people.all_at_once([take] * 6 + [donate] * 2)
        sold = sum(not isinstance(each, Exception) for each in found[:6])
        given = fund(network) - before
        assert sold * 100 + given == 400
        assert balance(small.account) == 0
        assert all(isinstance(each, ledger.Refused) for each in found if isinstance(each, Exception))
