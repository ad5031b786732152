"""What `manage.py check` says about this installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def tls_has_both_halves(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """A certificate needs its key, and to require TLS needs both."""
    cert, key = settings.FTP_TLS_CERT, settings.FTP_TLS_KEY
    if bool(cert) != bool(key):
        return [Error("FTP_TLS_CERT and FTP_TLS_KEY go together: set both.", id="qttd.E001")]
    if settings.FTP_REQUIRE_TLS and not cert:
        return [
            Error("FTP_REQUIRE_TLS needs FTP_TLS_CERT and FTP_TLS_KEY.", id="qttd.E002"),
        ]
    missing = [file for file in (cert, key) if file and not file.is_file()]
    return [Error(f"{file} is not there: mend FTP_TLS_*.", id="qttd.E003") for file in missing]
