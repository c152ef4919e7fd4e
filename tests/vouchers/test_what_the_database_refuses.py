"""What may never be, the database itself refuses: to the application by right, to its tables' owner by constraint and trigger.

Each attack says which constraint or trigger must stop it. Every one that exists has an attack, and with it dropped the
attack is no longer stopped by it: so dropping any makes a test here fail, and one that is added without an attack too.
"""

import re

import pytest
from django.db import DatabaseError, connection, transaction

from tests.vouchers.conftest import make_batch, make_campaign
from vitrine.database.roles import acting_as_owner
from vouchers import treasury

# What the attacks write, with rows that are there: `one(kind)` is an account of the kind, `sale` a taking of Marie's.
ROWS = {
    "voucher": "(SELECT id FROM vouchers_account WHERE kind = 'voucher' ORDER BY id LIMIT 1)",
    "payable": "(SELECT id FROM vouchers_account WHERE kind = 'merchant_payable' LIMIT 1)",
    "outside": "(SELECT id FROM vouchers_account WHERE kind = 'psp_clearing' LIMIT 1)",
    "issuer": "(SELECT min(id) FROM vouchers_issuer)",
    "network": "(SELECT min(id) FROM vouchers_network)",
    "shop": "(SELECT shop_id FROM vouchers_agreement LIMIT 1)",
    "sale": "(SELECT min(t.id) FROM vouchers_transaction t WHERE kind = 'redeemed'"
    " AND NOT EXISTS (SELECT FROM vouchers_transaction r WHERE r.reverses_id = t.id))",
    "undone": "(SELECT min(reverses_id) FROM vouchers_transaction)",
    "link": "(SELECT min(seq) FROM vouchers_chainlink)",
    "batch": "(SELECT min(id) FROM vouchers_batch)",
    "prepared": "(SELECT account_id FROM vouchers_voucher WHERE state = 'prepared')",
    "bank": "(SELECT max(id) FROM vouchers_account WHERE kind = 'bank')",
    "budget": "(SELECT max(id) FROM vouchers_account WHERE kind = 'campaign_budget')",
    # One that is open, and one that is not yet.
    "campaign": "(SELECT min(id) FROM vouchers_campaign)",
    "draft": "(SELECT max(id) FROM vouchers_campaign)",
}
NEWEST = "(SELECT max(id) FROM vouchers_transaction)"
NOW = "'2026-11-24 10:00+01'"


def begin(kind="redeemed", reverses="NULL", pk="DEFAULT", key="'attack'", written_in="", subject="''"):
    column, value = (", written_in", f", '{written_in}'") if written_in else ("", "")
    return (
        "INSERT INTO vouchers_transaction (id, kind, scope, idem_key, request_sha256, reason, subject, details,"
        f" reverses_id, created_at{column}) VALUES ({pk}, '{kind}', 'test', {key}, '', '', {subject}, '{{{{}}}}', {reverses},"
        f" {NOW}{value})"
    )


def move(source, target, cents=1, *, txn=NEWEST, position=0, after=""):
    column, value = (", source_after, target_after", ", 0, 0") if after else ("", "")
    return (
        f"INSERT INTO vouchers_transfer (txn_id, position, source_id, target_id, amount_cents{column})"
        f" VALUES ({txn}, {position}, {source}, {target}, {cents}{value})"
    )


def account(kind="voucher", owner="'x'", floor="true", balance=0, issuer="{issuer}", pk="DEFAULT"):
    return (
        "INSERT INTO vouchers_account (id, issuer_id, kind, owner, has_floor, balance_cents)"
        f" VALUES ({pk}, {issuer}, '{kind}', {owner}, {floor}, {balance})"
    )


def voucher(**columns):
    """One of the City's campaign, unless it says that it is another's."""
    ours = (
        {"batch_id": "{batch}", "place": "7"}
        if not columns.keys() & {"order_id", "replaces_id", "grant_id"}
        else {}
    )
    row = ours | {
        "account_id": "(SELECT max(id) FROM vouchers_account)", "network_id": "{network}", "shop_id": "NULL",
        "state": "'active'", "issued_on": "'2026-11-24'", "expires_on": "'2029-11-24'", "code_hmac": "'x'",
        "code_sealed": "''", "key_id": "''", "last4": "''",
    } | columns  # fmt: skip
    return insert("voucher", row)


def change(txn="{sale}", voucher="(SELECT min(id) FROM vouchers_voucher)", pk="DEFAULT"):
    return (
        "INSERT INTO vouchers_voucherchange (id, txn_id, voucher_id, state)"
        f" VALUES ({pk}, {txn}, {voucher}, 'void')"
    )


def agreement(
    signed_on="'2020-01-01'", ends_on="'2020-12-31'", shop="{shop}", network="{network}", pk="DEFAULT"
):
    return (
        "INSERT INTO vouchers_agreement (id, shop_id, network_id, signed_on, ends_on)"
        f" VALUES ({pk}, {shop}, {network}, {signed_on}, {ends_on})"
    )


def insert(table, row):
    return f"INSERT INTO vouchers_{table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def network(pk="DEFAULT", issuer="{issuer}", months=36, grace=6, least=10, donate=0):
    return insert("network", {
        "id": pk, "issuer_id": issuer, "name": "'x'", "valid_months": str(months), "grace_months": str(grace),
        "extension_months": "12", "on_sale": "false", "least_cents": str(least), "most_cents": "20", "step_cents": "5",
        "order_most_cents": "20", "day_most_cents": "20", "rest_goes_to": "'x'", "rest_words": "''",
        "donate_most_cents": str(donate),
    })  # fmt: skip


def order(**columns):
    return insert("order", {
        "ref": "'attack'", "network_id": "{network}", "shop_id": "NULL", "amount_cents": "5000", "quantity": "1",
        "state": "'open'", "language": "'fr'", "buyer_email": "'n@x'", "sender_name": "''", "recipient_name": "''",
        "recipient_email": "''", "message": "''", "hide_amount": "false", "placed_at": NOW, "resent": "0",
    } | columns)  # fmt: skip


def paid(order, **columns):
    """A payment of an order that arrived."""
    return insert("payment", {
        "order_id": order, "provider": "'sandbox'", "provider_ref": "'attack'", "state": "'paid'", "address": "''",
        "got": "5000", "currency": "'EUR'", "begun_at": NOW, "ended_at": NOW,
    } | columns)  # fmt: skip


def refund(**columns):
    return insert("refund", {
        "payment_id": NEW_PAYMENT, "voucher_id": "NULL", "cents": "1", "reason": "'surplus'", "state": "'asked'",
        "tries": "1", "provider_ref": "''", "failure": "''", "asked_at": NOW,
    } | columns)  # fmt: skip


def event(pk="DEFAULT", number="'attack'"):
    return insert("providerevent", {
        "id": pk, "provider": "'sandbox'", "event_id": number, "provider_ref": "''", "body": "''", "heard_at": NOW,
    })  # fmt: skip


