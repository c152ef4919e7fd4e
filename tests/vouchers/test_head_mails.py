"""The head of the chain in the auditors' mailboxes: what the mail says, when it goes, and that it goes once."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import CityRole
from tests.jobs import run_jobs, waiting
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import make_voucher
from tests.vouchers.settling import make_account
from tests.vouchers.test_chain import LATER, disarm, trade
from vitrine.database.roles import acting_as_owner
from vitrine.letters import Letter
from vouchers import head_mails, heads, jobs, proof, sealing
from vouchers.models import ChainLink, HeadMail, Issuer, Network, Voucher

DAY = timedelta(days=1)


@pytest.fixture
def published(settings, tmp_path):
    settings.LEDGER_HEADS = [str(tmp_path / "heads.txt"), str(tmp_path / "open" / "heads.txt")]
    return tmp_path / "heads.txt"


@pytest.fixture
def traded(network, signed, marie, published):
    """A day of trade: thirty-one transactions, all sealed."""
    trade(network, marie)
    return network


def plain(text):
    """Without the spaces that do not break, which depend on the language's catalogue."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def night(clock, at):
    """What the worker does between midnight and one, and the mails that come of it."""
    clock(at)
    jobs.publish_head(0)
    jobs.prove_books(0)
    jobs.send_heads(0)
    run_jobs("send_letter")


# What it says


def test_it_has_the_day_the_place_the_hash_and_the_line_as_it_was_published(
    traded, aude, clock, published, mailoutbox
):
    night(clock, LATER)
    (sent,) = mailoutbox
    assert sent.to == [aude.email]
    assert plain(sent.subject) == "Bons : l’empreinte des livres, 24 novembre 2026"
    assert "Publiée : 24 novembre 2026 10:05." in plain(sent.body)
    assert "Opérations scellées (rang dans la chaîne) : 31." in plain(sent.body)
    said = plain(sent.body).splitlines()
    assert ChainLink.objects.get(seq=31).hash in said
    assert published.read_text().strip() in said


def test_it_has_what_is_held_and_owed_of_each_issuer_by_kind_of_account(
    traded, marie, aude, clock, mailoutbox
):
    other = Network.objects.create(issuer=Issuer.objects.create(name="Autre ville"), name="Autre")
    make_voucher(other, 1_234_00)
    sealing.seal(at=LATER)
    night(clock, LATER)
    ours, others = plain(mailoutbox[0].body).split("Autre ville\n")
    assert "Détenu : 120,66 €. Dû : 120,66 €." in ours
    assert "chez le prestataire de paiement : 120,66 €" in ours
    assert "dû au commerce : " in ours
    assert "Détenu : 1 234,00 €. Dû : 1 234,00 €." in others
    assert "bon d’achat : 1 234,00 €" in others
    assert "dû au commerce : 0,00 €" in others


def test_the_sums_are_those_of_what_the_head_seals_whatever_came_after(
    traded, network, aude, clock, mailoutbox
):
    before = proof.trust_identity(network.issuer)["held"]
    clock(LATER)
    jobs.publish_head(0)
    make_voucher(network, 7_777_00)
    sealing.seal(at=LATER)
    make_voucher(network, 5_555_00)
    ((_issuer, stood),) = head_mails.sums_of(heads.last())
    assert -stood["psp_clearing"] == before
    jobs.send_heads(0)
    run_jobs("send_letter")
    assert f"{before / 100:.2f}".replace(".", ",") in plain(mailoutbox[0].body)


def test_it_says_that_the_books_were_found_in_order(traded, aude, clock, mailoutbox):
    night(clock, LATER)
    assert "La dernière vérification a trouvé les livres en ordre." in plain(mailoutbox[0].body)


