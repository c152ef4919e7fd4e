"""Who may what: a table written by hand, held against every address of the site, by twelve people.

The resolver proves that no address is missing from the table. Whoever is not in an address's row meets 404 there (who is
not signed in: the door; who works for the City without the right: 403 at Django's own lists). Each request is undone,
so that no order of them matters.
"""

import ast
from collections import Counter
from copy import deepcopy as copy
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import CityRole, LostAddress
from shops import reference
from shops.editing import facts, revisions
from shops.models import (
    Claim,
    ImportRun,
    Invitation,
    Membership,
    MerchantRole,
    Premises,
    Reminder,
    Report,
)
from shops.vocabulary import ConfirmedBy
from tests.door import enter
from tests.people import make_member, make_person
from tests.photos.files import disk, make_photo, publish
from tests.purchases import make_purchase, make_till
from tests.security import served
from tests.shops import factories
from tests.vouchers.conftest import make_batch, make_campaign, make_voucher
from tests.vouchers.settling import frank_and_fatima, made_up, make_account, make_terms, settle, take
from vouchers import corrections, decisions, grant_letters, lifecycle, reports, spending, treasury
from vouchers.models import GOODWILL, Agreement, BankMessage, MonthClosing, PayoutTerms, Refund
from vouchers.settlement import accounts, holds

NOBODY, NINA = "nobody", "nina"
OWNER, EDITOR, TILL, PAUL = "marie", "anna", "tom", "paul"
MODERATOR, WRITER, FINANCE, AUDITOR, ADMIN, SUPER = "claire", "emile", "frank", "aude", "astrid", "sophie"
PEOPLE = [NOBODY, NINA, OWNER, EDITOR, TILL, PAUL, MODERATOR, WRITER, FINANCE, AUDITOR, ADMIN, SUPER]

ALL = set(PEOPLE)
SIGNED_IN = ALL - {NOBODY}
# People of Marie's shop.
THERE, EDITORS, OWNERS = {OWNER, EDITOR, TILL}, {OWNER, EDITOR}, {OWNER}
# The City.
CITY = {MODERATOR, WRITER, FINANCE, AUDITOR, ADMIN, SUPER}
READERS = {MODERATOR, WRITER, AUDITOR, ADMIN, SUPER}
MODERATORS = {MODERATOR, ADMIN, SUPER}
# Who says how categories are called.
NAMERS = {WRITER, ADMIN, SUPER}
# The books.
BOOKS_WRITERS, BOOKS_READERS = {FINANCE, SUPER}, {FINANCE, AUDITOR, SUPER}
NONE = set()
READ_ONLY = object()  # answers 405 to everybody's POST, or does with it what it does with a GET

