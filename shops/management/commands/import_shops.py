"""`import_shops`: shops from a file (Overpass JSON or CSV, see docs/importing.md)."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from shops import importing
from shops.importing import report


class Command(BaseCommand):
    @property
    def help(self):
        return _(
            "Importe des commerces depuis un fichier (réponse Overpass en JSON, ou CSV)."
            " Ce qu’un commerçant ou la Ville a confirmé n’est jamais remplacé."
        )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help=_("Le fichier."))
        parser.add_argument(
            "--dry-run", action="store_true", help=_("Montre ce qui changerait, sans rien écrire.")
        )
        parser.add_argument(
            "--source", default="", help=_("Le nom du fichier dans le journal ; par défaut, le sien.")
        )
        parser.add_argument(
            "--confirmed-on",
            type=date.fromisoformat,
            metavar="AAAA-MM-JJ",
            help=_("Le jour auquel ces données étaient justes, si le fichier ne le dit pas."),
        )

    def handle(self, *, file, dry_run, source, confirmed_on, verbosity, **options):
        at = timezone.now()
        progress = self.progress if verbosity else importing.silent
        try:
            with file.open("rb") as opened:
                plan = importing.plan(
                    opened,
                    source=source or file.name,
                    at=at,
                    confirmed_on=confirmed_on,
                    progress=progress,
                )
            if not dry_run:
                plan = importing.apply(plan, at=at, progress=progress)
        except OSError as error:
            raise CommandError(
                _("« %(path)s » ne se lit pas : %(why)s.") % {"path": file, "why": error.strerror}
            ) from error
        except importing.NoCity as error:
            raise CommandError(
                _("Aucune ville n’est chargée. Lancez d’abord : manage.py load_city")
            ) from error
        except (importing.BrokenFile, importing.CityChanged) as error:
            raise CommandError(
                _("« %(path)s » n’est pas importé, rien n’a changé. %(why)s") % {"path": file, "why": error}
            ) from error
        if not verbosity:
            return
        for line in report.lines(plan, applied=not dry_run, shown=None if verbosity > 1 else report.SHOWN):
            self.stdout.write(line)

    def progress(self, stage, done, total):
        """One line that counts up on a terminal; elsewhere a line for each stage."""
        stages = {
            "read": _("lecture"),
            "compare": _("comparaison"),
            "create": _("création"),
            "change": _("modification"),
            "derive": _("mise à jour du catalogue"),
        }
        if self.stderr.isatty():
            self.stderr.write(f"\r{stages[stage]} {done}/{total}", ending="\n" if done == total else "")
        elif done == total:
            self.stderr.write(f"{stages[stage]} {done}/{total}")
