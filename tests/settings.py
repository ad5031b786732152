"""The product's settings in a data folder of the test run's own, never anybody's real one."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ENVIRONMENT = (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "INBOX_URL",
    "WEBHOOK_NETWORKS",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DEBUG",
    "SITE_URL",
    "FTP_PASSIVE_PORTS",
    "FTP_PUBLIC_ADDRESS",
    "FTP_TLS_CERT",
    "FTP_TLS_KEY",
    "FTP_REQUIRE_TLS",
)
for _name in ENVIRONMENT:
    os.environ.pop(_name, None)

_folder = Path(tempfile.mkdtemp(prefix="qttd-test-", dir="/tmp"))
_folder.chmod(0o711)  # the database's own user goes through it
os.environ["QTTD_DATA_DIR"] = str(_folder)
# Playwright keeps an event loop in the thread of the tests; Django must not mind.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from config.settings import *  # noqa: E402, F403

# Argon2 is slow on purpose; the tests make many people.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def _remove_folders(owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        shutil.rmtree(DATA_DIR, ignore_errors=True)  # noqa: F405
        shutil.rmtree(PLACES.sockets, ignore_errors=True)  # noqa: F405


atexit.register(_remove_folders, os.getpid())