def notice(**columns):
    return insert("notice", {
        "voucher_id": A_VOUCHER, "days": "60", "expires_on": "'2029-11-24'", "sent_at": NOW,
    } | columns)  # fmt: skip


def campaign(**columns):
    return insert("campaign", {
        "network_id": "{network}", "name": "'x'", "slug": "'attack'", "decision_ref": "'1'", "decided_on": "'2026-01-01'",
        "state": "'draft'", "amount_cents": "1", "starts_on": "'2026-01-01'", "ends_on": "'2026-12-31'",
        "expires_on": "'2028-12-31'", "may_print": "true", "may_hand_over": "true", "may_mail": "true",
        "figures": "'{{}}'",
    } | columns)  # fmt: skip


def bonus(**columns):
    return insert("bonus", {
        "campaign_id": "{draft}", "percent": "10", "from_cents": "0", "starts_on": "'2026-01-01'",
        "ends_on": "'2026-12-31'", "networks": "'{{1}}'", "districts": "'{{}}'", "categories": "'{{}}'",
    } | columns)  # fmt: skip


def use(**columns):
    return insert("bonususe", {"bonus_id": NEW_BONUS, "owner": "''", "used_cents": "1"} | columns)


def batch(**columns):
    return insert("batch", {
        "campaign_id": "{campaign}", "quantity": "1", "task": "''", "halted": "''", "form_key": "'attack'",
        "made_by": "1", "made_at": NOW,
    } | columns)  # fmt: skip


def codeprint(**columns):
    return insert("codeprint", {
        "batch_id": "{batch}", "form": "'cards'", "part": "1", "number": "1", "by": "1", "at": NOW,
    } | columns)  # fmt: skip


ASKED = {"state": "'asked'", "form_key": "'attack'", "asked_by": "1", "asked_at": NOW}
AGREED = {"state": "'agreed'", "decided_by": "2", "decided_at": NOW}


def load(**columns):
    return insert("budgetload", ASKED | {
        "issuer_id": "{issuer}", "campaign_id": "{campaign}", "cents": "1", "reference": "'x'",
    } | columns)  # fmt: skip


def rest_payment(**columns):
    return insert("restpayment", ASKED | {
        "issuer_id": "{issuer}", "destination": "'x'", "cents": "1", "reference": "'x'",
    } | columns)  # fmt: skip


def payout_hold(**columns):
    return insert("payouthold", {
        "sale_id": "{sale}", "issuer_id": "{issuer}", "shop_id": "{shop}", "cents": "1", "reason": "'other'",
        "placed_by": "1", "placed_at": NOW,
    } | columns)  # fmt: skip


def review(**columns):
    return insert("weekreview", {
        "issuer_id": "{issuer}", "week": "'2026-11-16'", "reviewed_by": "1", "reviewed_at": NOW,
    } | columns)  # fmt: skip


def grant(**columns):
    return insert("grant", ASKED | {
        "network_id": "{network}", "cents": "1", "reason": "'other'", "way": "'paper'", "language": "'fr'",
        "words": "''", "recipient_name": "''", "recipient_email": "''",
    } | columns)  # fmt: skip


def correction(**columns):
    return insert("correction", ASKED | {
        "sale_id": NEWEST, "voucher_id": A_VOUCHER, "shop_id": "{shop}", "cents": "2", "done_cents": "0",
        "reason": "'other'", "words": "''",
    } | columns)  # fmt: skip


def write_off(**columns):
    return insert("writeoff", ASKED | {
        "account_id": "{bank}", "cents": "-2", "reason": "'other'", "words": "''",
    } | columns)  # fmt: skip


def closing(**columns):
    return insert("monthclosing", {
        "issuer_id": "{issuer}", "month": "'2026-10-01'", "figures": "'{{}}'", "seq": "1", "head": f"'{'0' * 64}'",
        "closed_by": "1", "closed_at": NOW,
    } | columns)  # fmt: skip


def check(**columns):
    return insert("bookcheck", {
        "asked_at": NOW, "done_at": "NULL", "fault": "''", "sealed": "NULL", "waiting": "NULL", "head": "''",
    } | columns)  # fmt: skip


CHECKED = {"done_at": NOW, "sealed": "1", "waiting": "0"}


def head_mail(**columns):
    return insert("headmail", {"head": "'x'", "published_on": "'2026-11-24'", "sent_at": NOW} | columns)


def alarm(**columns):
    return insert("alarm", {"name": "'x'", "raised_at": NOW, "over_at": "NULL"} | columns)


def hand_over(cents, *, owner="'campaign:' || {campaign}", issued_on="2026-11-24"):
    """The steps of handing over the voucher of the campaign, out of the budget of so and so."""
    return [
        account("campaign_budget", owner=owner),
        begin("budget_loaded", key="'load'"),
        move("{bank}", "{budget}", 9000),
        begin("granted", subject="'voucher:' || (SELECT id FROM vouchers_voucher WHERE state = 'prepared')"),
        f"UPDATE vouchers_voucher SET state = 'active', issued_on = '{issued_on}', expires_on = '2029-12-31' WHERE state = 'prepared'",
        move("{budget}", "(SELECT account_id FROM vouchers_voucher WHERE batch_id IS NOT NULL)", cents),
    ]


def link(seq="1000", txn="{sale}", before="'x'"):
    return (
        "INSERT INTO vouchers_chainlink (seq, txn_id, prev_hash, hash, sealed_at)"
        f" VALUES ({seq}, {txn}, {before}, 'y', {NOW})"
    )


def bare(table):
    """Without the triggers, so that what stands behind them is what refuses."""
    return f"ALTER TABLE vouchers_{table} DISABLE TRIGGER USER"


def till(**columns):
    return insert("till", {
        "shop_id": "{shop}", "name": "'x'", "language": "'fr'", "digest": "'x'", "pin": "''", "paired_at": NOW,
        "last_seen_at": NOW,
    } | columns)  # fmt: skip


def pairing(**columns):
    return insert("pairing", {
        "shop_id": "{shop}", "name": "'x'", "digest": "'x'", "made_by_id": "NULL", "made_at": NOW,
    } | columns)  # fmt: skip


def hold(voucher="(SELECT min(id) FROM vouchers_voucher)", till="(SELECT max(id) FROM vouchers_till)"):
    return insert("hold", {"voucher_id": voucher, "till_id": till, "begun_at": NOW, "until": NOW})


def bank_account(**columns):
    """An IBAN that somebody asked for."""
    return insert("bankaccount", {
        "shop_id": "{shop}", "holder": "'x'", "iban_sealed": "''", "iban_digest": "'x'", "key_id": "'k'",
        "last4": "'0000'", "asked_by": "1", "asked_at": NOW, "told": "'{{}}'",
    } | columns)  # fmt: skip


def confirm(**columns):
    """The newest one, by another person."""
    row = {"confirmed_by": "2", "confirmed_at": NOW, "effective_at": NOW} | columns
    return update("bankaccount", "max(id)", row)


