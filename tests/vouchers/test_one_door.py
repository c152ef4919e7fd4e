"""Only the door writes the books: every other line of the project calls a verb."""

import ast
import re

import pytest
from django.conf import settings

BOOKS = {"Account", "Transaction", "Transfer", "ChainLink", "VoucherChange"}
WRITES = {
    "create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "save", "acreate",
    "aupdate", "adelete", "asave", "abulk_create",
}  # fmt: skip
TABLES = re.compile(
    r"(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s+(TABLE\s+)?\"?vouchers_(account|transaction|transfer|chainlink|voucherchange)\b",
    re.IGNORECASE,
)
# The door, the seal, and what made the tables.
MAY = {"vouchers/ledger.py", "vouchers/sealing.py"}


def sources():
    for folder in ("accounts", "bench", "districts", "shops", "torture", "vitrine", "vouchers"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py")):
            name = str(path.relative_to(settings.BASE_DIR))
            if name not in MAY and "/migrations/" not in name:
                yield name, path.read_text()


def writes(text):
    """The lines that write the books: `Account.objects….update(…)`, `Transfer(…).save()`, or SQL of that sense."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            names = {each.id for each in ast.walk(node.func) if isinstance(each, ast.Name)}
            names |= {each.attr for each in ast.walk(node.func) if isinstance(each, ast.Attribute)}
            if names & BOOKS:
                yield node.lineno
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLES.search(node.value):
            yield node.lineno


def test_nothing_else_writes_the_books():
    found = [f"{name}:{line}" for name, text in sources() for line in writes(text)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "Account.objects.filter(pk=1).update(balance_cents=0)",
        "models.Transfer(amount_cents=1).save()",
        "ChainLink.objects.all().delete()",
        'cursor.execute("UPDATE vouchers_account SET balance_cents = 0")',
        'cursor.execute(f"insert into vouchers_transfer VALUES ({1})")',
    ],
)
def test_the_search_finds_what_it_looks_for(line):
    """What was searched and found empty proves nothing unless this holds."""
    assert list(writes(line)) == [1]


def test_the_door_and_the_seal_are_what_writes():
    for name in sorted(MAY):
        assert list(writes((settings.BASE_DIR / name).read_text())), f"{name} need not be excepted"
