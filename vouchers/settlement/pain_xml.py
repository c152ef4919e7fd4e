"""What is made with `sepaxml` and `lxml`, apart: they take 7 MB that a web process needs on the days of a release only."""

from datetime import UTC
from functools import cache
from pathlib import Path

import sepaxml
from lxml import etree
from sepaxml import SepaTransfer

from vouchers.models import PayoutFile
from vouchers.settlement.pain import SCHEMA, sepa_text

_XSD = Path(sepaxml.__file__).with_name("schemas") / f"{SCHEMA}.xsd"


class Order(SepaTransfer):
    """The library's file, with the ids and the time that were stored instead of those of chance and of now."""

    def __init__(self, file: PayoutFile):
        self.file = file
        config = {
            "name": sepa_text(file.debtor), "IBAN": file.iban(), "BIC": file.bic, "batch": True, "currency": "EUR",
        }  # fmt: skip
        super().__init__(config, schema=SCHEMA, clean=False)

    def _create_header(self):
        self.msg_id = self.file.msg_id
        super()._create_header()
        moment = self.file.released_at.astimezone(UTC).replace(microsecond=0)
        self._xml.find("CstmrCdtTrfInitn/GrpHdr/CreDtTm").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _finalize_batch(self):
        super()._finalize_batch()
        # One day, so one block; the bank names it when it books the file as one.
        (block,) = self._xml.findall("CstmrCdtTrfInitn/PmtInf/PmtInfId")
        block.text = self.file.msg_id


def errors(content: bytes) -> set[str]:
    """By their types, what the official schema finds in it."""
    if _schema().validate(etree.fromstring(content)):
        return set()
    return {error.type_name for error in _schema().error_log}


@cache
def _schema():
    return etree.XMLSchema(etree.parse(_XSD))
