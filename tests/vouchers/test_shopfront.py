"""The pages on which Nina buys: what she types is kept, what she may not do is said, and her link alone opens her order."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.jobs import run_jobs, waiting
from tests.purchases import make_purchase
from tests.vouchers import bank
from tests.vouchers.conftest import key
from vitrine.logs import SIGNED
from vouchers import buying, lifecycle, links
from vouchers.models import Order, Payment, Refund, Voucher

PAGE = "/fr/bons/"
SAID = {
    "key": "form", "amount": "5000", "quantity": "2", "to": "me", "buyer_email": "nina@courrier.example",
    "buyer_email_again": "Nina@courrier.example", "terms": "on",
}  # fmt: skip


@pytest.fixture
def shelf(network):
    network.on_sale = True
    network.save()
    return network


@pytest.fixture
def bought(shelf):
    """An order of Nina's for Paul, paid today."""
    return make_purchase(at=timezone.now(), recipient_email="paul@courrier.example", sender_name="Nina")


def order_page(order):
    return f"/fr/bons/commande/{links.token(order, links.ORDER)}/"


def gift_page(order, more=""):
    return f"/fr/bons/cadeau/{links.token(order, links.GIFT)}/{more}"


def text(response):
    return response.content.decode()


class TestTheForm:
    def test_it_leads_to_an_order_with_the_bank_behind_it(self, client, shelf):
        answer = client.post(PAGE, SAID)
        order = Order.objects.get()
        assert answer.url == order_page(order)
        assert (order.total_cents, order.is_gift, order.language) == (10000, False, "fr")
        page = text(client.get(answer.url))
        assert order.payments.get().address in page
        assert "100,00" in page

    def test_sent_twice_it_is_one_order_and_one_payment(self, client, shelf):
        assert client.post(PAGE, SAID).url == client.post(PAGE, SAID).url
        assert (Order.objects.count(), Payment.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        ("wrong", "field", "says"),
        [
            ({"buyer_email_again": "nina@autre.example"}, "buyer_email_again", "ne sont pas les mêmes"),
            ({"buyer_email": "nina"}, "buyer_email", "e-mail"),
            ({"terms": ""}, "terms", "accepter les conditions"),
            ({"amount": "5100"}, "amount", "Choisissez dans la liste"),
            ({"quantity": "99"}, "quantity", "Choisissez dans la liste"),
            ({"to": "other"}, "recipient_email", "à quelle adresse"),
            (
                {"to": "other", "recipient_email": "paul@x.example", "deliver_on": "2001-01-01"},
                "deliver_on",
                "un jour entre",
            ),
            ({"amount": "15000", "quantity": "6"}, "quantity", "750,00"),
            ({"to": "nobody"}, "to", "Choisissez dans la liste"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
        self, client, shelf, wrong, field, says
    ):
        answer = client.post(PAGE, {**SAID, "message": "Bon anniversaire, Paul !", **wrong})
        assert answer.status_code == 200
        errors = answer.context["form"].errors
        assert list(errors) == [field]
        assert says in str(errors[field]).replace("\N{NO-BREAK SPACE}", " ")
        assert "Bon anniversaire" in text(answer)
        assert Order.objects.count() == 0

    def test_what_was_typed_for_another_person_does_not_count_when_it_is_for_her(self, client, shelf):
        client.post(PAGE, {**SAID, "recipient_email": "not an address", "deliver_on": "x"})
        assert Order.objects.get().recipient_email == ""

    def test_it_offers_one_shop_alone_only_where_that_takes_vouchers(
        self, client, shelf, signed, marie, paul
    ):
        assert marie.name in text(client.get(f"{PAGE}?commerce={marie.slug}"))
        assert paul.name not in text(client.get(f"{PAGE}?commerce={paul.slug}"))
        assert client.get(f"{PAGE}?commerce=nulle-part").status_code == 200
        client.post(f"{PAGE}?commerce={marie.slug}", {**SAID, "place": "shop"})
        assert Order.objects.get().shop == marie

    def test_without_anything_on_sale_it_says_so(self, client, network):
        assert "pas en vente" in text(client.get(PAGE))
        assert "pas en vente" in text(client.post(PAGE, SAID))
        assert Order.objects.count() == 0

    def test_when_the_bank_does_not_answer_her_order_is_kept_and_can_be_paid_later(
        self, client, shelf, monkeypatch
    ):
        from vouchers import payments

        class Away:
            name = "sandbox"

            def create_payment(self, *_args, **_kwargs):
                raise payments.Unavailable

        with monkeypatch.context() as away:
            away.setattr("vouchers.payments.provider", Away)
            page = client.post(PAGE, SAID).url
            assert "ne répond pas" in text(client.post(page, {"do": "pay"}))
        assert client.post(page, {"do": "pay"}).status_code == 302
        assert Payment.objects.count() == 1

    def test_many_orders_from_one_address_are_too_many(self, client, shelf):
        for number in range(30):
            assert client.post(PAGE, {**SAID, "key": str(number)}).status_code == 302
        assert client.post(PAGE, {**SAID, "key": "last"}).status_code == 429
        assert Order.objects.count() == 30

    def test_no_page_of_it_sets_a_cookie(self, client, shelf, bought):
        for address in (
            PAGE,
            "/fr/bons/conditions/",
            "/fr/bons/lien/",
            order_page(bought.order),
            gift_page(bought.order),
        ):
            assert client.get(address).status_code == 200
        client.post(PAGE, SAID)
        assert client.cookies == {}


class TestHerLink:
    def test_a_broken_or_another_purposes_link_opens_nothing(self, client, bought):
        token = links.token(bought.order, links.ORDER)
        other = make_purchase("paul@courrier.example", at=timezone.now()).order
        mixed = token.partition(":")[0] + ":" + links.token(other, links.ORDER).partition(":")[2]
        for broken in (token[:-1], token + "x", mixed, links.token(bought.order, links.GIFT), "x", "é:é"):
            answer = client.get(f"/fr/bons/commande/{broken}/")
            assert answer.status_code == 404
            assert "Retrouver ma commande" in text(answer)
            assert client.post(f"/fr/bons/commande/{broken}/", {"do": "withdraw"}).status_code == 404

    def test_it_ends(self, client, bought):
        assert links.read(
            links.token(bought.order, links.ORDER), links.ORDER, at=timezone.now() + timedelta(days=400)
        )
        with pytest.raises(links.Broken):
            links.read(
                links.token(bought.order, links.ORDER), links.ORDER, at=timezone.now() + timedelta(days=401)
            )

    @pytest.mark.parametrize("page", [order_page, gift_page])
    def test_its_pages_are_kept_nowhere_and_tell_nobody_where_she_was(self, client, bought, page):
        headers = client.get(page(bought.order)).headers
        assert headers["Cache-Control"] == "no-store, private"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]

    def test_logs_hide_it(self, bought):
        for purpose in (links.ORDER, links.GIFT):
            line = f"GET /fr/bons/commande/{links.token(bought.order, purpose)}/ 200"
            assert SIGNED.sub("(signed)", line) == "GET /fr/bons/commande/(signed)/ 200"

    def test_to_look_changes_nothing(self, client, bought):
        for more in ("", "?retour=1", "?retractation=1", "?do=withdraw"):
            client.get(order_page(bought.order) + more)
            client.head(order_page(bought.order) + more)
        bought.order.refresh_from_db()
        assert bought.order.withdrawn_at is None
        assert (Refund.objects.count(), waiting()) == (0, [])

    def test_coming_back_from_the_bank_before_its_message_she_is_told_to_wait(self, client, shelf):
        page = client.post(PAGE, SAID).url
        order = Order.objects.get()
        bank.pays(order.payments.get())
        waits = text(client.get(f"{page}?retour=1"))
        assert "Nous attendons la réponse de la banque" in waits
        assert order.vouchers.count() == 0
        bank.tell(order.payments.get())
        run_jobs()
        assert "Votre paiement est arrivé" in text(client.get(f"{page}?retour=1"))

    def test_refused_by_the_bank_she_may_try_again(self, client, shelf):
        page = client.post(PAGE, SAID).url
        payment = Payment.objects.get()
        bank.at_bank(payment, state="failed")
        bank.tell(payment)
        run_jobs()
        assert "Rien n’a été prélevé" in text(client.get(page))
        client.post(page, {"do": "pay"})
        assert Payment.objects.filter(state="open").count() == 1

    def test_an_abandoned_order_says_so_and_cannot_be_paid(self, client, shelf):
        page = client.post(PAGE, SAID).url
        Payment.objects.update(state="failed", ended_at=timezone.now())
        Order.objects.update(state="abandoned")
        assert "pas été payée à temps" in text(client.get(page))
        assert "n’attend plus de paiement" in text(client.post(page, {"do": "pay"}))
        assert Payment.objects.count() == 1


class TestAGift:
    def test_paul_sees_its_code_its_amount_and_from_whom_it_is(self, client, bought):
        page = text(client.get(gift_page(bought.order)))
        code = bought.voucher.code()
        assert code[:4] in page
        assert "50,00" in page
        assert "De la part de Nina" in page

    def test_a_hidden_amount_is_on_neither_page_nor_paper(self, client, bought):
        Order.objects.filter(pk=bought.order.pk).update(hide_amount=True)
        assert "50,00" not in text(client.get(gift_page(bought.order)))

    def test_it_can_be_printed_and_shown(self, client, bought):
        paper = client.get(gift_page(bought.order, "bons.pdf"))
        assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
        shown = client.get(gift_page(bought.order, f"{bought.voucher.pk}.svg"))
        assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/svg+xml", "no-store, private")
        other = make_purchase("paul@courrier.example", at=timezone.now()).voucher
        assert client.get(gift_page(bought.order, f"{other.pk}.svg")).status_code == 404

    def test_what_is_not_paid_withdrawn_or_frozen_shows_no_code(self, client, bought, network):
        code = bought.voucher.code()[:4]
        lifecycle.freeze(bought.voucher, reason="lost", key=key(), at=timezone.now())
        page = text(client.get(gift_page(bought.order)))
        assert code not in page
        assert "bloqué" in page
        lifecycle.release(bought.voucher, reason="found", key=key(), at=timezone.now())
        buying.withdraw(bought.order, at=timezone.now())
        assert code not in text(client.get(gift_page(bought.order)))
        assert client.get(gift_page(bought.order, "bons.pdf")).status_code == 404
        unpaid = buying.place(
            bought.order.network, amount_cents=1000, quantity=1, buyer_email="x@x.example", language="fr",
            at=timezone.now(),
        )  # fmt: skip
        assert client.get(gift_page(unpaid)).status_code == 404


class TestWhatSheMayDo:
    def test_withdraw_in_two_steps(self, client, bought):
        page = order_page(bought.order)
        assert "Confirmer la rétractation" not in text(client.get(page))
        assert "Confirmer la rétractation" in text(client.get(f"{page}?retractation=1"))
        for _ in range(2):
            assert client.post(page, {"do": "withdraw"}).url == page
        run_jobs()
        shown = text(client.get(page))
        assert "vous ont été remboursés" in shown
        assert bought.voucher.code()[:4] not in shown
        assert mail.outbox[-1].to == ["nina@courrier.example"]

    def test_a_refund_that_failed_is_not_called_done(self, client, bought):
        bought.at_bank.refuses_refunds = True
        bought.at_bank.save()
        client.post(order_page(bought.order), {"do": "withdraw"})
        run_jobs()
        assert "n’a pas abouti" in text(client.get(order_page(bought.order)))

    def test_too_late_she_is_told(self, client, shelf):
        old = make_purchase(at=timezone.now() - timedelta(days=20)).order
        assert "Me rétracter" not in text(client.get(order_page(old)))
        assert "quatorze jours sont passés" in text(client.post(order_page(old), {"do": "withdraw"}))

    def test_replace_a_code_that_somebody_has_seen_once(self, client, bought):
        for _ in range(2):
            client.post(order_page(bought.order), {"do": "reissue", "voucher": bought.voucher.pk})
        old, new = Voucher.objects.filter(order=bought.order).order_by("pk")
        assert (old.state, new.state, new.replaces) == ("void", "active", old)
        assert new.code()[:4] in text(client.get(gift_page(bought.order)))

    @pytest.mark.parametrize("voucher", ["", "x", "999999"])
    def test_not_another_orders(self, client, bought, voucher):
        other = make_purchase("paul@courrier.example", at=timezone.now()).voucher
        for pk in (voucher, other.pk):
            assert client.post(order_page(bought.order), {"do": "reissue", "voucher": pk}).status_code == 404
        assert Voucher.objects.filter(state="void").count() == 0

    @pytest.mark.parametrize("what", ["", "nothing", "erase"])
    def test_anything_else_shows_her_page(self, client, bought, what):
        assert client.post(order_page(bought.order), {"do": what}).status_code == 200

    def test_an_erased_order_shows_nobody_and_no_code(self, client, bought):
        buying.erase(bought.order, at=timezone.now())
        page = text(client.get(order_page(bought.order)))
        assert "ont été effacées" in page
        assert "courrier.example" not in page
        assert bought.voucher.code()[:4] not in page


class TestALostLink:
    def test_the_answer_is_the_same_whether_there_are_orders_or_not(self, client, bought):
        known = client.post("/fr/bons/lien/", {"buyer_email": "NINA@courrier.example"})
        unknown = client.post("/fr/bons/lien/", {"buyer_email": "nobody@courrier.example"})
        assert text(known) == text(unknown)
        run_jobs()
        (letter,) = mail.outbox
        assert letter.to == ["nina@courrier.example"]
        assert order_page(bought.order) in letter.body

    def test_asked_for_again_and_again_it_is_mailed_a_few_times(self, client, bought):
        codes = [
            client.post("/fr/bons/lien/", {"buyer_email": "nina@courrier.example"}).status_code
            for _ in range(12)
        ]
        assert codes == [200] * 10 + [429] * 2
        assert len(waiting("send_links")) == 1

    def test_what_is_no_address_is_said_and_kept(self, client, network):
        answer = client.post("/fr/bons/lien/", {"buyer_email": "nina@"})
        assert 'value="nina@"' in text(answer)


class TestTheMadeUpBank:
    @pytest.mark.parametrize(
        ("outcome", "news", "paid"),
        [
            ("pay", "once", True),
            ("pay", "twice", True),
            ("pay", "shuffled", True),
            ("pay", "forged", False),
            ("pay", "never", False),
            ("pay", "late", False),
            ("short", "once", False),
            ("refuse", "once", False),
            ("leave", "once", False),
        ],
    )
    def test_it_does_what_it_is_told(self, client, shelf, monkeypatch, outcome, news, paid):
        """Its messages travel over HTTP: here by Django's client, in the demonstration by the network."""

        def deliver(request, timeout):
            headers = {name.title(): value for name, value in request.header_items()}
            status = bank.send(request.data, headers)
            if status >= 400:
                raise OSError(status)
            return open("/dev/null", "rb")

        monkeypatch.setattr("sandbox.jobs.urlopen", deliver)
        client.post(PAGE, SAID)
        payment = Payment.objects.get()
        there = payment.address.removeprefix("http://127.0.0.1:8000").removeprefix("http://testserver")
        back = client.post(there, {"outcome": outcome, "news": news})
        assert "/bons/commande/" in back.url
        run_jobs()
        assert (Voucher.objects.count() == 2) == paid
        # Whatever it did not say, the site finds out.
        buying.look_at(payment, at=timezone.now())
        assert (Voucher.objects.count() == 2) == (outcome == "pay")

    def test_a_second_click_changes_nothing(self, client, shelf):
        client.post(PAGE, SAID)
        there = Payment.objects.get().address.partition("/banque")[2]
        for outcome in ("refuse", "pay"):
            client.post(f"/banque{there}", {"outcome": outcome, "news": "never"})
        buying.look_at(Payment.objects.get(), at=timezone.now())
        assert Payment.objects.get().state == "failed"

    def test_its_mailbox_is_shown_in_the_demonstration_alone(self, client, settings, tmp_path, bought):
        assert client.get("/boite-fictive/").status_code == 404
        settings.DEMO, settings.MAIL_FOLDER = True, tmp_path
        assert "Aucun e-mail" in text(client.get("/boite-fictive/"))
        from vouchers import letters

        message = letters.gift(bought.order)
        (tmp_path / "20261123-1.log").write_bytes(message.message().as_bytes() + b"\n" + b"-" * 79 + b"\n")
        page = text(client.get("/boite-fictive/"))
        assert "Un bon d’achat pour vous" in page
        found = client.get("/boite-fictive/20261123-1.log/0")
        assert found.content[:5] == b"%PDF-"
        for wrong in ("20261123-1.log/1", "x.log/0", "..%2Fsecret.log/0", ".log/0"):
            assert Client().get(f"/boite-fictive/{wrong}").status_code == 404
