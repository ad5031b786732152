"""Secrets of machines: made here, kept only as a keyed digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_secret() -> str:
    """A secret of 160 random bits, in 27 characters that survive any logger's settings page."""
    return secrets.token_urlsafe(20)


def keyed_digest(secret: str, *, key: bytes) -> str:
    """HMAC-SHA256 in hex: fast enough to check with every file of every logger.

    Only for machine-made secrets (≥ 128 bit); people's passwords are hashed by argon2.
    """
    return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()