# address: (who may look, who may post)
TABLE = {
    # For everybody
    **dict.fromkeys(
        [
            "healthz", "root", "favicon", "public_id", "robots", "sitemap", "sitemap_part", "city_css",
            "pages:about", "pages:ranking", "pages:accessibility", "pages:privacy", "pages:legal",
            "shops:home", "shops:districts", "shops:district", "shops:district_feed", "shops:feed", "shops:list",
            "shops:suggest", "shops:detail", "shops:vcard", "shops:ical", "shops:qr", "shops:og",
            "shops:missing_thanks", "shops:site_report_thanks", "shops:report_thanks", "shops:moderation", "media",
            "shops:figures",
        ],
        (ALL, READ_ONLY),
    ),
    "shops:near": (ALL, ALL),
    # Whoever has a voucher's code is its holder.
    "vouchers:balance": (ALL, ALL),
    "vouchers:terms": (ALL, READ_ONLY),
    **dict.fromkeys(["vouchers:buy", "vouchers:lost_link"], (ALL, ALL)),
    # The key in the address is the right: whoever bought holds the one, whom it is for the other.
    "vouchers:order": (ALL, ALL),
    **dict.fromkeys(["vouchers:gift", "vouchers:gift_pdf", "vouchers:gift_qr"], (ALL, READ_ONLY)),
    # The paired telephone is the right, whoever holds it: these people have none. To pair one, an owner's code is.
    "till:home": (ALL, NONE),
    "till:pair": (ALL, ALL),
    **dict.fromkeys(["till:pin", "till:sale", "till:receipt", "till:paper"], (NONE, NONE)),
    **dict.fromkeys(["till:day", "till:sheet"], (NONE, READ_ONLY)),
    **dict.fromkeys(["tills:list", "tills:one"], (OWNERS, OWNERS)),
    # What vouchers brought in, and where it is paid.
    **dict.fromkeys(
        ["takings:home", "takings:export", "takings:statement", "takings:statement_csv"], (OWNERS, READ_ONLY)
    ),
    "takings:account": (OWNERS, OWNERS),
    # While her own screen offers one.
    "tills:qr": (NONE, READ_ONLY),
    **dict.fromkeys(["vouchers:granted", "vouchers:granted_pdf", "vouchers:granted_qr"], (ALL, READ_ONLY)),
    "vouchers:campaign": (ALL, READ_ONLY),
    # A machine, known by its signature; and the bank to play with, whose address is a key too.
    "payment_news": (NONE, ALL),
    "sandbox:pay": (ALL, ALL),
    # Those of the demonstration alone.
    **dict.fromkeys(["sandbox:mailbox", "sandbox:attachment"], (NONE, READ_ONLY)),
    **dict.fromkeys(["shops:missing", "shops:site_report", "shops:report", "shops:claim"], (ALL, ALL)),
    # The key in the address is the right: it is made for one person, and opens for whoever holds it.
    **dict.fromkeys(["shops:reminder_confirm", "shops:reminder_holiday"], (ALL, ALL)),
    # The merchants' desk
    "merchant:home": (SIGNED_IN, READ_ONLY),
    "merchant:shop": (EDITORS, READ_ONLY),
    "merchant:history": (EDITORS, READ_ONLY),
    "merchant:people": (OWNERS, OWNERS),
    "merchant:hours": (EDITORS, READ_ONLY),
    "merchant:hours_week": (EDITORS, EDITORS),
    **dict.fromkeys(
        [
            "merchant:hours_confirm", "merchant:hours_close_today", "merchant:hours_reopen", "merchant:hours_close",
            "merchant:hours_other", "merchant:hours_remove", "merchant:hours_holiday", "merchant:hours_draft",
            "merchant:hours_discard",
        ],
        (NONE, EDITORS),
    ),
    "merchant:reminders": (EDITORS, EDITORS),
    "merchant:reports": (EDITORS, EDITORS),
    "merchant:invitations": (SIGNED_IN, SIGNED_IN),
    "merchant:guide": (SIGNED_IN, READ_ONLY),
    "merchant:delete_account": (SIGNED_IN, SIGNED_IN),
    "merchant:my_data": (SIGNED_IN, READ_ONLY),
    "merchant:claims": (SIGNED_IN, READ_ONLY),
    "merchant:propose": (SIGNED_IN, SIGNED_IN),
    # A claim is its claimant's: Nina's, in this world.
    "merchant:claim": ({NINA}, READ_ONLY),
    **dict.fromkeys(["merchant:claim_proof", "merchant:claim_code", "merchant:claim_withdraw"], (NONE, {NINA})),
    "merchant:propose_again": ({NINA}, {NINA}),
    **dict.fromkeys(
        ["merchant:change_role", "merchant:remove", "merchant:hand_over", "merchant:invitation"], (OWNERS, OWNERS)
    ),
    "merchant:leave": (THERE, THERE),
    "merchant:trader": (OWNERS, OWNERS),
    **dict.fromkeys(["merchant:ask", "merchant:section"], (EDITORS, EDITORS)),
    **dict.fromkeys(["merchant:preview", "merchant:history_export", "merchant:photos_export"], (EDITORS, READ_ONLY)),
    **dict.fromkeys(["merchant:data", "merchant:data_export"], (THERE, READ_ONLY)),
    **dict.fromkeys(
        [
            "merchant:confirm", "merchant:undo", "merchant:withdraw", "merchant:draft", "merchant:discard",
            "merchant:photo_move", "merchant:photo_off", "merchant:photo_erase",
        ],
        (NONE, EDITORS),
    ),
    "merchant:appeal": (EDITORS, EDITORS),
    "merchant:give_back": (OWNERS, OWNERS),
    **dict.fromkeys(["merchant:photos", "merchant:photo"], (EDITORS, EDITORS)),
    "merchant:photo_file": (EDITORS, READ_ONLY),
    # The City's own pages
    "city:queue": (READERS, READ_ONLY),
    "city:decide": (READERS, MODERATORS),
    "city:undo": (NONE, MODERATORS),
    **dict.fromkeys(["city:claims", "city:claim", "city:calls", "city:letters", "city:proposed", "city:proposal"], (READERS, READ_ONLY)),
    **dict.fromkeys(
        [
            "city:claim_grant", "city:claim_refuse", "city:call", "city:print_letters", "city:proposal_publish",
            "city:proposal_send_back", "city:proposal_refuse",
        ],
        (NONE, MODERATORS),
    ),
    "city:photos": (READERS, MODERATORS | {WRITER}),
    "city:photo": (READERS, MODERATORS | {WRITER}),
    **dict.fromkeys(["city:photo_move", "city:photo_off", "city:photo_erase"], (NONE, MODERATORS | {WRITER})),
    "city:photo_file": (READERS, READ_ONLY),
    "city:journal": (READERS, READ_ONLY),
    "city:journal_table": (READERS, READ_ONLY),
    "city:reports": (READERS - {WRITER}, READ_ONLY),
    "city:report": (READERS - {WRITER}, MODERATORS),
    "city:today": (CITY, READ_ONLY),
    "city:lists": (CITY, READ_ONLY),
    "city:shops": (CITY, READ_ONLY),
    "city:shop": (CITY, READ_ONLY),
    "city:move": (MODERATORS, MODERATORS),
    "city:merge": (MODERATORS, MODERATORS),
    "city:remove_person": (MODERATORS, MODERATORS),
    "city:categories": (READERS, READ_ONLY),
    **dict.fromkeys(["city:category", "city:district"], (READERS, NAMERS)),
    "city:category_step": (NONE, NAMERS),
    "city:category_give_up": (NAMERS, NAMERS),
    "city:imports": (READERS, MODERATORS),
    "city:import": (READERS, READ_ONLY),
    "city:import_decide": (NONE, MODERATORS),
    "city:export_shops": (CITY, READ_ONLY),
    "city:export_premises": (READERS, READ_ONLY),
    "city:premises": (READERS, READ_ONLY),
    "city:premises_one": (READERS, MODERATORS),
    "city:streets": (READERS, READ_ONLY),
    "city:street": (READERS, READ_ONLY),
    "city:figures": (READERS, READ_ONLY),
    "city:figures_csv": (READERS, READ_ONLY),
    "city:phone_list": (READERS, READ_ONLY),
    "city:phone_call": (READERS, MODERATORS | {WRITER}),
    # The finance desk: vouchers, orders, agreements, reports, the proof
    **dict.fromkeys(
        [
            "finance:home", "finance:voucher", "finance:orders", "finance:order", "finance:corrections",
            "finance:agreements", "finance:agreements_csv", "finance:reports", "finance:reports_csv", "finance:books", "finance:books_heads",
            "finance:month",
        ],
        (BOOKS_READERS, READ_ONLY),
    ),
    # A search, which changes nothing: what is looked for does not belong in an address.
    "finance:vouchers": (BOOKS_READERS, BOOKS_READERS),
    **dict.fromkeys(
        [
            "finance:correction_new", "finance:write_off_new", "finance:agreement_sign", "finance:agreement_end",
            "finance:network",
        ],
        (BOOKS_WRITERS, BOOKS_WRITERS),
    ),
    **dict.fromkeys(
        [
            "finance:voucher_move", "finance:order_send", "finance:order_erase", "finance:refund_again",
            "finance:correction_decide", "finance:write_off_decide", "finance:month_close",
        ],
        (NONE, BOOKS_WRITERS),
    ),
    "finance:books_check": (NONE, BOOKS_READERS),
    # The finance desk: campaigns, and what two people give
    **dict.fromkeys(
        ["finance:campaigns", "finance:campaign", "finance:batch", "finance:grants", "finance:grant"],
        (BOOKS_READERS, READ_ONLY),
    ),
    **dict.fromkeys(
        [
            "finance:campaign_new", "finance:campaign_edit", "finance:campaign_bonus", "finance:campaign_load",
            "finance:campaign_counter", "finance:campaign_list", "finance:grant_new", "finance:goodwill_load",
            "finance:fees_load",
        ],
        (BOOKS_WRITERS, BOOKS_WRITERS),
    ),
    **dict.fromkeys(
        [
            "finance:campaign_open", "finance:campaign_close", "finance:batch_new", "finance:batch_hand_over",
            "finance:batch_cancel", "finance:batch_print", "finance:load_decide", "finance:grant_decide",
            "finance:grant_print", "finance:grant_erase",
        ],
        (NONE, BOOKS_WRITERS),
    ),
    # Payouts, what the bank says of them, and the shops' accounts
    **dict.fromkeys(
        [
            "finance:payouts", "finance:week", "finance:payout_waits", "finance:payout_file", "finance:payout_statement",
            "finance:payout_table", "finance:bank_accounts", "finance:rests",
        ],
        (BOOKS_READERS, READ_ONLY),
    ),
    **dict.fromkeys(
        [
            "finance:payout", "finance:bank_messages", "finance:bank_message", "finance:payout_terms",
            "finance:provider_payouts", "finance:bank_account",
        ],
        (BOOKS_READERS, BOOKS_WRITERS),
    ),
    **dict.fromkeys(["finance:payout_release", "finance:bank_account_confirm"], (BOOKS_WRITERS, BOOKS_WRITERS)),
    # Asked for and confirmed; whoever comes back to a confirmation is sent on to the list.
    **dict.fromkeys(["finance:rest_new", "finance:rest_decide"], (BOOKS_WRITERS, BOOKS_WRITERS)),
    **dict.fromkeys(
        ["finance:payout_prepare", "finance:payout_cancel", "finance:payout_download", "finance:bank_account_cancel", "finance:bank_account_stop",
         "finance:week_review", "finance:hold", "finance:hold_lift"],
        (NONE, BOOKS_WRITERS),
    ),
    # Django's own lists: the frame
    "admin:index": (CITY, READ_ONLY),
    "admin:jsi18n": (CITY, READ_ONLY),
    "admin:app_list": (CITY, READ_ONLY),
    "admin:logout": (NONE, CITY),
    "admin:login": (CITY, READ_ONLY),
    "admin:password_change": (CITY, CITY),
    "admin:password_change_done": (CITY, READ_ONLY),
    "admin:autocomplete": (READERS, READ_ONLY),
    "admin:view_on_site": (CITY, READ_ONLY),
    "admin:accounts_securityevent_csv": ({AUDITOR, ADMIN, SUPER}, READ_ONLY),
    "admin:accounts_user_second_factor": ({ADMIN, SUPER}, {ADMIN, SUPER}),
}  # fmt: skip

