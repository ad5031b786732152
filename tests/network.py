"""Keeps the tests on this machine: no connection leaves loopback."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any


class LeavesTheMachine(AssertionError):
    """A test tried to reach another machine."""


def stays_here(address: Any) -> bool:
    """Unix sockets and loopback addresses stay; names are only `localhost`."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).partition("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def only_loopback(connect: Any) -> Any:
    """Wraps `socket.connect` or `connect_ex`."""

    def guarded(self: socket.socket, address: Any) -> Any:
        if not stays_here(address):
            raise LeavesTheMachine(f"a test must not reach {address!r}")
        return connect(self, address)

    return guarded
