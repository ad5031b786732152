#!/usr/bin/env python
"""Runs a command of the program: `python manage.py help`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Hands the arguments to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