# Django's lists, by model: (who may look, change, add, delete)
LISTS = {
    "accounts_user": ({AUDITOR, ADMIN, SUPER}, {ADMIN, SUPER}, {ADMIN, SUPER}, {ADMIN, SUPER}),
    "shops_shop": (CITY, {MODERATOR, WRITER, ADMIN, SUPER}, {MODERATOR, WRITER, ADMIN, SUPER}, NONE),
    **dict.fromkeys(
        ["districts_city", "districts_district", "districts_publicholiday", "districts_street"],
        (CITY, NONE, NONE, NONE),
    ),
    **dict.fromkeys(
        ["shops_categorygroup", "shops_category", "shops_event", "shops_emptysearch"],
        (READERS, NONE, NONE, NONE),
    ),
    "accounts_lostaddress": ({AUDITOR, ADMIN, SUPER}, {ADMIN, SUPER}, NONE, NONE),
    "accounts_securityevent": ({AUDITOR, ADMIN, SUPER}, NONE, NONE, NONE),
    "shops_importdifference": (READERS, MODERATORS, NONE, NONE),
}
for _model, (_look, _change, _add, _delete) in LISTS.items():
    TABLE |= {
        f"admin:{_model}_changelist": (_look, READ_ONLY),
        f"admin:{_model}_history": (_look, READ_ONLY),
        f"admin:{_model}_change": (_look, _change),
        f"admin:{_model}_add": (_add, _add),
        f"admin:{_model}_delete": (_delete, _delete),
    }

