"""Campaigns at the finance desk: who may, what is typed wrongly, what two people do, how codes leave the house."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tests.door import enter
from tests.jobs import run_jobs
from tests.papers import close, text_of
from tests.people import claire, make_person, marie_herself  # noqa: F401
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, balance, key, make_batch, make_campaign, page, post
from vouchers import campaigns, serials, treasury
from vouchers.models import Batch, Bonus, BudgetLoad, Campaign, CodePrint, Network, Voucher

TERMS = {
    "name": "Bons d’hiver", "name_de": "Wintergutscheine", "decision_ref": "CC 2026/118", "decided_on": "2026-10-01",
    "amount": "30", "starts_on": "2026-11-01", "ends_on": "2026-12-31", "expires_on": "2029-12-31",
    "may_print": "on", "may_hand_over": "on",
}  # fmt: skip


def load(campaign, cents):
    treasury.load_budget(campaign.network.issuer, campaign.budget_name, cents, key=key(), at=TUESDAY_10H)


# Terms


def test_a_campaign_is_written_down_opened_and_filled(desk, network):
    response = post(desk, "campaign_new", network=network.pk, **TERMS)
    campaign = Campaign.objects.get()
    assert (campaign.amount_cents, campaign.name_de, campaign.slug) == (
        3000,
        "Wintergutscheine",
        "bons-dhiver",
    )
    assert "Ouvrir la campagne" in response.text
    assert "CC 2026/118" in response.text
    post(desk, "campaign_open", campaign.pk, sure="1")
    sent = key()
    for _click in range(2):
        response = post(desk, "batch_new", campaign.pk, quantity=25, key=sent)
    assert "En cours" in response.text
    run_jobs()
    assert Batch.objects.get().vouchers.count() == 25
    assert "En cours" not in desk.get(page("batch", Batch.objects.get().pk)).text


def test_a_campaign_whose_days_have_gone_by_is_not_opened_but_corrected(desk, network):
    campaign = make_campaign(network, is_open=False, ends_on=TODAY - timedelta(days=1))
    assert "Son dernier jour de remise est passé." in desk.get(page("campaign", campaign.pk)).text
    assert "corrigez d’abord ses conditions" in post(desk, "campaign_open", campaign.pk, sure="1").text
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"decision_ref": ""}, "Remplissez ce champ"),
        ({"amount": "trente"}, "Tapez un montant en euros"),
        ({"amount": "0"}, "Un montant entre"),
        ({"amount": "30,505"}, "Tapez un montant"),
        ({"ends_on": "2026-10-30"}, "vient avant le premier"),
        ({"expires_on": "2028-12-30"}, "pas avant le 31/12/2028"),
        ({"decided_on": "2027-01-01"}, "Ce jour est à venir"),
        ({"may_print": "", "may_hand_over": ""}, "comment les bons arrivent"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(desk, network, wrong, said):
    said_before = TERMS | wrong
    if not wrong.get("may_print", "on"):
        said_before.pop("may_print"), said_before.pop("may_hand_over")
    response = desk.post(page("campaign_new"), {"network": network.pk, **said_before})
    assert response.status_code == 200
    assert said in response.text
    assert "Wintergutscheine" in response.text
    assert not Campaign.objects.exists()


def test_the_terms_of_an_open_campaign_are_no_form_any_more(desk, network):
    campaign = make_campaign(network)
    for name in ("campaign_edit", "campaign_bonus"):
        response = post(desk, name, campaign.pk, network=network.pk, **TERMS)
        assert "ne changent plus" in response.text
    campaign.refresh_from_db()
    assert campaign.decision_ref == "CC 2026/118"


def test_a_draft_is_corrected(desk, network):
    campaign = make_campaign(network, is_open=False)
    assert "30,00" in desk.get(page("campaign_edit", campaign.pk)).text
    post(desk, "campaign_edit", campaign.pk, network=network.pk, **TERMS | {"amount": "12,50"})
    campaign.refresh_from_db()
    assert campaign.amount_cents == 1250


def test_a_bonus_is_settled_before_the_opening(desk, network, marie):
    campaign = make_campaign(network, is_open=False)
    other_issuers = Network.objects.create(
        issuer=network.issuer.__class__.objects.create(name="X"), name="Autre"
    )
    said = {
        "percent": 10, "from_": "5", "starts_on": "2026-11-01", "ends_on": "2026-12-31", "networks": [network.pk],
        "districts": [marie.district_id], "week_most": "200", "fixed": "", "voucher_most": "", "campaign_most": "1000",
    }  # fmt: skip
    response = desk.post(page("campaign_bonus", campaign.pk), said | {"fixed": "2"})
    assert "L’un des deux" in response.text
    response = desk.post(page("campaign_bonus", campaign.pk), said | {"networks": [other_issuers.pk]})
    assert response.status_code == 200
    assert not Bonus.objects.exists()
    response = post(desk, "campaign_bonus", campaign.pk, **said)
    bonus = Bonus.objects.get()
    assert (bonus.percent, bonus.from_cents, bonus.week_most_cents, bonus.campaign_most_cents) == (
        10,
        500,
        20_000,
        100_000,
    )
    assert (bonus.networks, bonus.districts, bonus.categories) == ([network.pk], [marie.district_id], [])
    assert "200,00 € au plus par commerce" in response.text.replace("\xa0", " ")
    post(desk, "campaign_bonus", campaign.pk, without="1")
    assert not Bonus.objects.exists()


# Money, by two people


def test_a_budget_is_loaded_by_two_people(desk, other_desk, network):
    campaign, sent = make_campaign(network), key()
    for _click in range(2):
        response = post(desk, "campaign_load", campaign.pk, cents="1 500,00", reference="Avis 44", key=sent)
    load = BudgetLoad.objects.get()
    assert "Une autre personne confirme" in response.text
    response = post(desk, "load_decide", load.pk, agree="1")
    assert "Vous l’avez demandé vous-même" in response.text
    assert campaigns.left(campaign) == 0
    for _click in range(2):
        response = post(other_desk, "load_decide", load.pk, agree="1")
    assert "déjà décidé" in response.text
    assert campaigns.left(campaign) == 150_000
    assert "Demandé par Frank" in response.text
    assert "décidé par Fatima" in response.text


def test_a_load_that_is_refused_moves_nothing(desk, other_desk, network):
    campaign = make_campaign(network)
    post(desk, "campaign_load", campaign.pk, cents="10", reference="Avis 44", key=key())
    post(other_desk, "load_decide", BudgetLoad.objects.get().pk, refuse="1")
    assert BudgetLoad.objects.get().state == "refused"
    assert campaigns.left(campaign) == 0


# Vouchers reach people


@pytest.fixture
def batch(network):
    campaign = make_campaign(network, budget=100_000)
    return make_batch(campaign, 6)


def test_a_batch_is_handed_over_as_letters_leave(desk, batch):
    assert "Cochez" in post(desk, "batch_hand_over", batch.pk).text
    response = post(desk, "batch_hand_over", batch.pk, sure="1")
    assert "En cours : remise" in response.text
    run_jobs()
    assert batch.vouchers.filter(state="active").count() == 6


def test_what_the_budget_lacks_is_said_to_the_cent(desk, network):
    batch = make_batch(make_campaign(network, budget=8_999), 3)
    response = post(desk, "batch_hand_over", batch.pk, sure="1")
    assert "Il manque 0,01 €" in response.text.replace("\xa0", " ")


def test_at_the_counter_a_voucher_is_handed_over_by_its_number_or_its_code(desk, batch):
    first, second = batch.vouchers.order_by("place")[:2]
    response = post(desk, "campaign_counter", batch.campaign_id, typed=serials.of(first))
    assert f"Bon {serials.of(first)} remis" in response.text
    response = post(desk, "campaign_counter", batch.campaign_id, typed=f"https://x/fr/bon/#{second.code()}")
    assert f"Bon {serials.of(second)} remis" in response.text
    assert "no-store" in response.headers["Cache-Control"]
    assert set(Voucher.objects.filter(state="active")) == {first, second}
    assert balance(campaigns.budget_of(batch.campaign)) == 100_000 - 6000
    assert "déjà été remis" in post(desk, "campaign_counter", batch.campaign_id, typed=serials.of(first)).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1-00001-9", "Il manque un signe"),
        ("", "Remplissez ce champ"),
        ("99-00001-0", "n’est pas de cette campagne"),
        ("\x00", "caract"),
    ],
)
def test_what_is_no_voucher_of_the_campaign_is_said(desk, batch, typed, said):
    response = desk.post(page("campaign_counter", batch.campaign_id), {"typed": typed})
    assert response.status_code == 200
    assert said in response.text


def test_another_day_the_counter_is_closed(frank, batch, clock):
    clock(TUESDAY_10H + timedelta(days=31))
    desk = enter(Client(), frank)
    assert "ne remet rien" in desk.get(page("campaign_counter", batch.campaign_id)).text
    response = desk.post(
        page("campaign_counter", batch.campaign_id), {"typed": serials.of(batch.vouchers.first())}
    )
    assert not Voucher.objects.filter(state="active").exists()
    assert response.status_code == 200


def listed(desk, batch, text, name="liste.csv"):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode("utf-8-sig"))
    return desk.post(page("campaign_list", batch.campaign_id), {"file": file, "key": key()}, follow=True)


def test_a_list_of_numbers_hands_its_vouchers_over(desk, batch):
    numbers = [serials.of(each) for each in batch.vouchers.order_by("place")[:4]]
    response = listed(
        desk, batch, "numero;nom\n" + "\n".join(f"{number};x" for number in [*numbers, numbers[0]])
    )
    assert "4 bons sont en train" in response.text
    run_jobs()
    assert batch.vouchers.filter(state="active").count() == 4


def test_a_list_with_one_fault_hands_nothing_over_and_names_the_line(desk, batch):
    first, second = batch.vouchers.order_by("place")[:2]
    campaigns.hand_over(batch.campaign, [second], by=1, at=TUESDAY_10H)
    stranger = make_batch(make_campaign(batch.campaign.network)).vouchers.get()
    lines = [serials.of(first), serials.of(second), serials.of(stranger), "12-3"]
    response = listed(desk, batch, "\n".join(lines))
    for said in (
        "Ligne 2 : ce bon est déjà remis",
        "Ligne 3 : aucun bon",
        "Ligne 4 : ce n’est pas un numéro",
    ):
        assert said in response.text
    run_jobs()
    assert not Voucher.objects.filter(pk=first.pk, state="active").exists()


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", "", "numero\n"])
def test_a_file_that_is_no_list_is_said_to_be_none(desk, batch, text):
    response = listed(desk, batch, text)
    assert response.status_code == 200
    assert 'class="error"' in response.text


def test_what_nobody_got_is_cancelled_and_a_campaign_is_closed(desk, batch):
    assert "Cochez" in post(desk, "batch_cancel", batch.pk).text
    post(desk, "batch_cancel", batch.pk, sure="1")
    run_jobs()
    assert batch.vouchers.filter(state="void").count() == 6
    assert "Cochez" in post(desk, "campaign_close", batch.campaign_id).text
    response = post(desk, "campaign_close", batch.campaign_id, sure="1")
    assert "La campagne est close" in response.text
    assert "déjà close" in post(desk, "campaign_close", batch.campaign_id, sure="1").text


# Codes leave the house


def take(desk, batch, form="cards", **more):
    return desk.post(
        page("batch_print", batch.pk), {"form": form, "part": 1, "language": "fr", "sure": "on"} | more
    )


@pytest.mark.parametrize("form", ["cards", "letters"])
def test_codes_are_printed_by_a_deliberate_act_that_is_noted(desk, frank, batch, form):
    response = take(desk, batch, form, sure="")
    assert "Cochez cette case" in response.text
    assert not CodePrint.objects.exists()
    response = take(desk, batch, form)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert b"pdfuaid" in response.content
    words = text_of(response.content).replace("\xa0", " ")
    for voucher in batch.vouchers.all():
        code = voucher.code()
        assert "-".join(code[n : n + 4] for n in range(0, 16, 4)) in close(words)
        assert serials.of(voucher) in words
    assert "31 décembre 2029" in words
    note = CodePrint.objects.get()
    assert (note.by, note.number, note.form) == (frank.pk, 6, form)
    shown = desk.get(page("batch", batch.pk)).text
    assert "Frank" in shown
    assert "6 codes" in shown


def test_the_table_for_a_printer_has_number_code_amount_and_end(desk, batch):
    response = take(desk, batch, "table")
    assert "no-store" in response.headers["Cache-Control"]
    header, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";")
    assert header == ["numero", "code", "montant_eur", "valable_jusqu_au", "adresse_qr"]
    assert [row[0] for row in rows] == [serials.of(each) for each in batch.vouchers.order_by("place")]
    assert {tuple(row[2:4]) for row in rows} == {("30,00", "2029-12-31")}
    assert all(row[4].endswith(f"#{row[1]}") for row in rows)


def test_the_code_of_a_voucher_that_somebody_has_leaves_no_more(desk, batch):
    mine = batch.vouchers.order_by("place")[0]
    campaigns.hand_over(batch.campaign, [mine], by=1, at=TUESDAY_10H)
    rows = take(desk, batch, "table").content.decode()
    assert serials.of(mine) not in rows
    assert CodePrint.objects.get().number == 5
    campaigns.hand_over(batch.campaign, batch.vouchers.order_by("place")[1:], by=1, at=TUESDAY_10H)
    assert take(desk, batch, "table").status_code == 302
    assert CodePrint.objects.count() == 1


def test_printing_leaves_no_code_in_the_database_in_the_logs_or_on_disk(
    desk, batch, caplog, settings, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    settings.MEDIA_ROOT = settings.VAR_DIR = tmp_path
    caplog.set_level("DEBUG")
    for form in CodePrint.Form.values:
        take(desk, batch, form)
    desk.get(page("batch", batch.pk))
    codes = {voucher.code() for voucher in batch.vouchers.all()}
    spaced = {"-".join(code[n : n + 4] for n in range(0, 16, 4)) for code in codes}
    assert not any(code in caplog.text for code in codes | spaced)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            kept = "\n".join(row for (row,) in cursor.fetchall())
            assert not any(code in kept for code in codes | spaced), table


# Who may


PAGES = [("campaigns",), ("campaign", "pk"), ("batch", "batch"), ("grants",)]
FORMS = [("campaign_new",), ("campaign_load", "pk"), ("campaign_counter", "pk"), ("campaign_list", "pk"), ("grant_new",), ("goodwill_load",)]  # fmt: skip
ACTS = [("campaign_open", "pk"), ("campaign_close", "pk"), ("batch_new", "pk"), ("batch_hand_over", "batch"), ("batch_cancel", "batch"), ("batch_print", "batch")]  # fmt: skip


def addresses(batch, names):
    found = {"pk": batch.campaign_id, "batch": batch.pk}
    return [page(name, *(found[each] for each in takes)) for name, *takes in names]


def test_the_auditor_reads_and_changes_nothing(batch, aude):
    client = enter(Client(), aude)
    for address in addresses(batch, PAGES):
        response = client.get(address)
        assert response.status_code == 200
        assert not re.findall(r'<form[^>]*method="post"[^>]*finances', response.text)
    for address in addresses(batch, FORMS):
        assert client.get(address).status_code == 404
    for address in addresses(batch, FORMS + ACTS):
        assert client.post(address, {"sure": "1"}).status_code == 404
    assert not CodePrint.objects.exists()


def test_for_others_there_is_nothing(batch, claire, marie_herself):  # noqa: F811
    for person in (claire, marie_herself):
        client = enter(Client(), person)
        for address in addresses(batch, PAGES + FORMS):
            assert client.get(address).status_code == 404
    assert Client().get(page("campaigns")).status_code == 302


def test_reading_changes_nothing(desk, network):
    """Not even the budget's account is made."""
    campaign = make_campaign(network)
    batch = Batch.objects.create(
        campaign=campaign, quantity=1, form_key=key(), made_by=1, made_at=TUESDAY_10H
    )
    with connection.execute_wrapper(_no_writing):
        for address in addresses(batch, PAGES + FORMS + [("campaign_bonus", "pk"), ("campaign_edit", "pk")]):
            assert desk.get(address).status_code in (200, 302)


def _no_writing(execute, sql, params, many, context):
    written = (
        re.match(r"(INSERT|UPDATE|DELETE)\b", sql) and "django_session" not in sql and "accounts_" not in sql
    )
    assert not written, sql
    return execute(sql, params, many, context)


def test_the_lists_ask_the_same_few_questions_however_long_they_are(
    desk, network, django_assert_max_num_queries
):
    for _number in range(6):
        campaign = make_campaign(network, budget=1000)
        make_batch(campaign, 3)
    desk.get(page("campaigns"))
    # Session, person, second factor, city and its frame; campaigns counted and read, their vouchers, their budgets.
    with django_assert_max_num_queries(12):
        desk.get(page("campaigns"))
    for _number in range(5):
        make_batch(campaign, 2)
    # The campaign, batches counted and read, their vouchers, loads, names, bonus, budget.
    with django_assert_max_num_queries(15):
        desk.get(page("campaign", campaign.pk))


def test_an_empty_desk_says_what_to_do(desk):
    assert "Pas encore de campagne" in desk.get(page("campaigns")).text
