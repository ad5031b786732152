"""An example of a receiver for QTTĐ's webhooks: standard library only, one file, one process.

    WEBHOOK_SECRET=whsec_… python docs/webhook_receiver.py 8900

It checks the signature, refuses what is old and what came before, answers at once, and prints the
text that an SMS or Zalo gateway would send on. Put it behind a proxy with TLS.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 300  # seconds between the sender's clock and ours
LARGEST = 1024 * 1024

taken: dict[str, float] = {}
"""Ids that were taken, and when. A real receiver keeps them in its database."""


def is_genuine(secret: str, headers: dict[str, str], body: bytes, now: float) -> bool:
    """Whether this call was signed with our secret, lately."""
    call, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not call or not stamp.isdecimal() or abs(now - int(stamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{call}.{stamp}.".encode() + body, hashlib.sha256).digest()
    right = "v1," + base64.b64encode(digest).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(right.encode(), one.encode()) for one in given)


def is_new(call: str, now: float) -> bool:
    """Whether this id comes for the first time; what is too old to be replayed is forgotten."""
    for old in [one for one, at in taken.items() if now - at > 2 * TOLERANCE]:
        del taken[old]
    if call in taken:
        return False
    taken[call] = now
    return True


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 for what is taken, and for a repeat of it; 401 for what nobody signed."""

    def do_POST(self) -> None:
        """One call."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > LARGEST:
            self.answer(413)
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_genuine(os.environ["WEBHOOK_SECRET"], headers, body, time.time()):
            self.answer(401)
            return
        if is_new(headers["webhook-id"], time.time()):
            pass_on(json.loads(body))
        self.answer(204)

    def answer(self, status: int) -> None:
        """A status and nothing else."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *said: object) -> None:
        """What is passed on is the log."""


def pass_on(told: dict[str, object]) -> None:
    """Here the text goes to the gateway of your choice."""
    say(json.dumps({"type": told["type"], "text": told["text"]}, ensure_ascii=False))


def say(line: str) -> None:
    """A line for whoever started this."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    say(f"ready {server.server_address[1]}")
    server.serve_forever()
