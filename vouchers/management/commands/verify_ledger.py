"""`verify_ledger`: prove the books from the first transaction to the last. Exits with 1 and the first fault."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vouchers import proof
from vouchers.heads import published


class Command(BaseCommand):
    @property
    def help(self):
        return _(
            "Vérifie les livres : chaque opération contre son sceau, chaque solde contre ses opérations, la chaîne contre"
            " les empreintes publiées."
        )

    def add_arguments(self, parser):
        parser.add_argument(
            "--heads",
            type=Path,
            action="append",
            help=_(
                "Un fichier d’empreintes publiées, par exemple le vôtre. Par défaut, ceux du réglage LEDGER_HEADS."
            ),
        )

    def handle(self, *, heads: list[Path] | None, **options):
        try:
            known = published(heads)
        except ValueError as error:
            raise CommandError(str(error)) from error
        found = proof.verify(at=timezone.now(), heads=known)
        if isinstance(found, proof.Fault):
            raise CommandError(str(found))
        self.stdout.write(
            _(
                "Les livres sont intacts : %(sealed)d opérations scellées, %(waiting)d à sceller. Empreinte : %(head)s"
            )
            % {"sealed": found.sealed, "waiting": found.waiting, "head": found.head}
        )
        if found.heads:
            self.stdout.write(
                ngettext(
                    "La chaîne passe par %(number)d empreinte publiée.",
                    "La chaîne passe par %(number)d empreintes publiées.",
                    found.heads,
                )
                % {"number": found.heads}
            )
        else:
            self.stderr.write(
                _(
                    "Aucune empreinte publiée n’a été trouvée : une chaîne refaite en entier, ou coupée à sa fin, ne se verrait"
                    " pas. Donnez un fichier d’empreintes (--heads)."
                )
            )
