"""The head of the chain in mailboxes: whoever holds the servers rewrites the files that are published, but no auditor's mail.

The sums go into the mail alone. In a file that anybody reads, those of two days would tell what shops took in between,
and on a quiet day that is one shop.
"""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import CityRole, User
from vitrine.letters import Section, address, write_to
from vouchers import heads, lifecycle, reports
from vouchers.heads import Head
from vouchers.models import Account, BookCheck, HeadMail, Issuer
from vouchers.templatetags.money import euros

HELD = (Account.Kind.BANK, Account.Kind.PSP_CLEARING)


def send(*, at: datetime) -> int:
    """Write to each auditor what was published last, unless it was sent before. Returns to how many.

    The note that it was sent and the letters are one transaction: cut short, neither is there, and the next run sends
    them. Of a day's heads one is sent on that day; had another been published since, it goes on the next day if it is
    still the last one.
    """
    head = heads.last()
    auditors = User.objects.filter(is_active=True, city_roles__contains=[CityRole.AUDITOR]).order_by("pk")
    if head is None or not auditors.exists():
        return 0
    day = lifecycle.city_day(head.at)
    if day == lifecycle.city_day(at) and HeadMail.objects.filter(published_on=day).exists():
        return 0
    with transaction.atomic():
        _mail, is_new = HeadMail.objects.get_or_create(
            head=head.digest, defaults={"published_on": day, "sent_at": at}
        )
        if not is_new:
            return 0
        sums = sums_of(head)
        check = BookCheck.objects.filter(done_at__gte=head.at).order_by("-done_at").first()
        for auditor in auditors:
            write_to(auditor, lambda: letter(head, sums, check))
    return len(auditors)


def sums_of(head: Head) -> list[tuple[Issuer, dict[str, int]]]:
    """What the transactions under the head, these and no others, leave on each kind of account of each issuer.

    Not the balances of the moment: what is written and not sealed yet, or sealed since the head was published, is not in
    them, so whoever replays the chain up to this place finds the same.
    """
    return [(issuer, reports.balances_at(issuer, head.seq)) for issuer in Issuer.objects.order_by("pk")]


def letter(head: Head, sums: list[tuple[Issuer, dict[str, int]]], check: BookCheck | None) -> dict:
    """The words of the mail, in the active language.

    Args:
        check: the last proof of the books since the head was published; None when there was none.
    """
    published = lifecycle.in_the_city(head.at)
    lines = [
        _("Publiée : %(moment)s.") % {"moment": date_format(published, "DATETIME_FORMAT")},
        _("Opérations scellées (rang dans la chaîne) : %(number)s.") % {"number": head.seq},
        _("Empreinte :"),
        head.digest,
        _("La ligne telle qu’elle est publiée :"),
        head.line,
    ]
    keep = _("Gardez ce message : il permet de prouver que rien de ce qui précède n’a été changé, ôté ou ajouté depuis, même par qui gère les serveurs.")  # fmt: skip
    how = _("Pour vérifier : copiez la ligne publiée dans un fichier et lancez « verify_ledger --heads FICHIER », ou comparez-la aux empreintes de la page « Preuve » : %(page)s")  # fmt: skip
    return {
        "subject": _("Bons : l’empreinte des livres, %(day)s")
        % {"day": date_format(published, "DATE_FORMAT")},
        "paragraphs": [keep, _proof_in_words(check)],
        "sections": [
            Section(_("L’empreinte"), lines, []),
            *[Section(str(issuer), _sums_in_words(stood), []) for issuer, stood in sums],
        ],
        "ending": how % {"page": address("finance:books")},
    }


def _proof_in_words(check):
    if check is None:
        return _("Les livres n’ont pas été vérifiés depuis que cette empreinte est publiée.")
    if check.fault:
        return _("La dernière vérification a trouvé un défaut dans les livres : voyez la page « Preuve ».")
    return _("La dernière vérification a trouvé les livres en ordre.")


def _sums_in_words(stood):
    """Held and owed, then each kind of account; what bank and provider hold has a minus in the books, and none here."""
    stands = {kind: -stood[kind] for kind in HELD} | {kind: stood[kind] for kind in reports.OWED}
    both = {"held": euros(reports.held(stood)), "owed": euros(reports.owed(stood))}
    return [
        _("Détenu : %(held)s. Dû : %(owed)s.") % both,
        *[
            _("%(account)s : %(amount)s") % {"account": kind.label, "amount": euros(cents)}
            for kind, cents in stands.items()
        ],
    ]