# The door's own addresses have a specification of their own: tests/accounts/.
DOOR = ("account_", "mfa_")


def addresses(resolver=None, spaces=()):
    """Every address by its name, with what it takes."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, (*spaces, entry.namespace) if entry.namespace else spaces)
        elif entry.name and not entry.name.startswith(DOOR):
            takes = entry.pattern.regex.groupindex
            yield ":".join([*spaces, entry.name]), tuple(takes)


def test_the_table_names_every_address_and_no_other():
    assert {name for name, _takes in addresses()} == set(TABLE)


def test_the_table_names_each_address_once():
    """Of two rows for one address the second would win, without a word."""
    (table,) = (
        node.value
        for node in ast.parse(Path(__file__).read_text()).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "TABLE"
    )
    # A row's key; and where several share a row, the list that `dict.fromkeys` is given.
    keys = [key or value.args[0] for key, value in zip(table.keys, table.values, strict=True)]
    written = [
        one.value
        for key in keys
        for one in ast.walk(key)
        if isinstance(one, ast.Constant) and ":" in str(one.value)
    ]
    assert len(written) > 100
    assert [name for name, times in Counter(written).items() if times > 1] == []


def row_of(name):
    """The model of which an address of Django's shows one row, or ""."""
    model, _sign, verb = name.removeprefix("admin:").rpartition("_")
    return (
        model
        if name.startswith("admin:") and model in LISTS and verb in ("change", "delete", "history")
        else ""
    )


