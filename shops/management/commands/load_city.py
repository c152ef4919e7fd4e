"""`load_city`: the city, its districts, categories, holidays and streets, from a folder of data."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from districts.city_pack import BrokenPack, read_pack
from shops import loading

SHOWN = 20  # names listed for each kind of change, unless more are asked for


class Command(BaseCommand):
    @property
    def help(self):
        return _("Charge une ville depuis un dossier de données. Relancer sans rien changer n’écrit rien.")

    def add_arguments(self, parser):
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=settings.CITY_PACK,
            help=_("Le dossier de la ville ; par défaut, celui des réglages."),
        )

    def handle(self, *, path, verbosity, **options):
        if path is None:
            raise CommandError(_("Nommez le dossier de la ville : manage.py load_city cities/…"))
        try:
            pack = read_pack(path, interface_languages=[code for code, _name in settings.LANGUAGES])
        except BrokenPack as broken:
            faults = "\n".join(f"  {fault}" for fault in broken.faults)
            raise CommandError(
                ngettext(
                    "« %(path)s » ne peut pas être chargé, rien n’a changé (%(number)s défaut) :",
                    "« %(path)s » ne peut pas être chargé, rien n’a changé (%(number)s défauts) :",
                    len(broken.faults),
                )
                % {"path": path, "number": len(broken.faults)}
                + f"\n{faults}"
            ) from broken
        try:
            changes = loading.load(pack, at=timezone.now())
        except loading.StillUsed as used:
            sentences = "\n".join(f"  {sentence}" for sentence in used.sentences)
            raise CommandError(
                _("Rien n’a changé : des commerces utilisent encore ce que le dossier ne contient plus.")
                + f"\n{sentences}"
            ) from used
        if verbosity:
            self.tell(pack, changes, None if verbosity > 1 else SHOWN)

    def tell(self, pack, changes, shown):
        name = pack.city.name[pack.city.default_language]
        if not any(changes):
            self.stdout.write(_("%(city)s : rien de nouveau.") % {"city": name})
            return
        self.stdout.write(_("%(city)s est chargée.") % {"city": name})
        for change in changes:
            edited = [f"{item} ({', '.join(fields)})" for item, fields in change.changed.items()]
            for verb, items in [
                (_("ajouts"), change.added),
                (_("modifications"), edited),
                (_("retraits"), change.removed),
            ]:
                if items:
                    listed = ", ".join(items[:shown])
                    more = f", … (+{len(items) - shown})" if shown and len(items) > shown else ""
                    self.stdout.write(f"  {change.label} – {verb} : {len(items)} ({listed}{more})")