def update(table, which, row):
    columns = ", ".join(f"{column} = {value}" for column, value in row.items())
    return f"UPDATE vouchers_{table} SET {columns} WHERE id = (SELECT {which} FROM vouchers_{table})"


def terms(**columns):
    return insert("payoutterms", {
        "issuer_id": "{issuer}", "weekday": "0", "least_cents": "1", "debtor": "'x'", "bic": "'x'", "iban_sealed": "''",
        "key_id": "'k'", "last4": "'0000'",
    } | columns)  # fmt: skip


def payout_file(**columns):
    return insert("payoutfile", {
        "issuer_id": "{issuer}", "msg_id": "'attack'", "state": "'prepared'", "created_at": NOW, "prepared_by": "1",
        "debtor": "''", "bic": "''", "iban_sealed": "''", "key_id": "''", "sha256": "''",
    } | columns)  # fmt: skip


def release_file(**columns):
    return update("payoutfile", "max(id)", {
        "state": "'released'", "released_at": NOW, "released_by": "2", "pay_on": "'2026-11-24'", "total_cents": "1",
        "lines": "1", "sha256": "repeat('0', 64)",
    } | columns)  # fmt: skip


def payout(**columns):
    return insert("payout", {
        "file_id": NEW_FILE, "shop_id": "{shop}", "account_id": NEW_BANK_ACCOUNT, "end_to_end_id": "'attack'",
        "state": "'prepared'", "prepared_cents": "1", "reason": "''",
    } | columns)  # fmt: skip


def released(**columns):
    """A file of one cent for Marie as two people release it, or with other columns."""
    return [
        bank_account(), confirm(), payout_file(), payout(),
        account("payout_in_transit", owner=f"'payout:' || {NEW_PAYOUT}"),
        begin("payout_released", subject=f"'payout:' || {NEW_PAYOUT}"),
        move("{payable}", "(SELECT max(id) FROM vouchers_account)"),
        update("payout", "max(id)", {"state": "'in_transit'", "txn_id": NEWEST, "cents": "1"}),
        release_file(**columns),
    ]  # fmt: skip


def bank_message(**columns):
    return insert("bankmessage", {
        "issuer_id": "{issuer}", "kind": "'camt.053'", "sha256": "'x'", "msg_id": "''", "lines": "'[]'", "others": "0",
        "read_by": "1", "read_at": NOW,
    } | columns)  # fmt: skip


def provider_payout(**columns):
    return insert("providerpayout", {
        "issuer_id": "{issuer}", "bank_ref": "'attack'", "paid_on": "'2026-11-24'", "cents": "1", "fee_cents": "0",
        "txn_id": "{sale}", "noted_by": "1", "noted_at": NOW,
    } | columns)  # fmt: skip


