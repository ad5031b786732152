#!/usr/bin/env python
"""Runs a command of the program: `python manage.py help`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Hands the arguments to Django, with the databases that the command needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.runtime.command_line import databases_for, take_data_folder
    from config.runtime.databases import ServerDidNotStart

    arguments = sys.argv[1:]
    if arguments[:1] == ["up"]:
        take_data_folder(arguments)
    try:
        with databases_for(arguments):
            execute_from_command_line(sys.argv)
    except ServerDidNotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