def test_it_says_that_a_fault_was_found_and_not_which(traded, aude, clock, mailoutbox):
    clock(LATER)
    jobs.publish_head(0)
    # Behind the last minute, and without a seal: the proof of the night finds it.
    make_voucher(traded, at=TUESDAY_10H - DAY)
    with pytest.raises(jobs.BooksAreWrong, match="not sealed in time"):
        jobs.prove_books(0)
    jobs.send_heads(0)
    run_jobs("send_letter")
    (sent,) = mailoutbox
    assert "a trouvé un défaut dans les livres" in plain(sent.body)
    assert "sealed" not in plain(sent.body)


def test_it_says_when_there_was_no_proof_since(traded, aude, clock, mailoutbox):
    clock(LATER - timedelta(minutes=1))
    jobs.prove_books(0)
    clock(LATER)
    jobs.publish_head(0)
    jobs.send_heads(0)
    run_jobs("send_letter")
    assert "n’ont pas été vérifiés depuis que cette empreinte est publiée" in plain(mailoutbox[0].body)


def test_it_names_nobody_and_holds_no_code_and_no_iban(traded, marie, aude, clock, mailoutbox):
    account = make_account(marie)
    night(clock, LATER)
    (sent,) = mailoutbox
    text = sent.body + sent.alternatives[0].content
    assert "@" not in text.replace("mailto:", "")
    assert account.last4 not in re.sub(r"[0-9a-f]{64}", "", text)
    assert not re.search(r"\b[A-Z]{2}\d{2}[ ]?\d{3,}", text)
    for voucher in Voucher.objects.all():
        assert voucher.last4 not in text
    assert marie.name not in text


def test_each_auditor_reads_it_in_her_language(traded, aude, clock, mailoutbox):
    make_person("andy@ville.example", language="en", city_roles=[CityRole.AUDITOR])
    night(clock, LATER)
    letters = {sent.to[0]: sent for sent in mailoutbox}
    assert set(letters) == {"aude@ville.example", "andy@ville.example"}
    assert '<html lang="en">' in letters["andy@ville.example"].alternatives[0].content
    assert "owed to the shop" in plain(letters["andy@ville.example"].body)
    assert "dû au commerce" in plain(letters["aude@ville.example"].body)


def test_the_mail_proves_the_books_later(own_books, published, clock, mailoutbox, tmp_path):
    """Everything else was rewritten: the chain made anew, the published files with it."""
    make_person("aude@ville.example", city_roles=[CityRole.AUDITOR])
    night(clock, LATER)
    line = plain(mailoutbox[0].body).split("telle qu’elle est publiée :\n\n")[1].splitlines()[0]
    kept = tmp_path / "kept.txt"
    kept.write_text(f"{line}\n")
    call_command("verify_ledger", heads=[kept])
    with acting_as_owner(), connection.cursor() as cursor, transaction.atomic():
        disarm(cursor)
        cursor.execute("UPDATE vouchers_transaction SET reason = 'other' WHERE kind = 'redeemed'")
        cursor.execute("DELETE FROM vouchers_chainlink")
        sealing.seal(at=LATER)
        published.unlink()
        (tmp_path / "open" / "heads.txt").unlink()
        heads.publish(at=LATER)
        call_command("verify_ledger")
        with pytest.raises(CommandError, match="made anew"):
            call_command("verify_ledger", heads=[kept])
        # And the head of the new chain is another mail.
        assert head_mails.send(at=LATER + DAY) == 1
        transaction.set_rollback(True)


# To whom, and when


def test_it_goes_to_auditors_who_are_active_and_to_nobody_else(traded, aude, frank, clock, mailoutbox):
    make_person("ancienne@ville.example", city_roles=[CityRole.AUDITOR], is_active=False)
    night(clock, LATER)
    assert [sent.to for sent in mailoutbox] == [[aude.email]]


def test_without_an_auditor_nothing_is_sent_and_who_becomes_one_gets_the_last_head(traded, clock, mailoutbox):
    night(clock, LATER)
    assert not mailoutbox
    assert not HeadMail.objects.exists()
    make_person("aude@ville.example", city_roles=[CityRole.AUDITOR])
    jobs.send_heads(0)
    run_jobs("send_letter")
    assert len(mailoutbox) == 1