NEW_FILE, NEW_PAYOUT = "(SELECT max(id) FROM vouchers_payoutfile)", "(SELECT max(id) FROM vouchers_payout)"
NEW_BANK_ACCOUNT = "(SELECT max(id) FROM vouchers_bankaccount)"
# A payout as no file has it, past its trigger.
BARE_PAYOUT = [bare("payout"), bank_account(), payout_file()]
IN_TRANSIT = {"state": "'in_transit'", "cents": "1", "txn_id": "{sale}"}
NOBODY = "999999"
NEW_ORDER, NEW_PAYMENT = "(SELECT max(id) FROM vouchers_order)", "(SELECT max(id) FROM vouchers_payment)"
NEW_REFUND, A_VOUCHER = "(SELECT max(id) FROM vouchers_refund)", "(SELECT min(id) FROM vouchers_voucher)"
NEW_USER = "(SELECT max(id) FROM accounts_user)"
A_USER = (
    "INSERT INTO accounts_user (password, is_superuser, email, name, language, city_roles, is_active, created_at)"
    f" VALUES ('', false, 'attack@x.example', '', 'fr', '{{{{}}}}', true, {NOW})"
)
AN_ORDER = "(SELECT min(id) FROM vouchers_order)"
NEW_BONUS, NEW_GRANT = "(SELECT max(id) FROM vouchers_bonus)", "(SELECT max(id) FROM vouchers_grant)"
NEW_BATCH, NEW_CAMPAIGN = "(SELECT max(id) FROM vouchers_batch)", "(SELECT max(id) FROM vouchers_campaign)"
# Of a constraint: the statements that it must refuse.
CONSTRAINTS = {
    "account_floor_by_kind": [account(floor="false")],
    "account_never_negative": [begin(), move("{voucher}", "{payable}", 10_000_000)],
    "account_once": [account(), account()],
    "account.pkey": [account(pk="{voucher}", owner="'other'")],
    "account.issuer_id": [account(issuer=NOBODY)],
    "agreement_ends_after_it_begins": [agreement(ends_on="'2019-12-31'")],
    "agreement_no_overlap": [agreement(), agreement(signed_on="'2020-12-31'", ends_on="NULL")],
    "agreement.pkey": [agreement(pk="(SELECT min(id) FROM vouchers_agreement)")],
    "agreement.shop_id": [agreement(shop=NOBODY)],
    "agreement.network_id": [agreement(network=NOBODY)],
    "bankaccount.pkey": [bank_account(), bank_account(id=NEW_BANK_ACCOUNT)],
    "bankaccount.shop_id": [bank_account(shop_id=NOBODY)],
    "bankaccount_two_people": [bank_account(), confirm(confirmed_by="1")],
    "bankaccount_confirmed_at_a_time": [bank_account(), confirm(confirmed_at="NULL", effective_at="NULL")],
    "bankaccount_cancelled_at_a_time": [bank_account(), "UPDATE vouchers_bankaccount SET cancelled_by = 2"],
    "bankaccount_bounced_once_used": [bank_account(), f"UPDATE vouchers_bankaccount SET bounced_at = {NOW}"],
    "bankmessage.pkey": [bank_message(), bank_message(sha256="'b'", id="(SELECT max(id) FROM vouchers_bankmessage)")],
    "bankmessage.issuer_id": [bank_message(issuer_id=NOBODY)],
    "bankmessage_once": [bank_message(), bank_message()],
    "bankmessage_applied_at_a_time": [bank_message(applied_by="1")],
    "payoutfile.pkey": [payout_file(), payout_file(id=NEW_FILE, msg_id="'b'")],
    "payoutfile.issuer_id": [payout_file(issuer_id=NOBODY)],
    "payoutfile.msg_id.unique": [payout_file(), payout_file()],
    "payoutfile_two_people": [payout_file(), release_file(released_by="1")],
    "payoutfile_released_whole": [payout_file(), "UPDATE vouchers_payoutfile SET total_cents = 1"],
    "payoutfile_cancelled_at_a_time": [payout_file(), "UPDATE vouchers_payoutfile SET cancelled_by = 1"],
    "payoutterms.pkey": [terms(), terms()],
    "payoutterms.issuer_id": [terms(issuer_id=NOBODY)],
    "payoutterms_on_a_working_day": [terms(weekday="5")],
    "payoutterms_least_of_something": [terms(least_cents="0")],
    "payout.pkey": [bank_account(), payout_file(), payout(), payout(id=NEW_PAYOUT, end_to_end_id="'b'")],
    "payout.file_id": [*BARE_PAYOUT, payout(file_id=NOBODY)],
    "payout.shop_id": [*BARE_PAYOUT, payout(shop_id=NOBODY)],
    "payout.account_id": [*BARE_PAYOUT, payout(account_id=NOBODY)],
    "payout.txn_id": [*BARE_PAYOUT, payout(**IN_TRANSIT | {"txn_id": NOBODY})],
    "payout.txn_id.unique": [*BARE_PAYOUT, payout(**IN_TRANSIT), payout(**IN_TRANSIT, end_to_end_id="'b'")],
    "payout.end_to_end_id.unique": [bank_account(), payout_file(), payout(), payout()],
    "payout_once_a_file": [bank_account(), payout_file(), payout(), payout(end_to_end_id="'b'")],
    "payout_of_something": [bank_account(), payout_file(), payout(prepared_cents="0")],
    "payout_released_with_its_line": [bank_account(), payout_file(), payout(cents="1")],
    "payout_returned_for_a_reason": [bank_account(), payout_file(), payout(reason="'AC01'")],
    "payout_paid_at_a_time": [*BARE_PAYOUT, payout(**IN_TRANSIT | {"state": "'paid'"})],
    "providerpayout.pkey": [
        provider_payout(), begin("frozen"),
        provider_payout(id="(SELECT max(id) FROM vouchers_providerpayout)", bank_ref="'b'", txn_id=NEWEST),
    ],
    "providerpayout.issuer_id": [provider_payout(issuer_id=NOBODY)],
    "providerpayout.txn_id": [provider_payout(txn_id=NOBODY)],
    "providerpayout.txn_id.unique": [provider_payout(), provider_payout(bank_ref="'b'")],
    "providerpayout_once": [provider_payout(), begin("frozen"), provider_payout(txn_id=NEWEST)],
    "providerpayout_of_something": [provider_payout(cents="0")],
    "restpayment.pkey": [rest_payment(), rest_payment(form_key="'b'", id="(SELECT max(id) FROM vouchers_restpayment)")],
    "restpayment.issuer_id": [rest_payment(issuer_id=NOBODY)],
    "restpayment.form_key.unique": [rest_payment(), rest_payment()],
    "restpayment_by_two": [rest_payment(**AGREED | {"decided_by": "1"})],
    "restpayment_of_something": [rest_payment(cents="0")],
    "restpayment_has_a_reference": [rest_payment(reference="''")],
    "payouthold.pkey": [payout_hold(), payout_hold(sale_id=NEWEST, id="(SELECT max(id) FROM vouchers_payouthold)")],
    "payouthold.sale_id": [payout_hold(sale_id=NOBODY)],
    "payouthold.issuer_id": [payout_hold(issuer_id=NOBODY)],
    "payouthold.shop_id": [payout_hold(shop_id=NOBODY)],
    "payouthold_of_something": [payout_hold(cents="0")],
    "payouthold_lifted_at_a_time": [payout_hold(lifted_by="1")],
    "weekreview.pkey": [review(), review(week="'2026-11-09'", id="(SELECT max(id) FROM vouchers_weekreview)")],
    "weekreview.issuer_id": [review(issuer_id=NOBODY)],
    "weekreview_once": [review(), review()],
    "weekreview_of_a_monday": [review(week="'2026-11-17'")],
    "network_donations_not_negative": [network(donate=-1)],
    "batch.pkey": [batch(id="{batch}")],
    "batch.campaign_id": [batch(campaign_id=NOBODY)],
    "batch.form_key.unique": [batch(), batch()],
    "batch_of_something": [batch(quantity="0")],
    "bonus.pkey": [bonus(), campaign(), bonus(id=NEW_BONUS, campaign_id=NEW_CAMPAIGN)],
    "bonus.campaign_id": [bonus(campaign_id=NOBODY)],
    "bonus.campaign_id.unique": [bonus(), bonus()],
    "bonus_percent_or_fixed": [bonus(fixed_cents="100")],
    "bonus_ends_after_it_begins": [bonus(ends_on="'2025-12-31'")],
    "bonus_from_nothing_at_least": [bonus(from_cents="-1")],
    "bonus_caps_leave_something": [bonus(week_most_cents="0")],
    "alarm.pkey": [alarm(), alarm(name="'y'", id="(SELECT max(id) FROM vouchers_alarm)")],
    "headmail.pkey": [head_mail(), head_mail(head="'y'", id="(SELECT max(id) FROM vouchers_headmail)")],
    "headmail_once": [head_mail(), head_mail()],
    "bookcheck.pkey": [check(), check(**CHECKED, id="(SELECT max(id) FROM vouchers_bookcheck)")],
    "bookcheck_found_something_once_done": [check(done_at=NOW)],
    "correction.pkey": [correction(), correction(form_key="'b'", id="(SELECT max(id) FROM vouchers_correction)")],
    "correction.sale_id": [correction(sale_id=NOBODY)],
    "correction.voucher_id": [correction(voucher_id=NOBODY)],
    "correction.shop_id": [correction(shop_id=NOBODY)],
    "correction.form_key.unique": [correction(), correction()],
    "correction_by_two": [correction(**AGREED | {"decided_by": "1"})],
    "correction_of_something": [correction(cents="0")],
    "correction_done_once_agreed": [correction(done_cents="1")],
    "issuer_notifies_above_something": ["UPDATE vouchers_issuer SET notify_cents = 0"],
    "monthclosing.pkey": [closing(), closing(month="'2026-09-01'", id="(SELECT max(id) FROM vouchers_monthclosing)")],
    "monthclosing.issuer_id": [closing(issuer_id=NOBODY)],
    "monthclosing_once": [closing(), closing()],
    "monthclosing_of_a_month": [closing(month="'2026-10-02'")],
    "monthclosing_names_its_proof": [closing(head="''")],
    "writeoff.pkey": [write_off(), write_off(form_key="'b'", id="(SELECT max(id) FROM vouchers_writeoff)")],
    "writeoff.account_id": [write_off(account_id=NOBODY)],
    "writeoff.form_key.unique": [write_off(), write_off()],
    "writeoff_by_two": [write_off(**AGREED | {"decided_by": "1"})],
    "writeoff_of_something": [write_off(cents="0")],
    "bonususe.pkey": [bonus(), use(), use(owner="'x'", id="(SELECT max(id) FROM vouchers_bonususe)")],
    "bonususe.bonus_id": [use(bonus_id=NOBODY)],
    "bonususe_once": [bonus(), use(), use()],
    "bonususe_within_its_cap": [bonus(), use(used_cents="101", most_cents="100")],
    "budgetload.pkey": [load(), load(form_key="'b'", id="(SELECT max(id) FROM vouchers_budgetload)")],
    "budgetload.issuer_id": [load(issuer_id=NOBODY)],
    "budgetload.campaign_id": [load(campaign_id=NOBODY)],
    "budgetload.form_key.unique": [load(), load()],
    "budgetload_by_two": [load(**AGREED | {"decided_by": "1"})],
    "budgetload_of_something": [load(cents="0")],
    "budgetload_for_one_thing": [load(for_fees="true", campaign_id="(SELECT min(id) FROM vouchers_campaign)")],
    "budgetload_has_a_reference": [load(reference="''")],
    "campaign.pkey": [campaign(id="{campaign}")],
    "campaign.network_id": [campaign(network_id=NOBODY)],
    "campaign.slug.unique": [campaign(), campaign()],
    "campaign_of_something": [campaign(amount_cents="0")],
    "campaign_decided": [campaign(decision_ref="''")],
    "campaign_ends_after_it_begins": [campaign(starts_on="'2027-01-01'")],
    "campaign_good_for_two_years": [campaign(expires_on="'2028-12-30'")],
    "chain_does_not_fork": [
        begin("frozen"),
        link(txn=NEWEST, before="(SELECT prev_hash FROM vouchers_chainlink WHERE seq = {link})"),
    ],
    "chainlink.pkey": [begin("frozen"), link(seq="{link}", txn=NEWEST)],
    "chainlink.txn_id.unique": [link()],
    "chainlink.txn_id": [link(txn=NOBODY)],
    "hold.pkey": [till(), hold(), hold()],
    "hold.voucher_id": [till(), hold(voucher=NOBODY)],
    "hold.till_id": [hold(till=NOBODY)],
    "pairing.pkey": [A_USER, *[pairing(id=NOBODY, digest=f"'{name}'", made_by_id=NEW_USER) for name in "ab"]],
    "pairing.digest.unique": [A_USER, *[pairing(made_by_id=NEW_USER)] * 2],
    "pairing.shop_id": [A_USER, pairing(shop_id=NOBODY, made_by_id=NEW_USER)],
    "pairing.made_by_id": [pairing(made_by_id=NOBODY)],
    "till.pkey": [till(id=NOBODY), till(id=NOBODY, digest="'y'")],
    "till.digest.unique": [till(), till()],
    "till.shop_id": [till(shop_id=NOBODY)],
    "till.paired_by_id": [till(paired_by_id=NOBODY)],
    "till_revoked_keeps_no_pin": [till(revoked_at=NOW, pin="'x'")],
    "codeprint.pkey": [codeprint(), codeprint(id="(SELECT max(id) FROM vouchers_codeprint)")],
    "codeprint.batch_id": [codeprint(batch_id=NOBODY)],
    "codeprint.grant_id": [codeprint(batch_id="NULL", grant_id=NOBODY)],
    "codeprint_of_a_batch_or_a_grant": [codeprint(batch_id="NULL")],
    "codeprint_of_something": [codeprint(number="0")],
    "grant.pkey": [grant(), grant(form_key="'b'", id=NEW_GRANT)],
    "grant.network_id": [grant(network_id=NOBODY)],
    "grant.campaign_id": [grant(campaign_id=NOBODY)],
    "grant.form_key.unique": [grant(), grant()],
    "grant_by_two": [grant(**AGREED | {"decided_by": "1"})],
    "grant_of_something": [grant(cents="0")],
    "grant_erased_names_nobody": [grant(erased_at=NOW, words="'x'")],
    "issuer.pkey": ["INSERT INTO vouchers_issuer (id, name, notify_cents) VALUES ({issuer}, 'x', 1)"],
    "issuer.name.unique": ["INSERT INTO vouchers_issuer (name, notify_cents) SELECT name, 1 FROM vouchers_issuer"],
    "network.pkey": [network(pk="{network}")],
    "network.issuer_id": [network(issuer=NOBODY)],
    "network_valid_two_years": [network(months=23)],
    "network_amounts_make_sense": [network(least=21)],
    "notice.pkey": [notice(), notice(id="(SELECT max(id) FROM vouchers_notice)", days="14")],
    "notice.voucher_id": [notice(voucher_id=NOBODY)],
    "notice_before_the_end": [notice(days="-1")],
    "notice_once": [notice(), notice()],
    "order.pkey": [order(id=AN_ORDER)],
    "order.network_id": [order(network_id=NOBODY)],
    "order.shop_id": [order(shop_id=NOBODY)],
    "order.ref.unique": [order(), order()],
    "vouchers_order_resent_check": [order(resent="-1")],
    "order_of_something": [order(amount_cents="0")],
    "order_paid_at_a_time": [order(paid_at=NOW)],
    "order_delivered_once_paid": [order(delivered_at=NOW)],
    "order_erased_names_nobody": [order(erased_at=NOW)],
    "payment.pkey": [order(), paid(NEW_ORDER), paid(NEW_ORDER, id=NEW_PAYMENT, provider_ref="'b'", state="'surplus'")],
    "payment.order_id": [paid(NOBODY)],
    "payment_once": [order(), paid(NEW_ORDER), paid(NEW_ORDER, state="'surplus'")],
    "payment_ended_at_a_time": [order(), paid(NEW_ORDER, ended_at="NULL")],
    "payment_arrived_with_something": [order(), paid(NEW_ORDER, got="NULL")],
    "providerevent.pkey": [event(pk=NOBODY), event(pk=NOBODY, number="'b'")],
    "providerevent_once": [event(), event()],
    "refund.pkey": [order(), paid(NEW_ORDER), refund(), refund(id=NEW_REFUND, voucher_id=A_VOUCHER, reason="'withdrawn'")],
    "refund.payment_id": [refund(payment_id=NOBODY)],
    "refund.voucher_id": [order(), paid(NEW_ORDER), refund(voucher_id=NOBODY, reason="'withdrawn'")],
    "refund.voucher_id.unique": [order(), paid(NEW_ORDER), *[refund(voucher_id=A_VOUCHER, reason="'withdrawn'")] * 2],
    "refund_of_something": [order(), paid(NEW_ORDER), refund(cents="0")],
    "refund_ended_at_a_time": [order(), paid(NEW_ORDER), refund(state="'done'")],
    "refund_of_a_voucher_or_a_mistake": [order(), paid(NEW_ORDER), refund(reason="'withdrawn'")],
    "network_months_not_negative": [network(grace=-1)],
    "transaction.pkey": [begin(pk="{sale}")],
    "transaction_not_itself": [begin("reversed", reverses=NOBODY, pk=NOBODY)],
    "transaction_once": [begin("frozen"), begin("frozen")],
    "transaction_reverses_one": [begin("reversed")],
    "transaction.reverses_id": [bare("transaction"), begin("reversed", reverses=NOBODY)],
    "transaction.reverses_id.unique": [begin("reversed", reverses="{undone}")],
    "transfer_between_two": [begin("reissued"), move("{voucher}", "{voucher}")],
    "transfer_of_something": [begin(), move("{voucher}", "{payable}", 0)],
    "vouchers_transfer_position_check": [begin(), move("{voucher}", "{payable}", position=-1)],
    "transfer_once": [begin(), *[move("{voucher}", "{payable}")] * 2],
    "transfer.pkey": [
        bare("transfer"),
        (
            "INSERT INTO vouchers_transfer SELECT id, 99, amount_cents, source_after, target_after, source_id, target_id,"
            " txn_id FROM vouchers_transfer LIMIT 1"
        ),
    ],
    "transfer.txn_id": [bare("transfer"), move("{voucher}", "{payable}", txn=NOBODY, after=True)],
    "transfer.source_id": [bare("transfer"), begin("granted"), move(NOBODY, "{payable}", after=True)],
    "transfer.target_id": [bare("transfer"), begin("granted"), move("{voucher}", NOBODY, after=True)],
    "voucherchange.pkey": [bare("voucherchange"), change(pk="(SELECT min(id) FROM vouchers_voucherchange)")],
    "voucherchange.txn_id": [change(txn=NOBODY)],
    "voucherchange.voucher_id": [change(voucher=NOBODY)],
    "voucher_dated_once_issued": [account(), voucher(issued_on="NULL", expires_on="NULL")],
    "voucher_two_years_at_least": [account(), voucher(expires_on="'2028-11-23'")],
    "voucher.pkey": [account(), voucher(id="(SELECT min(id) FROM vouchers_voucher)")],
    "voucher.code_hmac.unique": [
        account(),
        voucher(code_hmac="(SELECT max(code_hmac) FROM vouchers_voucher)"),
    ],
    "voucher.account_id.unique": [voucher(account_id="{voucher}")],
    "voucher.account_id": [voucher(account_id=NOBODY)],
    "voucher.network_id": [account(), voucher(network_id=NOBODY)],
    "voucher.shop_id": [account(), voucher(shop_id=NOBODY)],
    "voucher.order_id": [account(), voucher(order_id=NOBODY)],
    "voucher.batch_id": [account(), voucher(batch_id=NOBODY)],
    "voucher.grant_id": [account(), voucher(grant_id=NOBODY)],
    "voucher.grant_id.unique": [
        grant(), account(), voucher(grant_id=NEW_GRANT), account(owner="'y'"), voucher(grant_id=NEW_GRANT, code_hmac="'y'"),
    ],
    "voucher_of_one_origin": [account(), voucher(batch_id="NULL", place="NULL")],
    "voucher_once_in_its_batch": [account(), voucher(place="1")],
    "voucher.replaces_id": [account(), voucher(replaces_id=NOBODY)],
    "voucher.replaces_id.unique": [
        account(), voucher(replaces_id=A_VOUCHER), account(owner="'y'"), voucher(replaces_id=A_VOUCHER, code_hmac="'y'"),
    ],
}  # fmt: skip
# The same of what is unique under a condition, which is an index.
INDEXES = {
    "transaction_hands_over_once": [
        *hand_over(3000),
        begin(
            "granted",
            key="'again'",
            subject="'voucher:' || (SELECT id FROM vouchers_voucher WHERE batch_id IS NOT NULL)",
        ),
        move("{budget}", "(SELECT account_id FROM vouchers_voucher WHERE batch_id IS NOT NULL)", 3000),
    ],
    "bankaccount_one_asked_for": [bank_account(), bank_account()],
    "payouthold_one_open": [payout_hold(), payout_hold()],
    "payoutfile_one_prepared": [payout_file(), payout_file(msg_id="'b'")],
    "payment_pays_an_order_once": [order(), paid(NEW_ORDER), paid(NEW_ORDER, provider_ref="'b'")],
    "alarm_raised_once": [alarm(), alarm()],
    "bookcheck_one_at_a_time": [check(), check()],
    "refund_of_a_mistake_once": [order(), paid(NEW_ORDER), refund(), refund()],
}
LEFT = "What a campaign was opened with stays"
DECIDED = "What was asked and decided stays"
RETAINED = "What was retained, and until when, stays"
NOBODYS = "Nobody decided that this voucher"
STAYS = "The books are never rewritten: vouchers_{} is append-only"
ONLY = "Only a transfer changes an account"
JOURNAL = "A voucher changes with a line of the journal"
# Of a trigger: what it must say, and the statements that it must refuse.
TRIGGERS = [
    ("account_begins", "An account begins empty", [account(balance=1)]),
    ("account_stays", ONLY, ["UPDATE vouchers_account SET balance_cents = 1"]),
    ("account_stays", ONLY, ["UPDATE vouchers_account SET owner = 'shop:7' WHERE id = {payable}"]),
    ("account_stays", ONLY, ["DELETE FROM vouchers_account"]),
    *[
        (f"{table}_stays", STAYS.format(table), [statement])
        for table in ("transaction", "transfer", "voucherchange", "chainlink")
        for statement in (
            f"DELETE FROM vouchers_{table}",
            f"UPDATE vouchers_{table} SET {'seq = -seq' if table == 'chainlink' else 'id = -id'}",
        )
    ],
    ("voucher_stays", STAYS.format("voucher"), ["DELETE FROM vouchers_voucher"]),
    *[
        (f"{table}_is_not_emptied", STAYS.format(table), [f"TRUNCATE vouchers_{table} CASCADE"])
        for table in ("account", "transaction", "transfer", "voucherchange", "chainlink", "voucher")
    ],
    ("transaction_begins", "42", [begin("frozen", written_in="42")]),
    ("transaction_is_whole", "A transaction without a transfer", [begin()]),
    ("transaction_is_whole", "A reversal mirrors", [begin("reversed", reverses="{sale}"), move("{payable}", "{voucher}")]),
    ("transfer_moves", "nothing goes from psp_clearing to", [begin(), move("{outside}", "{payable}")]),
    ("transfer_moves", "A transaction is written at once", [move("{voucher}", "{payable}", txn="{sale}", position=9)]),
    ("transfer_moves", "No voucher has this account", [account(), begin(), move("(SELECT max(id) FROM vouchers_account)", "{payable}")]),
    ("order_begins", "An order begins open", [order(state="'paid'", paid_at=NOW)]),
    ("order_moves", "What was ordered does not change", ["UPDATE vouchers_order SET amount_cents = 1"]),
    ("order_moves", "does not become open", ["UPDATE vouchers_order SET state = 'open', paid_at = NULL"]),
    ("order_moves", "What happened to an order stays", ["UPDATE vouchers_order SET paid_at = paid_at + interval '1 day'"]),
    (
        "order_moves",
        "What happened to an order stays",
        ["UPDATE vouchers_order SET readdressed_at = paid_at", "UPDATE vouchers_order SET readdressed_at = NULL"],
    ),
    ("order_was_issued", "has exactly its vouchers", [order(), f"UPDATE vouchers_order SET state = 'paid', paid_at = {NOW} WHERE id = {NEW_ORDER}"]),
    ("payment_moves", "What was paid stays", [order(), paid(NEW_ORDER), "UPDATE vouchers_payment SET got = 1"]),
    ("payment_moves", "What was paid stays", [order(), paid(NEW_ORDER), f"UPDATE vouchers_payment SET order_id = {AN_ORDER}"]),
    ("refund_moves", "What was given back stays", [order(), paid(NEW_ORDER), refund(), "UPDATE vouchers_refund SET cents = 2"]),
    ("refund_moves", "What was given back stays", [
        order(), paid(NEW_ORDER), refund(state="'done'", ended_at=NOW), "UPDATE vouchers_refund SET state = 'asked', ended_at = NULL",
    ]),
    ("voucher_was_paid", "of a decision", [account(), voucher()]),
    ("voucher_was_paid", "of a decision", [batch(), account(), voucher(batch_id=NEW_BATCH, place="2", state="'prepared'", issued_on="NULL", expires_on="NULL")]),
    ("voucher_was_paid", "of a decision", [grant(), account(), voucher(grant_id=NEW_GRANT, state="'prepared'", issued_on="NULL", expires_on="NULL")]),
    ("voucher_was_paid", "exactly its vouchers", [account(), voucher(order_id=AN_ORDER)]),
    ("voucher_was_paid", "A voucher is paid for", [account(), voucher(replaces_id=A_VOUCHER)]),
    ("transfer_hands_over", NOBODYS, hand_over(2999)),
    ("transfer_hands_over", NOBODYS, hand_over(3000, owner="'campaign:0'")),
    ("transfer_hands_over", NOBODYS, hand_over(3000, issued_on="2027-06-01")),
    ("campaign_moves", "begins as a draft", [campaign(state="'open'")]),
    ("campaign_moves", "does not become draft", ["UPDATE vouchers_campaign SET state = 'draft' WHERE id = {campaign}"]),
    ("campaign_moves", LEFT, ["UPDATE vouchers_campaign SET amount_cents = 1 WHERE id = {campaign}"]),
    ("bonus_stays", LEFT, [bonus(campaign_id="{campaign}")]),
    ("bonus_stays", LEFT, [bonus(), "UPDATE vouchers_campaign SET state = 'open'", "DELETE FROM vouchers_bonus"]),
    ("batch_moves", "What was asked of a batch stays", ["UPDATE vouchers_batch SET quantity = 2"]),
    ("budgetload_moves", DECIDED, [load(), "UPDATE vouchers_budgetload SET cents = 2"]),
    ("budgetload_moves", DECIDED, [load(**AGREED), "UPDATE vouchers_budgetload SET decided_by = 3"]),
    ("restpayment_moves", DECIDED, [rest_payment(), "UPDATE vouchers_restpayment SET cents = 2"]),
    ("restpayment_moves", DECIDED, [rest_payment(**AGREED), "UPDATE vouchers_restpayment SET decided_by = 3"]),
    ("payouthold_moves", RETAINED, [payout_hold(), "UPDATE vouchers_payouthold SET cents = 2"]),
    ("payouthold_moves", RETAINED, [
        payout_hold(lifted_by="1", lifted_at=NOW), "UPDATE vouchers_payouthold SET lifted_by = 2",
    ]),
    ("weekreview_stays", STAYS.format("weekreview"), [review(), "UPDATE vouchers_weekreview SET reviewed_by = 2"]),
    ("weekreview_stays", STAYS.format("weekreview"), [review(), "DELETE FROM vouchers_weekreview"]),
    ("grant_moves", DECIDED, [grant(), "UPDATE vouchers_grant SET cents = 2"]),
    ("grant_moves", DECIDED, [grant(**AGREED), "UPDATE vouchers_grant SET decided_by = 3"]),
    ("correction_moves", DECIDED, [correction(), "UPDATE vouchers_correction SET cents = 3"]),
    ("correction_moves", DECIDED, [correction(**AGREED), "UPDATE vouchers_correction SET decided_by = 3"]),
    ("correction_moves", DECIDED, [correction(**AGREED, done_cents="2"), "UPDATE vouchers_correction SET done_cents = 1"]),
    ("writeoff_moves", DECIDED, [write_off(), "UPDATE vouchers_writeoff SET cents = 3"]),
    ("monthclosing_stays", STAYS.format("monthclosing"), [closing(), "UPDATE vouchers_monthclosing SET seq = 2"]),
    ("monthclosing_stays", STAYS.format("monthclosing"), [closing(), "DELETE FROM vouchers_monthclosing"]),
    ("bookcheck_stays", "What a proof found stays", [check(**CHECKED), "UPDATE vouchers_bookcheck SET sealed = 2"]),
    ("bookcheck_stays", "What a proof found stays", [check(), "DELETE FROM vouchers_bookcheck"]),
    ("codeprint_stays", STAYS.format("codeprint"), [codeprint(), "UPDATE vouchers_codeprint SET number = 2"]),
    ("codeprint_stays", STAYS.format("codeprint"), [codeprint(), "DELETE FROM vouchers_codeprint"]),
    ("bankaccount_moves", "begins as somebody asks", [bank_account(confirmed_by="2", confirmed_at=NOW, effective_at=NOW)]),
    ("bankaccount_moves", "What was asked for does not change", [bank_account(), "UPDATE vouchers_bankaccount SET holder = 'y'"]),
    ("bankaccount_moves", "What was asked for does not change", [bank_account(), "UPDATE vouchers_bankaccount SET iban_sealed = 'y'"]),
    ("bankaccount_moves", "What was agreed on stays", [bank_account(), confirm(), confirm(confirmed_by="3")]),
    ("bankaccount_moves", "What was agreed on stays", [
        bank_account(), confirm(), f"UPDATE vouchers_bankaccount SET cancelled_by = 1, cancelled_at = {NOW}",
    ]),
    ("bankaccount_moves", "after 72 hours", [
        bank_account(), confirm(), bank_account(), confirm(effective_at="timestamptz '2026-11-27 09:59:59+01'"),
    ]),
    ("bankaccount_moves", "that was confirmed stays", [bank_account(), confirm(), "DELETE FROM vouchers_bankaccount"]),
    ("payoutfile_moves", "A file begins prepared", [payout_file(state="'cancelled'", cancelled_by="1", cancelled_at=NOW)]),
    ("payoutfile_moves", "does not become prepared", [
        payout_file(), f"UPDATE vouchers_payoutfile SET state = 'cancelled', cancelled_by = 1, cancelled_at = {NOW}",
        "UPDATE vouchers_payoutfile SET state = 'prepared', cancelled_by = NULL, cancelled_at = NULL",
    ]),
    ("payoutfile_moves", "stays as it is", [payout_file(), "UPDATE vouchers_payoutfile SET msg_id = 'b'"]),
    ("payoutfile_moves", "stays as it is", [*released(), "UPDATE vouchers_payoutfile SET sha256 = repeat('1', 64)"]),
    ("payout_moves", "A payout begins in a file", [bank_account(), payout_file(), payout(state="'dropped'")]),
    ("payout_moves", "A payout begins in a file", [*released(), payout(end_to_end_id="'b'")]),
    ("payout_moves", "does not become prepared", [
        bank_account(), payout_file(), payout(), "UPDATE vouchers_payout SET state = 'dropped'",
        "UPDATE vouchers_payout SET state = 'prepared'",
    ]),
    ("payout_moves", "What was paid out stays", [*released(), "UPDATE vouchers_payout SET cents = 2"]),
    ("payout_moves", "What was paid out stays", [*released(), "UPDATE vouchers_payout SET end_to_end_id = 'b'"]),
    ("payoutfile_is_whole", "is no payout of what was due", [bank_account(), confirm(), payout_file(), payout(), release_file()]),
    ("payoutfile_is_whole", "is no payout of what was due", [
        step for step in released() if step != confirm()
    ]),
    ("payoutfile_is_whole", "is the sum of its lines", released(total_cents="2")),
    ("payoutfile_is_whole", "is the sum of its lines", released(lines="2")),
    ("bankmessage_moves", "What the bank said stays", [bank_message(), "UPDATE vouchers_bankmessage SET others = 1"]),
    ("bankmessage_moves", "What the bank said stays", [
        bank_message(applied_by="1", applied_at=NOW), "UPDATE vouchers_bankmessage SET applied_by = 2",
    ]),
    ("providerpayout_stays", STAYS.format("providerpayout"), [provider_payout(), "UPDATE vouchers_providerpayout SET cents = 2"]),
    ("providerpayout_stays", STAYS.format("providerpayout"), [provider_payout(), "DELETE FROM vouchers_providerpayout"]),
    ("voucher_origin_stays", "Where a voucher comes from", ["UPDATE vouchers_voucher SET place = 2 WHERE batch_id IS NOT NULL"]),
    ("voucher_origin_stays", "Where a voucher comes from", ["UPDATE vouchers_voucher SET order_id = NULL"]),
    ("voucher_changes", JOURNAL, ["UPDATE vouchers_voucher SET state = 'void'"]),
    ("voucher_changes", JOURNAL, ["UPDATE vouchers_voucher SET expires_on = expires_on + 1"]),
    ("voucher_changes", "for longer, never for less", ["UPDATE vouchers_voucher SET expires_on = expires_on - 1"]),
    ("voucher_changes", "good for does not change", ["UPDATE vouchers_voucher SET shop_id = {shop}"]),
]  # fmt: skip