class World:
    """A city with Marie's shop and its people, Paul's next door, and one thing of each kind of Marie's."""

    def __init__(self):
        self.city = factories.make_city()
        self.marie, self.paul = factories.make_marie(), factories.make_paul()
        people = {NINA: {}}
        people |= {OWNER: {}, EDITOR: {}, TILL: {}, PAUL: {}}
        roles = {
            MODERATOR: "moderator",
            WRITER: "editor",
            FINANCE: "finance",
            AUDITOR: "auditor",
            ADMIN: "administrator",
        }
        people |= {name: {"city_roles": [CityRole(role)]} for name, role in roles.items()}
        people |= {SUPER: {"is_superuser": True}}
        self.people = {name: make_person(f"{name}@x.example", **facts) for name, facts in people.items()}
        for name, role in ((OWNER, "owner"), (EDITOR, "editor"), (TILL, "till")):
            make_member(self.marie, self.people[name], MerchantRole(role))
        make_member(self.paul, self.people[PAUL])
        self.member = Membership.objects.get(user=self.people[EDITOR])
        at = factories.TUESDAY_10H
        self.invitation = Invitation.objects.create(
            shop=self.marie, email="lea@x.example", role="till", invited_by=self.people[OWNER], created_at=at,
            expires_at=at,
        )  # fmt: skip
        LostAddress.objects.create(
            name="Marie", phone="26123456", new_email="m@x.example", language="fr", created_at=at
        )
        # Nina says that Marie's page is hers; a shop that she proposed waits, another was sent back.
        self.claim, self.waiting, self.sent_back = (
            Claim.objects.create(
                shop=shop, user=self.people[NINA], name="Nina", language="fr", created_at=at, method="phone"
            )
            for shop in (
                self.marie,
                factories.make_shop("Atelier", status="submitted"),
                factories.make_shop("Remise", status="draft"),
            )
        )
        (self.photo,) = publish(make_photo(self.marie))
        self._propose(at)
        self.room = Premises.objects.create(
            street="Avenue de la Gare", house_number="1", district=self.marie.district
        )
        self.report = Report.objects.create(
            shop=self.marie, kind="hours", language="fr", topic="x", created_at=factories.TUESDAY_10H
        )
        self.run = ImportRun.objects.create(
            kind="shops", source="f.csv", made_at=factories.TUESDAY_10H, state="ready", fingerprint="x"
        )

        asked = {"shop": self.marie, "user": self.people[OWNER], "sent_at": timezone.now()}
        self.question = Reminder.objects.create(purpose="confirm", groups=["hours"], **asked)
        day = timezone.now().date() + timedelta(days=7)
        self.feast = Reminder.objects.create(purpose="holiday", holiday_on=day, ahead_days=7, **asked)
        self.purchase = make_purchase(at=timezone.now())
        self.till = make_till(self.marie)
        self._campaign(self.marie)
        self._settlement()

    def _settlement(self):
        """A payout of Marie's shop that was released, an account that waits, a message of the bank's."""
        at, network, shop = timezone.now(), self.purchase.order.network, self.marie
        terms = PayoutTerms.objects.filter(issuer=network.issuer)
        terms.exists() or make_terms(network.issuer, least=1)
        first = make_account(shop, made_up(shop.pk), at=at - timedelta(days=30))
        take(network, shop, 20_00, at=at)
        self.payout = settle(network.issuer, at=at).payouts.select_related("file").get(shop=shop)
        self.account = accounts.ask(
            shop, made_up(10_000 + shop.pk), shop.name, by=frank_and_fatima()[0], at=at
        )
        take(network, shop, 5_00, at=at)
        self.message = BankMessage.objects.create(
            issuer=network.issuer, kind="camt.053", sha256=str(first.pk), msg_id="1", read_by=1, read_at=at
        )

    def _campaign(self, shop):
        """A draft, a campaign with a batch, money asked for, and a voucher that two people have given."""
        at, network = timezone.now(), self.purchase.order.network
        day, year = at.date(), timedelta(days=365)
        days = {"starts_on": day - year, "ends_on": day + year, "expires_on": day + 4 * year}
        self.draft = make_campaign(network, is_open=False, **days)
        self.campaign = make_campaign(network, **days)
        self.batch = make_batch(self.campaign, at=at)
        asked = {"by": 1, "at": at}
        self.load = decisions.ask_load(
            network.issuer, None, 10_000, reference="1", form_key=f"load{self.draft.pk}", **asked
        )
        treasury.load_budget(network.issuer, GOODWILL, 1000, key=f"given{self.draft.pk}", at=at)
        what = {"cents": 1000, "reason": "other", "way": "paper", "language": "fr"}
        self.grant = decisions.ask_grant(network, form_key=f"grant{self.draft.pk}", **asked, **what)
        decisions.agree_grant(self.grant, by=2, at=at)
        self._books(network, shop, asked)

    def _books(self, network, shop, asked):
        """A shop that has signed, a sale that somebody wants corrected, a difference, a refund, a month that was closed."""
        at = asked["at"]
        self.agreement = Agreement.objects.create(
            shop=shop, network=network, signed_on=at.date() - timedelta(days=30)
        )
        voucher = self.purchase.voucher
        self.sale = spending.redeem([(voucher, 500)], shop, key=f"sale{voucher.pk}", at=at).txn
        self.correction = corrections.ask(
            self.sale, voucher, 100, reason="other", form_key=f"correction{voucher.pk}", **asked
        )
        doubtful = spending.redeem([(voucher, 100)], shop, key=f"doubtful{voucher.pk}", at=at).txn
        self.hold = holds.place(doubtful, network.issuer, "other", by=1, at=at)
        self.write_off = corrections.ask_write_off(
            treasury.bank(network.issuer), 1, reason="other", form_key=f"writeoff{voucher.pk}", **asked
        )
        rest = make_voucher(network, 400, at=at)
        lifecycle.donate(rest, key=f"donated{rest.pk}", at=at)
        self.rest = decisions.ask_rest_payment(
            network.issuer, network.rest_goes_to, 100, reference="1", form_key=f"rest{rest.pk}", **asked
        )
        self.refund = Refund.objects.create(
            payment=self.purchase.order.payments.get(), cents=100, reason=Refund.Reason.SURPLUS,
            state=Refund.State.FAILED, failure="x", asked_at=at, ended_at=at,
        )  # fmt: skip
        month = at.date().replace(day=1)
        kept = {
            "figures": reports.month_of(network.issuer, month), "seq": 0, "head": "0" * 64, "closed_by": 1,
            "closed_at": at,
        }  # fmt: skip
        self.month, _is_new = MonthClosing.objects.get_or_create(
            issuer=network.issuer, month=month, defaults=kept
        )

    def _propose(self, at):
        """One change of Marie's waits, one was refused."""
        facts.with_today(self.marie, at, self.city)
        for number, words in enumerate(("Du pain.", "Du bon pain.")):
            revisions.propose(
                self.marie,
                {"summary": words},
                base={"summary": ""},
                base_version=0,
                by=self.people[OWNER],
                side=ConfirmedBy.MERCHANT,
                at=at,
            )
            if not number:
                self.refused = self.marie.changes.get()
                decision = {self.refused.pk: revisions.Refuse("wrong")}
                revisions.decide(self.marie, decision, by=self.people[MODERATOR], at=at)
        self.change = self.marie.changes.waiting().get()

    def arguments(self, name, takes):
        """What an address of Marie's is made of."""
        special = {
            **{f"merchant:{verb}": {"pk": self.member.pk} for verb in ("change_role", "remove", "hand_over")},
            **{
                f"merchant:claim{verb}": {"pk": self.claim.pk}
                for verb in ("", "_proof", "_code", "_withdraw")
            },
            **{
                f"city:{verb}": {"pk": self.claim.pk}
                for verb in ("claim", "claim_grant", "claim_refuse", "call")
            },
            **{
                f"city:proposal{verb}": {"public_id": self.waiting.shop.public_id}
                for verb in ("", "_publish", "_send_back", "_refuse")
            },
            "merchant:invitation": {"pk": self.invitation.pk},
            "merchant:propose_again": {"pk": self.sent_back.pk},
            "merchant:withdraw": {"pk": self.change.pk},
            "merchant:appeal": {"pk": self.refused.pk},
            "city:undo": {"public_id": self.marie.public_id, "change_id": self.refused.pk},
            "city:move": {"public_id": self.marie.public_id, "verb": "suspendre"},
            "city:report": {"number": self.report.number},
            "city:import": {"pk": self.run.pk},
            "city:import_decide": {"pk": self.run.pk},
            "city:premises_one": {"pk": self.room.pk},
            "city:district": {"slug": "gare"},
            "city:street": {"slug": self.room.street_slug},
            "shops:reminder_confirm": {"token": self.question.token},
            "shops:reminder_holiday": {"token": self.feast.token},
            "vouchers:order": {"token": self.purchase.order_token},
            **{
                f"vouchers:gift{what}": {
                    "token": self.purchase.gift_token,
                    "voucher": self.purchase.voucher.pk,
                }
                for what in ("", "_pdf", "_qr")
            },
            "tills:one": {"pk": self.till.pk},
            "till:receipt": {"number": 1},
            "vouchers:campaign": {"slug": self.campaign.slug},
            **{
                f"vouchers:granted{what}": {"token": grant_letters.token(self.grant)}
                for what in ("", "_pdf", "_qr")
            },
            **{
                f"finance:campaign{what}": {"pk": self.campaign.pk}
                for what in ("", "_close", "_load", "_counter", "_list")
            },
            **{f"finance:campaign_{what}": {"pk": self.draft.pk} for what in ("edit", "bonus", "open")},
            **{
                f"finance:batch{what}": {"pk": self.batch.pk}
                for what in ("", "_hand_over", "_cancel", "_print")
            },
            **{f"finance:grant{what}": {"pk": self.grant.pk} for what in ("", "_decide", "_print", "_erase")},
            **{f"finance:voucher{what}": {"pk": self.purchase.voucher.pk} for what in ("", "_move")},
            **{f"finance:order{what}": {"pk": self.purchase.order.pk} for what in ("", "_send", "_erase")},
            "finance:correction_new": {"pk": self.purchase.voucher.pk, "sale": self.sale.pk},
            "finance:refund_again": {"pk": self.refund.pk},
            "finance:correction_decide": {"pk": self.correction.pk},
            "finance:write_off_decide": {"pk": self.write_off.pk},
            "finance:hold_lift": {"pk": self.hold.pk},
            "finance:rest_decide": {"pk": self.rest.pk},
            "finance:agreement_sign": {"pk": self.agreement.shop_id},
            "finance:agreement_end": {"pk": self.agreement.pk},
            "finance:network": {"pk": self.purchase.order.network_id},
            "finance:month": {"pk": self.month.pk},
            "finance:batch_new": {"pk": self.campaign.pk},
            **{
                f"finance:payout_{what}": {"pk": self.payout.file_id}
                for what in ("file", "release", "cancel", "download")
            },
            **{f"finance:payout{what}": {"pk": self.payout.pk} for what in ("", "_statement", "_table")},
            **{f"takings:statement{what}": {"pk": self.payout.pk} for what in ("", "_csv")},
            **{
                f"finance:bank_account_{what}": {"pk": self.account.pk}
                for what in ("confirm", "cancel", "stop")
            },
            "finance:bank_message": {"pk": self.message.pk},
            "finance:load_decide": {"pk": self.load.pk},
            "sandbox:pay": {"ref": self.purchase.at_bank.ref},
            "sandbox:attachment": {"name": "mail.log", "number": 0},
            "shops:district": {"slug": "gare"},
            "shops:district_feed": {"slug": "gare"},
            "admin:app_list": {"app_label": "shops"},
            "admin:accounts_user_second_factor": {"object_id": self.people[TILL].pk},
        }
        said = {
            "slug": self.marie.slug,
            "public_id": self.marie.public_id,
            "member_id": self.member.pk,
            "change_id": self.change.pk,
            "verb": "fermer",
            "provider": "sandbox",
            "code": "bakery",
            "fingerprint": "0" * 12,
            "section": "coordonnees",
            "number": self.photo.pk,
            "name": self.photo.name,
            "width": 320,
            "suffix": "avif",
            "object_id": "1",
            "content_type_id": 0,
            "url": "nulle-part",
            "part": 1,
            "language": "fr",
            "page": 1,
        } | special.get(name, {})
        if row := row_of(name):
            said["object_id"] = self.first(row)
        return {key: said[key] for key in takes}

    def first(self, model):
        """A row of a model: Marie's, or any; 0 where this world has none."""
        known = {"shops_shop": self.marie.pk, "accounts_user": self.people[TILL].pk}
        rows = apps.get_model(*model.split("_")).objects.values_list("pk", flat=True)
        return known.get(model) or rows.first() or 0

    def client(self, name):
        client = Client()
        return client if name == NOBODY else enter(client, self.people[name])


