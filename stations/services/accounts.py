"""Accounts of loggers, tokens of the HTTP API, and what the doors must know of them.

A secret is made here, shown once, and kept as a keyed digest only.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from stations.domain.secrets import keyed_digest, new_secret
from stations.models import FilePrefix, FtpAccount, Person, Station, Token

accounts_changed = Signal()
"""Sent after the accounts, tokens or file prefixes may have changed, once that is committed."""


def digest_key() -> bytes:
    """The key of every digest of a machine's secret; another SECRET_KEY makes them all void."""
    return settings.SECRET_KEY.encode()


def digest_of(secret: str) -> str:
    """What is kept of a machine's secret."""
    return keyed_digest(secret, key=digest_key())


@transaction.atomic
def set_ftp_password(*, account: FtpAccount, secret: str | None = None) -> str:
    """Gives an account a secret, a new one unless told; returns it for showing it once."""
    chosen = secret or new_secret()
    account.digest = digest_of(chosen)
    account.save(update_fields=["digest"])
    announce_accounts()
    return chosen


@transaction.atomic
def new_station_token(*, station: Station, days: int | None = None) -> str:
    """A token with which a station sends files over HTTP; returned once, kept as a digest."""
    secret = new_secret()
    Token.objects.create(digest=digest_of(secret), station=station, expires_at=_expiry(days))
    announce_accounts()
    return secret


def new_person_token(*, person: Person, days: int | None = None) -> str:
    """A token with which a person reads the API; returned once, kept as a digest."""
    secret = new_secret()
    Token.objects.create(digest=digest_of(secret), person=person, expires_at=_expiry(days))
    return secret


def token_of(secret: str) -> Token | None:
    """The token of this secret that has not expired, with its person or station."""
    tokens = _valid_tokens().select_related("person", "station")
    return tokens.filter(digest=digest_of(secret)).first()


def accounts_snapshot() -> dict[str, list[dict[str, Any]]]:
    """All that a door must know to work without the database.

    accounts: username, digest, station ids; tokens: digest, station id; prefixes: prefix, station
    id, valid_from, valid_until. Accounts that are not active, and tokens that have expired, are
    left out. The order is always the same.
    """
    return {
        "accounts": _accounts(),
        "tokens": [
            {"digest": digest, "station": station}
            for digest, station in _valid_tokens()
            .filter(station__isnull=False)
            .order_by("pk")
            .values_list("digest", "station")
        ],
        "prefixes": [
            {"prefix": prefix, "station": station, "valid_from": first, "valid_until": last}
            for prefix, station, first, last in FilePrefix.objects.order_by(
                "prefix", "pk"
            ).values_list("prefix", "station", "valid_from", "valid_until")
        ],
    }


def _valid_tokens() -> QuerySet[Token]:
    return Token.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def _accounts() -> list[dict[str, Any]]:
    stations: dict[int, list[int]] = defaultdict(list)
    for account, station in FtpAccount.stations.through.objects.order_by("station").values_list(
        "ftpaccount", "station"
    ):
        stations[account].append(station)
    return [
        {"username": username, "digest": digest, "stations": stations[pk]}
        for pk, username, digest in FtpAccount.objects.filter(active=True)
        .order_by("username")
        .values_list("pk", "username", "digest")
    ]


def announce_accounts() -> None:
    """Tells the doors' keeper after the commit."""
    transaction.on_commit(lambda: accounts_changed.send(sender=FtpAccount), robust=True)


def _expiry(days: int | None) -> datetime | None:
    return None if days is None else timezone.now() + timedelta(days=days)