@pytest.fixture
def own_books(own_books):
    """With a campaign that is open, a voucher of it that nobody has, and another campaign that is a draft."""
    network, _marie = own_books
    campaign = make_campaign(network)
    make_batch(campaign)
    make_campaign(network, is_open=False)
    treasury.bank(network.issuer)
    return own_books


def attack(cursor, statements):
    """Try them as one transaction, to its end. Returns the refusal: a constraint's name or a trigger's words; or None.

    A number that the attacker wrote and that does not stand there afterwards was refused too.
    """
    try:
        with transaction.atomic():
            for statement in statements:
                cursor.execute(statement.format(**ROWS))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT count(*) FROM vouchers_transaction WHERE written_in = '42'")
            overwritten = "'42'" in statements[-1] and not cursor.fetchone()[0]
            transaction.set_rollback(True)
    except DatabaseError as error:
        return error.__cause__.diag.constraint_name or str(error)
    return "42" if overwritten else None


def dropped(cursor, table, name, how):
    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" if how == "constraint" else f"DROP TRIGGER {name} ON {table} CASCADE")  # fmt: skip


def constraints(cursor):
    """All of the books' tables, by the name that they have above: (table, its own name)."""
    cursor.execute("""
        SELECT conrelid::regclass::text, conname, contype, (
            SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1])
        FROM pg_constraint WHERE conrelid::regclass::text LIKE 'vouchers_%' AND contype IN ('c', 'f', 'p', 'u', 'x')
    """)
    found = {}
    for table, name, kind, column in cursor.fetchall():
        short = table.removeprefix("vouchers_")
        ours = not re.search(r"_(pkey|key|fk_\w*)$", name)
        key = {"p": f"{short}.pkey", "f": f"{short}.{column}"}.get(kind, f"{short}.{column}.unique")
        found[name if ours else key] = (table, name)
    return found


