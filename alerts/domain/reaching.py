"""Where a webhook may call: never into a network of ours that nobody opened for it.

A page where an address can be entered is a page that can be used to look behind the firewall
(server-side request forgery). So a name is resolved once, each of its addresses is looked at, and
the connection goes to an address that was looked at.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotAllowed(Exception):
    """This address is not called; `reason` is one of the words below."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


SCHEME, USERINFO, HOST, PLAIN, PRIVATE = "scheme", "userinfo", "host", "plain", "private"


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL that a call needs."""

    host: str
    port: int
    path: str
    tls: bool


def target_of(url: str) -> Target:
    """The parts of a webhook's URL. Raises NotAllowed."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed(HOST) from None
    if parts.scheme not in ("https", "http"):
        raise NotAllowed(SCHEME)
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(USERINFO)
    if not parts.hostname:
        raise NotAllowed(HOST)
    tls = parts.scheme == "https"
    query = f"?{parts.query}" if parts.query else ""
    path = (parts.path or "/") + query
    if any(not 0x21 <= ord(letter) <= 0x7E for letter in path):
        raise NotAllowed(HOST)
    return Target(parts.hostname, port or (443 if tls else 80), path, tls)


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """The networks that are opened, as 10.1.0.0/16 or 127.0.0.1. Raises ValueError."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in written)


def allowed(target: Target, addresses: Collection[str], opened: Collection[Network]) -> str:
    """The address to connect to: every one that the name has may be called. Raises NotAllowed.

    A public address is called by HTTPS alone; one in an opened network also by plain HTTP.
    """
    if not addresses:
        raise NotAllowed(HOST)
    found = [_plain(ipaddress.ip_address(one.partition("%")[0])) for one in addresses]
    for address in found:
        inside = any(address in network for network in opened)
        if not inside and not _is_public(address):
            raise NotAllowed(PRIVATE)
        if not inside and not target.tls:
            raise NotAllowed(PLAIN)
    return str(found[0])


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as IPv6 is looked at as what it is."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (address.sixtofour or address.teredo):
        return False  # an IPv4 address of any network may hide in it
    return address.is_global and not address.is_multicast
