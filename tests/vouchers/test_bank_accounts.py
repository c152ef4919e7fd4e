"""A shop's IBAN: Marie asks, Frank confirms; another one waits for 72 hours; nobody reads it who need not."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from tests.jobs import run_jobs
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.settling import (
    LONG_AGO,
    frank_and_fatima,
    made_up,
    make_account,
    make_terms,
    settle,
    take,
)
from vouchers import codes, ibans
from vouchers.models import BankAccount, Issuer, Network, PayoutFile
from vouchers.settlement import accounts, pain

SECOND, HOLD = timedelta(seconds=1), timedelta(hours=72)
State = BankAccount.State
FIRST, SECOND_IBAN = made_up(1), made_up(2)


def ask(shop, iban=FIRST, *, by=None, at=TUESDAY_10H, holder="Boulangerie Muller sàrl"):
    return accounts.ask(shop, iban, holder, by=by or frank_and_fatima()[0], at=at)


def current(shop, at=TUESDAY_10H):
    return accounts.current([shop.pk], at=at).get(shop.pk)


def letters(mailoutbox):
    run_jobs()
    found = [(mail.to[0], mail.subject, mail.body) for mail in mailoutbox]
    mailoutbox.clear()
    return found


class TestAsking:
    def test_the_first_one_counts_as_soon_as_another_person_confirms_it(self, marie, marie_herself):
        frank, _fatima = frank_and_fatima()
        account = ask(marie, by=marie_herself)
        assert (account.state(TUESDAY_10H), current(marie)) == (State.ASKED, None)
        accounts.confirm(account, by=frank, at=TUESDAY_10H)
        assert current(marie) == account
        assert BankAccount.objects.get().state(TUESDAY_10H) == State.EFFECTIVE

    def test_the_first_one_takes_two_people_too(self, marie):
        frank, _fatima = frank_and_fatima()
        account = ask(marie, by=frank)
        with pytest.raises(accounts.SamePerson):
            accounts.confirm(account, by=frank, at=TUESDAY_10H)
        assert current(marie) is None

    def test_another_one_counts_after_72_hours_to_the_second_and_the_first_until_then(self, marie):
        first = make_account(marie, FIRST)
        frank, fatima = frank_and_fatima()
        second = ask(marie, SECOND_IBAN, by=frank)
        accounts.confirm(second, by=fatima, at=TUESDAY_10H)
        second.refresh_from_db()
        assert second.effective_at == TUESDAY_10H + HOLD
        assert second.state(TUESDAY_10H + HOLD - SECOND) == State.HELD
        assert current(marie, TUESDAY_10H + HOLD - SECOND) == first
        assert current(marie, TUESDAY_10H + HOLD) == second
        assert second.state(TUESDAY_10H + HOLD) == State.EFFECTIVE

    def test_the_hours_alone_do_nothing(self, marie):
        first = make_account(marie, FIRST)
        second = ask(marie, SECOND_IBAN)
        assert current(marie, TUESDAY_10H + 10 * HOLD) == first
        assert second.state(TUESDAY_10H + 10 * HOLD) == State.ASKED

    def test_asked_twice_with_the_same_words_is_asked_once(self, marie, marie_herself, mailoutbox):
        assert ask(marie, by=marie_herself) == ask(marie, by=marie_herself)
        assert len(letters(mailoutbox)) == 1

    def test_one_waits_at_a_time(self, marie):
        ask(marie, FIRST)
        with pytest.raises(accounts.OneWaits):
            ask(marie, SECOND_IBAN)
        account = BankAccount.objects.get()
        accounts.confirm(account, by=frank_and_fatima()[1], at=TUESDAY_10H)
        held = ask(marie, SECOND_IBAN)
        accounts.confirm(held, by=frank_and_fatima()[1], at=TUESDAY_10H)
        with pytest.raises(accounts.OneWaits):
            ask(marie, made_up(3))

    def test_until_it_counts_it_is_cancelled_and_never_comes_back(self, marie):
        frank, fatima = frank_and_fatima()
        first = make_account(marie, FIRST)
        second = ask(marie, SECOND_IBAN)
        accounts.confirm(second, by=fatima, at=TUESDAY_10H)
        accounts.cancel(second, by=frank, at=TUESDAY_10H + HOLD - SECOND)
        assert current(marie, TUESDAY_10H + 2 * HOLD) == first
        with pytest.raises(accounts.TooLate):
            accounts.confirm(second, by=fatima, at=TUESDAY_10H)

    def test_once_it_counts_it_is_not_cancelled_any_more(self, marie):
        account = make_account(marie)
        with pytest.raises(accounts.TooLate):
            accounts.cancel(account, by=frank_and_fatima()[0], at=TUESDAY_10H)

    def test_confirmed_twice_is_confirmed_once(self, marie):
        account = make_account(marie)
        _frank, fatima = frank_and_fatima()
        assert accounts.confirm(account, by=fatima, at=TUESDAY_10H).effective_at == LONG_AGO

    def test_one_iban_at_two_shops_is_shown(self, marie, paul):
        make_account(marie, FIRST), make_account(paul, FIRST)
        (found,) = accounts.shared(TUESDAY_10H).values()
        assert {account.shop for account in found} == {marie, paul}


class TestStopping:
    def test_one_person_stops_what_counts(self, marie):
        account = make_account(marie)
        frank, fatima = frank_and_fatima()
        for _click in range(2):
            accounts.stop(account, by=frank, at=TUESDAY_10H)
        assert BankAccount.objects.get().state(TUESDAY_10H) == State.BOUNCED
        accounts.confirm(ask(marie, SECOND_IBAN, by=frank), by=fatima, at=TUESDAY_10H)
        assert current(marie, TUESDAY_10H + HOLD).iban() == SECOND_IBAN

    def test_what_does_not_count_yet_is_cancelled_instead(self, marie):
        with pytest.raises(accounts.NotAllowed):
            accounts.stop(ask(marie), by=frank_and_fatima()[0], at=TUESDAY_10H)


class TestLetters:
    def test_the_owners_hear_of_it_at_once_and_when_it_counts(self, marie, marie_herself, tom, mailoutbox):
        account = ask(marie)
        ((to, subject, body),) = letters(mailoutbox)
        assert (to, subject) == (marie_herself.email, "Compte bancaire\N{NO-BREAK SPACE}: une demande")
        assert "Une personne de la Ville doit encore le confirmer." in body
        accounts.confirm(account, by=frank_and_fatima()[1], at=TUESDAY_10H)
        assert [subject for _to, subject, _body in letters(mailoutbox)] == [
            "Compte bancaire\N{NO-BREAK SPACE}: en vigueur"
        ]

    def test_whoever_was_owner_before_hears_of_a_change(self, marie, marie_herself, mailoutbox):
        """Somebody has taken the page over: the one who was told of the first IBAN is told of the second."""
        make_account(marie, FIRST)
        letters(mailoutbox)
        marie_herself.memberships.all().delete()
        thief = make_person("voleur@x.example")
        make_member(marie, thief)
        second = ask(marie, SECOND_IBAN, by=thief)
        found = letters(mailoutbox)
        assert {to for to, _subject, _body in found} == {marie_herself.email, thief.email}
        assert all("72 heures" in body for _to, _subject, body in found)
        accounts.confirm(second, by=frank_and_fatima()[0], at=TUESDAY_10H)
        assert letters(mailoutbox) == []
        assert accounts.announce_due(at=TUESDAY_10H + HOLD - SECOND) == 0
        assert accounts.announce_due(at=TUESDAY_10H + HOLD) == 1
        assert {to for to, _subject, _body in letters(mailoutbox)} == {marie_herself.email, thief.email}
        assert accounts.announce_due(at=TUESDAY_10H + HOLD) == 0

    def test_no_letter_holds_any_of_the_iban(self, marie, marie_herself, mailoutbox):
        account = ask(marie)
        accounts.confirm(account, by=frank_and_fatima()[1], at=TUESDAY_10H)
        accounts.bounced(account, at=TUESDAY_10H)
        found = letters(mailoutbox)
        assert len(found) == 3
        assert not any(account.last4 in body or FIRST in body for _to, _subject, body in found)


class TestSealed:
    def test_it_stands_nowhere_in_clear(self, marie, marie_herself, caplog):
        caplog.set_level("DEBUG")
        make_account(marie, FIRST)
        assert FIRST not in caplog.text
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                kept = "\n".join(row for (row,) in cursor.fetchall())
                assert FIRST not in kept, table
                assert FIRST[:-4] not in kept, table

    def test_it_is_read_again_and_only_beside_its_shop(self, marie, paul):
        account = make_account(marie, FIRST)
        assert (account.iban(), account.last4) == (FIRST, FIRST[-4:])
        account.shop = paul
        with pytest.raises(codes.Unreadable):
            account.iban()

    def test_another_key_takes_over_by_the_command_that_renews_all_seals(self, marie, settings, capsys):
        network = Network.objects.create(issuer=Issuer.objects.create(name="X"), name="Y")
        account, terms = make_account(marie, FIRST), make_terms(network.issuer)
        take(network, marie)
        file = settle(network.issuer)
        digest = account.iban_digest
        settings.VOUCHER_KEYS = {"new": b"n" * 32, **settings.VOUCHER_KEYS}
        call_command("rotate_voucher_keys")
        settings.VOUCHER_KEYS = {"new": b"n" * 32}
        account.refresh_from_db(), terms.refresh_from_db()
        assert (account.iban(), account.key_id, terms.key_id) == (FIRST, "new", "new")
        assert account.iban_digest != digest
        assert pain.remade(PayoutFile.objects.get(pk=file.pk))
        capsys.readouterr()
        call_command("rotate_voucher_keys")
        assert capsys.readouterr().out.startswith("0 ")

    @pytest.mark.parametrize(
        "typed", ["", "LU28 0019 4006 4475 0001", "LU28001940064475000", "FR76", "\x00", "x" * 60]
    )
    def test_what_is_no_iban_is_none(self, typed):
        with pytest.raises(ibans.NoIban):
            ibans.read(typed)

    def test_one_is_read_as_people_type_it(self):
        assert ibans.read(" lu28 0019 4006 4475 0000 ") == "LU280019400644750000"
        assert ibans.spaced("LU280019400644750000") == "LU28 0019 4006 4475 0000"

    def test_no_transfer_goes_out_of_sepa(self):
        with pytest.raises(ibans.NotInSepa):
            ibans.read("BR1800360305000010009795493C1")


class TestForgetting:
    def test_what_nobody_was_paid_on_goes_after_90_days(self, marie, paul):
        frank, _fatima = frank_and_fatima()
        asked = ask(marie)
        kept = make_account(paul, FIRST)
        cancelled = ask(paul, SECOND_IBAN)
        accounts.cancel(cancelled, by=frank, at=TUESDAY_10H)
        assert accounts.forget(at=TUESDAY_10H + timedelta(days=90) - SECOND) == 0
        assert accounts.forget(at=TUESDAY_10H + timedelta(days=90)) == 2
        assert list(BankAccount.objects.all()) == [kept]
        assert asked.pk

    def test_one_that_was_confirmed_stays(self, marie):
        account = make_account(marie)
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
            account.delete()
