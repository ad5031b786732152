"""A server that takes every connection and lets it never come to an end: a byte now and then."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DRIP = 0.2  # seconds; far below the time limit of any socket


@dataclass
class TarPit:
    """How many came, and how many are held now."""

    port: int = 0
    came: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def tar_pit(first: bytes = b"") -> Iterator[TarPit]:
    """The pit, open; `first` is said to each before the dripping begins."""
    pit = TarPit()
    door = socket.create_server(("127.0.0.1", 0))
    pit.port = door.getsockname()[1]

    def hold(line: socket.socket) -> None:
        with line:
            try:
                line.sendall(first)
                while not pit.over.wait(DRIP):
                    line.sendall(b"x")
            except OSError:
                pit.left.set()

    def listen() -> None:
        while True:
            try:
                line, _peer = door.accept()
            except OSError:
                return
            pit.came.set()
            threading.Thread(target=hold, args=(line,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield pit
    finally:
        pit.over.set()
        door.close()