def test_while_nothing_is_published_there_is_nothing_to_send(aude, clock, published, settings, mailoutbox):
    night(clock, LATER)
    settings.LEDGER_HEADS = []
    night(clock, LATER + DAY)
    assert not mailoutbox


def test_a_day_on_which_nothing_was_sealed_has_no_mail(traded, aude, clock, mailoutbox):
    night(clock, LATER)
    night(clock, LATER + DAY)
    assert len(mailoutbox) == 1
    make_voucher(traded, at=LATER + DAY)
    sealing.seal(at=LATER + DAY)
    night(clock, LATER + 2 * DAY)
    assert "(rang dans la chaîne) : 32." in plain(mailoutbox[1].body)
    assert len(mailoutbox) == 2


def test_it_goes_once_however_often_the_jobs_run(traded, aude, clock, mailoutbox):
    for minutes in (0, 60, 120):
        night(clock, LATER + timedelta(minutes=minutes))
    assert len(mailoutbox) == 1
    assert HeadMail.objects.count() == 1


def test_it_goes_once_a_day_and_the_days_last_head_goes_on_the_next(traded, aude, clock, mailoutbox):
    night(clock, LATER)
    make_voucher(traded)
    sealing.seal(at=LATER)
    night(clock, LATER + timedelta(hours=2))
    assert len(mailoutbox) == 1
    clock(LATER + DAY)
    jobs.send_heads(0)
    run_jobs("send_letter")
    assert "(rang dans la chaîne) : 32." in plain(mailoutbox[1].body)


# What goes wrong


def test_a_worker_that_was_killed_after_publishing_sends_the_line_that_stands_there(
    traded, aude, clock, published, mailoutbox
):
    clock(LATER)
    heads.publish(at=LATER)
    line = published.read_text().strip()
    night(clock, LATER + timedelta(hours=1))
    assert published.read_text().strip() == line
    assert line in plain(mailoutbox[0].body).splitlines()
    assert len(mailoutbox) == 1


def test_a_worker_that_was_killed_between_two_auditors_starts_over(
    traded, aude, clock, monkeypatch, mailoutbox
):
    make_person("andy@ville.example", city_roles=[CityRole.AUDITOR])
    clock(LATER)
    jobs.publish_head(0)

    class Killed(BaseException):
        pass

    write_to = head_mails.write_to

    def be_killed(person, words):
        if person != aude:
            raise Killed
        write_to(person, words)

    with monkeypatch.context() as patched:
        patched.setattr(head_mails, "write_to", be_killed)
        with pytest.raises(Killed):
            jobs.send_heads(0)
    assert not HeadMail.objects.exists()
    assert not waiting("send_letter")
    jobs.send_heads(0)
    run_jobs("send_letter")
    assert sorted(sent.to[0] for sent in mailoutbox) == ["andy@ville.example", "aude@ville.example"]


def test_while_the_mail_server_is_down_the_letter_waits_with_its_message_id(
    traded, aude, clock, monkeypatch, mailoutbox
):
    clock(LATER)
    jobs.publish_head(0)
    jobs.send_heads(0)
    ((name, said),) = waiting("send_letter")

    def be_away(letter):
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(Letter, "send", be_away)
        # Raised to the queue, which tries it again as every letter.
        with pytest.raises(ConnectionRefusedError), transaction.atomic():
            run_jobs(name)
    jobs.send_heads(0)
    assert waiting("send_letter") == [(name, said)]
    run_jobs(name)
    (sent,) = mailoutbox
    assert sent.extra_headers["Message-ID"] == said["letter"]["message_id"]


def test_a_last_line_that_is_no_head_is_not_sent(traded, aude, clock, published, mailoutbox):
    clock(LATER)
    published.write_text("nonsense\n")
    with pytest.raises(ValueError, match="last line"):
        jobs.send_heads(0)
    assert not waiting("send_letter")