def indexes(cursor):
    """What is unique under a condition."""
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND indpred IS NOT NULL"
        " AND indrelid::regclass::text LIKE 'vouchers_%'"
    )
    return {name for (name,) in cursor.fetchall()}


def triggers(cursor):
    cursor.execute(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid::regclass::text LIKE 'vouchers_%'"
    )
    return dict(cursor.fetchall())


def test_every_constraint_refuses_what_it_is_for_and_nothing_else_does_it_in_its_place(own_books):
    with acting_as_owner(), connection.cursor() as cursor:
        found = constraints(cursor)
        assert set(found) == set(CONSTRAINTS), "each has its attack"
        for key, statements in CONSTRAINTS.items():
            table, name = found[key]
            assert attack(cursor, statements) == name, key
            with transaction.atomic():
                dropped(cursor, table, name, "constraint")
                assert attack(cursor, statements) != name, key
                transaction.set_rollback(True)


def test_every_unique_index_refuses_what_it_is_for_and_nothing_else_does_it_in_its_place(own_books):
    with acting_as_owner(), connection.cursor() as cursor:
        assert indexes(cursor) == set(INDEXES), "each has its attack"
        for name, statements in INDEXES.items():
            assert attack(cursor, statements) == name
            with transaction.atomic():
                cursor.execute(f"DROP INDEX {name}")
                assert attack(cursor, statements) != name
                transaction.set_rollback(True)


