"""The demonstration has payouts to show, of fictional shops alone, and its books are whole."""

from tests.shops import factories
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.settling import frank_and_fatima
from vouchers import demo, demo_settlement, ibans, proof
from vouchers.models import BankAccount, Issuer, Payout, PayoutFile, ProviderPayout
from vouchers.settlement import accounts, pain, runs, statements


def test_it_is_filled_once_and_shows_every_state(city):
    factories.make_shops(30)
    demo.fill(at=TUESDAY_10H)
    frank_and_fatima()
    assert demo_settlement.prepare(at=TUESDAY_10H)
    assert not demo_settlement.prepare(at=TUESDAY_10H)
    issuer, file = Issuer.objects.get(), PayoutFile.objects.get()
    assert file.state == "closed"
    assert file.released_at < TUESDAY_10H
    assert pain.remade(file)
    assert set(Payout.objects.values_list("state", flat=True)) == {"paid", "returned"}
    assert {"no_account", "bounced"} <= {one.waits for one in runs.due(issuer, at=TUESDAY_10H)}
    for payout in Payout.objects.select_related("file__issuer"):
        assert all(entry.at < file.released_at for entry in statements.lines_of(payout).entries)
    (waiting,) = BankAccount.objects.waiting(TUESDAY_10H)
    assert accounts.current([waiting.shop_id], at=TUESDAY_10H)
    assert ProviderPayout.objects.count() == 1
    sums = proof.trust_identity(issuer)
    assert sums["held"] == sums["owed"]
    for account in BankAccount.objects.all():
        assert ibans.read(account.iban())[4:7] == "999"


def test_without_two_finance_officers_there_is_nothing_to_show(city):
    factories.make_shops(30)
    demo.fill(at=TUESDAY_10H)
    assert not demo_settlement.prepare(at=TUESDAY_10H)