@pytest.fixture
def world(db, settings, tmp_path):
    settings.STORAGES = {**settings.STORAGES, "default": disk(tmp_path)}
    reference.forget()
    yield World()
    reference.forget()


def outcome(response):
    """`in`, `missing`, `door` (of somebody who is not signed in), `forbidden`, or `method`."""
    if response.status_code == 302 and "/compte/connexion/" in response.url:
        return "door"
    return {404: "missing", 403: "forbidden", 405: "method"}.get(response.status_code, "in")


def undone(client, method, address):
    """What a request answers, without what it did: to the database, or to the cookies."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address)
        if response.streaming:
            served.body_of(response)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def stranger_meets(name, person):
    """What somebody outside an address's row may be answered there."""
    behind_the_door = name.startswith(("merchant:", "city:", "finance:", "tills:", "takings:", "admin:"))
    if person == NOBODY:
        return {"door"} if behind_the_door else {"missing"}
    return {"missing", "forbidden"} if person in CITY else {"missing"}


# Answered whoever asks, by what the thing is: not published here, or an object that this small world lacks.
ABSENT = {"admin:view_on_site", "sitemap_part", "city_css", "admin:autocomplete"}


# Those of whom most is refused in the short form, everybody in the long one.
STRANGEST = {NOBODY, TILL, PAUL, WRITER, AUDITOR}


