"""The doors' local copy of accounts, tokens and prefixes, renewed after each change."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from monitoring.services.accounts import Account, Prefix, Snapshot, Token, write_accounts
from stations.services.accounts import accounts_snapshot


def snapshot_file() -> Path:
    """Where the doors of this host read who may send."""
    return Path(settings.DATA_DIR) / "receivers" / "accounts.json"


def renew_snapshot() -> bool:
    """Write the snapshot if the register says something else than it; whether it did."""
    found = accounts_snapshot()
    return write_accounts(
        snapshot_file(),
        Snapshot(
            accounts=tuple(
                Account(each["username"], each["digest"], tuple(each["stations"]))
                for each in found["accounts"]
            ),
            tokens=tuple(Token(**each) for each in found["tokens"]),
            prefixes=tuple(Prefix(**each) for each in found["prefixes"]),
        ),
    )
