"""Frank, Fatima and Aude at the finance desk in a real browser: axe finds nothing, two people put a sale right, one has it proved."""

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.databases import used
from tests.door import enter


@pytest.fixture(scope="module")
def known(site, django_db_blocker):
    """Of the demonstration: a voucher with its sale, an order, a campaign with its batch, a grant, a shop that has signed."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), used(site.database):
        from vouchers.models import Agreement, Batch, Campaign, Grant, Order, Payout, Transaction

        sale = Transaction.objects.filter(
            kind="redeemed", transfers__source__voucher__order__isnull=False
        ).first()
        voucher = sale.transfers.order_by("position")[0].source.voucher
        agreement = Agreement.objects.order_by("pk")[0]
        batch = Batch.objects.order_by("pk")[0]
        payout = Payout.objects.select_related("shop").order_by("pk")[0]
        return {
            "voucher": voucher.pk, "sale": sale.pk, "order": Order.objects.order_by("pk")[0].pk,
            "agreement": agreement.pk, "shop": agreement.shop_id, "batch": batch.pk, "campaign": batch.campaign_id,
            "draft": Campaign.objects.get(state="draft").pk, "grant": Grant.objects.order_by("pk")[0].pk,
            "network": agreement.network_id, "payout": payout.pk, "file": payout.file_id,
            "public_id": payout.shop.public_id, "paid": payout.shop_id,
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
        "conventions/{agreement}/", "reseaux/{network}/", "rapports/", "preuve/", "reliquats/", "reliquats/nouveau/",
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


def test_every_page_about_payouts_is_accessible_and_a_file_is_prepared_and_released(
    site, new_page, claire_in, known, django_db_blocker
):
    page = new_page(width=DESKTOP, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    finances = f"{site.origin}/gestion/finances/"
    claire_in(page, "frank")
    for address in (
        "virements/", "virements/attente/", "virements/reglages/", "virements/prestataire/", "virements/banque/",
        "virements/{file}/", "virements/paiement/{payout}/", "comptes/", "comptes/{public_id}/",
    ):  # fmt: skip
        page.goto(finances + address.format(**known))
        faults += faults_of(page)

    page.goto(f"{finances}virements/semaine/")
    odd = page.get_by_role("group").filter(has_text="acheté par le commerce lui-même").first
    odd.locator("summary").click()
    odd.get_by_role("checkbox").check()
    faults += faults_of(page)
    odd.get_by_role("button", name="Retenir").click()
    expect(page.get_by_text("1 encaissement est retenu")).to_be_visible()
    faults += faults_of(page)
    page.get_by_role("button", name="Libérer").click()
    expect(page.get_by_text("C’est libéré")).to_be_visible()

    page.goto(f"{finances}virements/")
    page.get_by_role("button", name="Préparer le fichier").click()
    expect(page.get_by_role("heading", name="BONS-")).to_be_visible()
    expect(page.get_by_role("link", name="Vérifier et lancer")).to_have_count(0)
    prepared = page.url
    faults += faults_of(page)

    with django_db_blocker.unblock(), override_settings(DEMO=True), used(site.database):
        from accounts.models import User
        from tests.security.test_mass_assignment import fresh_at_the_door

        # Who releases money has shown her second factor a moment ago.
        client = fresh_at_the_door(User.objects.get(email="fatima@ville.example"))
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.origin}])
    page.goto(finances)
    page.get_by_role("link", name="fichier de virements à lancer").click()
    expect(page.get_by_role("link", name="fichier de virements à lancer")).to_have_count(0)
    page.goto(prepared)
    page.get_by_role("link", name="Vérifier et lancer").click()
    expect(page.get_by_role("button", name="Lancer")).to_be_visible()
    faults += faults_of(page)
    page.get_by_role("button", name="Lancer").click()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Télécharger le fichier").or_(
            page.get_by_role("link", name="Télécharger le fichier")
        ).click()
    assert b"pain.001.001.09" in begun.value.path().read_bytes()
    assert faults == []


def test_marie_reads_her_takings_on_her_phone(site, new_page, known, django_db_blocker):
    with django_db_blocker.unblock(), override_settings(DEMO=True), used(site.database):
        from shops.models import Membership
        from tests.people import make_person

        marie = make_person("marie@recettes.example", name="Marie Muller")
        Membership.objects.create(shop_id=known["paid"], user=marie, role="owner", since_at=timezone.now())
        key = enter(Client(), marie).cookies[settings.SESSION_COOKIE_NAME].value
    page = new_page(width=PHONE, locale="fr-FR")
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.origin}])
    page.goto(f"{site.origin}/fr/comptoir/{known['public_id']}/recettes/")
    expect(page.get_by_role("heading", name="Recettes en bons d’achat")).to_be_visible()
    assert faults_of(page) == []
    with page.expect_download() as begun:
        page.get_by_role("link", name="PDF").first.click()
    assert begun.value.path().read_bytes().startswith(b"%PDF")
