#!/usr/bin/env python
"""Django's command line for Vitrine. `make help` lists the everyday commands."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitrine.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.DEBUG  # noqa: B018 - reads the settings
    except ImproperlyConfigured as error:
        # Whoever sets up a server reads one sentence, not where in our code it was written.
        sys.exit(f"Settings: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
