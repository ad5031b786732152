"""How a webhook proves that it comes from here: the scheme of "Standard Webhooks" 1.0.

The signature is HMAC-SHA256 over `id.timestamp.body`. A receiver checks it in constant time,
refuses a timestamp more than five minutes away, and an id that it took before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300


def new_secret() -> str:
    """256 bits of chance, written as the scheme writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def signature(*, secret: str, call: str, timestamp: int, body: str) -> str:
    """What stands in the header `webhook-signature`: v1,… in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{call}.{timestamp}.{body}".encode()
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")