def test_every_trigger_refuses_what_it_is_for_and_nothing_else_does_it_in_its_place(own_books):
    with acting_as_owner(), connection.cursor() as cursor:
        found = triggers(cursor)
        assert set(found) == {name for name, _says, _statements in TRIGGERS}, "each has its attack"
        for name, says, statements in TRIGGERS:
            assert says in (attack(cursor, statements) or ""), statements
            with transaction.atomic():
                dropped(cursor, found[name], name, "trigger")
                assert says not in (attack(cursor, statements) or ""), statements
                transaction.set_rollback(True)


def test_the_application_has_no_right_to_change_what_is_written(own_books):
    """It may read and add. Of vouchers it changes what the trigger lets it change; it takes none out, and tells no change itself."""
    tables = ("account", "transaction", "transfer", "voucherchange", "chainlink", "voucher")
    statements = [
        change(),
        *[f"DELETE FROM vouchers_{table}" for table in tables],
        *[f"TRUNCATE vouchers_{table} CASCADE" for table in tables],
        *[
            f"UPDATE vouchers_{table} SET {column} = {column}"
            for table in tables[:-1]
            for column in ["seq" if table == "chainlink" else "id"]
        ],
        *[
            f"DELETE FROM vouchers_{table}"
            for table in (
                "payoutfile",
                "payout",
                "bankmessage",
                "providerpayout",
                "restpayment",
                "payouthold",
                "weekreview",
            )
        ],
        "UPDATE vouchers_weekreview SET id = id",
        "UPDATE vouchers_providerpayout SET id = id",
    ]
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(**ROWS))