@pytest.mark.parametrize(
    "person",
    [who if who in STRANGEST else pytest.param(who, marks=pytest.mark.full) for who in PEOPLE],
)
def test_everybody_enters_where_the_table_says_and_nowhere_else(world, person):
    client = world.client(person)
    wrong = []
    for name, takes in addresses():
        address = reverse(name, kwargs=world.arguments(name, takes))
        look, post = TABLE[name]
        # Of a model that this world has no row of, Django sends back to the list.
        nothing_there = row_of(name) and not world.first(row_of(name))
        found = outcome(undone(client, "get", address))
        if person in look:
            allowed = {"in"} | ({"missing", "forbidden"} if name in ABSENT else set())
        else:
            # Nobody looks at what is only posted to: the method is refused before the person is looked at.
            allowed = stranger_meets(name, person) | ({"method"} if look is NONE else set())
        if found not in allowed and not (nothing_there and found == "in"):
            wrong.append(("GET", name, found))
        found = outcome(undone(client, "post", address))
        if post is READ_ONLY:
            if person in look:
                allowed = (
                    {"method", "in", "missing", "forbidden"} if name.startswith("admin:") else {"method"}
                )
            else:
                allowed = stranger_meets(name, person) | {"method"}
        elif person in post:
            # Whoever goes out stands before the door.
            allowed = {"admin:logout": {"door"}, "merchant:delete_account": {"door", "in"}}.get(name, {"in"})
        else:
            allowed = stranger_meets(name, person) | {"method"}
            # Who may look at a form of Django's but not change it is told so.
            allowed |= {"forbidden"} if person in look else set()
        if found not in allowed and not (nothing_there and found == "in"):
            wrong.append(("POST", name, found))
    assert wrong == []
