"""`translations`: gather the sentences to translate, look for faults, compile."""

from django.core.management.base import BaseCommand, CommandError

from vitrine import translations


class Command(BaseCommand):
    help = "Keep the catalogues of translations in locale/."
    requires_system_checks = []

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--update", action="store_true", help="bring the .po files up to date with the code"
        )
        what.add_argument("--check", action="store_true", help="fail when a translation is missing or broken")
        what.add_argument("--compile", action="store_true", help="make the .mo files that are not up to date")

    def handle(self, *args, **options):
        if options["update"]:
            for language, missing in translations.update().items():
                self.stdout.write(
                    f"{language}: {missing} translations missing" if missing else f"{language}: complete"
                )
        elif options["check"]:
            if faults := translations.faults():
                raise CommandError(
                    "The translations have {} faults:\n{}".format(len(faults), "\n".join(faults))
                )
            self.stdout.write("Translations: complete.")
        else:
            translations.compile_all()
