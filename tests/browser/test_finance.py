"""Frank, Fatima and Aude at the finance desk in a real browser: axe finds nothing, two people put a sale right, one has it proved."""

import pytest
from django.test.utils import override_settings
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.databases import used


@pytest.fixture(scope="module")
def known(site, django_db_blocker):
    """Of the demonstration: a voucher with its sale, an order, a campaign with its batch, a grant, a shop that has signed."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), used(site.database):
        from vouchers.models import Agreement, Batch, Campaign, Grant, Order, Transaction

        sale = Transaction.objects.filter(
            kind="redeemed", transfers__source__voucher__order__isnull=False
        ).first()
        voucher = sale.transfers.order_by("position")[0].source.voucher
        agreement = Agreement.objects.order_by("pk")[0]
        batch = Batch.objects.order_by("pk")[0]
        return {
            "voucher": voucher.pk, "sale": sale.pk, "order": Order.objects.order_by("pk")[0].pk,
            "agreement": agreement.pk, "shop": agreement.shop_id, "batch": batch.pk, "campaign": batch.campaign_id,
            "draft": Campaign.objects.get(state="draft").pk, "grant": Grant.objects.order_by("pk")[0].pk,
            "network": agreement.network_id,
        }  # fmt: skip


def test_every_page_of_the_finance_desk_is_accessible(site, new_page, claire_in, known):
    page = new_page(width=DESKTOP, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    claire_in(page, "frank")
    for address in (
        "", "bons/", "bons/{voucher}/", "bons/{voucher}/encaissement/{sale}/", "commandes/", "commandes/{order}/",
        "campagnes/", "campagnes/{campaign}/", "campagnes/{draft}/bonus/", "campagnes/nouvelle/",
        "campagnes/{campaign}/guichet/", "campagnes/{campaign}/liste/", "campagnes/lots/{batch}/", "dons/", "dons/nouveau/",
        "dons/{grant}/", "corrections/", "ecarts/nouveau/", "conventions/", "conventions/commerces/{shop}/",
        "conventions/{agreement}/", "reseaux/{network}/", "rapports/", "preuve/",
    ):  # fmt: skip
        page.goto(f"{site.origin}/gestion/finances/{address.format(**known)}")
        faults += faults_of(page)
    assert faults == []


def test_two_people_put_a_sale_right_and_a_third_has_the_books_proved(site, new_page, claire_in, known):
    """On a phone: Frank asks, Fatima agrees, Aude reads it and may change nothing."""
    page = new_page(width=PHONE, locale="fr-FR")
    finances = f"{site.origin}/gestion/finances/"
    claire_in(page, "frank")
    page.goto(f"{finances}bons/{known['voucher']}/")
    page.get_by_role("link", name="Corriger").last.click()
    page.get_by_label("À rendre au bon").fill("1,5")
    page.get_by_role("button", name="Demander").click()
    expect(page.get_by_text("Une autre personne confirme.")).to_be_visible()
    expect(page.get_by_role("button", name="Confirmer")).to_have_count(0)

    claire_in(page, "fatima")
    page.goto(finances)
    page.get_by_role("link", name="correction à confirmer").click()
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("C’est confirmé")).to_be_visible()
    page.get_by_role("link", name="bon …").first.click()
    expect(page.get_by_text("correction après virement")).to_be_visible()

    claire_in(page, "aude")
    page.goto(f"{finances}bons/{known['voucher']}/")
    expect(page.get_by_role("heading", name="Ce qui s’est passé")).to_be_visible()
    expect(page.get_by_role("link", name="Corriger")).to_have_count(0)
    expect(page.get_by_text("Bloquer ce bon")).to_have_count(0)
    page.goto(f"{finances}preuve/")
    page.get_by_role("button", name="Vérifier maintenant").click()
    expect(page.get_by_text("La vérification est lancée")).to_be_visible()
