"""Run by a test as a process of its own: sends, and is killed at a named step.

python -m tests.alerts.killed MODULE.FUNCTION before|after SMTP_PORT ISO
"""

from __future__ import annotations

import os
import signal
import smtplib
import sys
from datetime import datetime
from importlib import import_module
from typing import Any

import django


def main() -> None:
    """Never returns where the step is reached."""
    where, when, port, now = sys.argv[1:]
    django.setup()
    from django.conf import settings

    settings.EMAIL_FOLDER = None
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(port)
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    module, _, name = where.rpartition(".")
    owner: Any = smtplib.SMTP if module == "smtplib.SMTP" else import_module(module)
    real = getattr(owner, name)

    def killed(*given: Any, **named: Any) -> Any:
        if when == "after":
            real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killed)
    from alerts import mail

    mail.send_due(now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main()
