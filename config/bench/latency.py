"""From the end of an upload to the alert and to the mail, with everything that `up` starts."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ftplib import FTP, all_errors
from functools import partial
from pathlib import Path

import psycopg
from django.conf import settings

from config.bench.figures import Figure
from config.bench.postbox import Postbox, postbox
from config.bench.province import (
    ABOVE,
    BELOW,
    HOUR,
    INTERVAL,
    PARAMETERS,
    PASSWORD,
    PLACES,
    STATIONS,
    Place,
    body_of,
    name_of,
    write_register,
)
from config.runtime.children import PROJECT
from config.runtime.places import Places

LOGGERS_AT_ONCE = 20
ALERT_AT_MOST, MAIL_AT_MOST = 5.0, 15.0  # seconds
WAIT = 120.0  # seconds for the last mail
STANDS_WITHIN = 240.0
SEEN = """
    SELECT DISTINCT s.code FROM alerts_alert a JOIN stations_station s ON s.id = a.station_id
    WHERE a.kind = %s"""

Moments = dict[str, float]
"""By station code, in monotonic seconds."""


class DidNotStand(Exception):
    """`up` could not be started; the text is what it said."""


ONE_IN = 20
"""Of how many stations one is above its limit in the first rush."""


FEW, OTHERS = PLACES[::ONE_IN], tuple(p for p in PLACES if p.number % ONE_IN)


@dataclass(frozen=True)
class Round:
    """An hour of every station, uploaded within `seconds`: those `above` tell of an alert.

    The hour that has just ended is warned of and mailed about at once; an older one is an
    exceedance that came late, whose mail waits for the rest of a back-fill (`mailed` False).
    """

    what: str
    above: Sequence[Place]
    symbols: tuple[str, ...]
    seconds: float = 0.0
    kind: str = "early_warning"
    back: int = 1
    mailed: bool = True


ROUNDS = (
    Round("files of a minute, 1 in 20 above", FEW, PARAMETERS[:2], seconds=60),
    Round("all in one second, the others above", OTHERS, PARAMETERS[2:4]),
    Round(
        "all in one second, late, all above",
        *(PLACES, PARAMETERS[4:]),
        kind="exceedance",
        back=30,
        mailed=False,
    ),
)


def measure_latency() -> Iterator[Figure]:
    """All stations upload an hour: as they come in life, then all of them at once."""
    data = settings.DATA_DIR / "latency"
    with postbox() as box, _standing(data, box.url) as ftp_port:
        _until_let_in(ftp_port)
        for each in ROUNDS:
            with _Seen(data, each) as seen:
                sent = _rush(ftp_port, each)
                seen.wait()
            if each.mailed:
                _until(partial(_all_mailed, box, each.above))
            yield from _told(each, sent, seen.moments, box.first)


def _all_mailed(box: Postbox, places: Sequence[Place]) -> bool:
    return all(place.mailbox in box.first for place in places)


def _told(each: Round, sent: Moments, seen: Moments, mails: Moments) -> Iterator[Figure]:
    ends = {place.code: sent[place.code] for place in each.above}
    yield from _spread(f"{each.what}: upload to the alert's row", ends, seen, ALERT_AT_MOST)
    if each.mailed:
        mailed = {p.code: mails[p.mailbox] for p in each.above if p.mailbox in mails}
        what = f"{each.what}: upload to the mail at the server"
        yield from _spread(what, ends, mailed, MAIL_AT_MOST)
    yield Figure("latency", f"{each.what}: uploads", STATIONS / _length(sent), "files/s")


def _length(sent: Moments) -> float:
    return max(sent.values()) - min(sent.values())


def _spread(what: str, sent: Moments, came: Moments, at_most: float) -> Iterator[Figure]:
    """The middle, the 95th of a hundred, and the last; a station never told of counts as WAIT."""
    waits = sorted(came.get(code, at + WAIT) - at for code, at in sent.items())
    for name, share in (("half", 0.5), ("95 %", 0.95), ("all", 1.0)):
        value = waits[min(int(share * len(waits)), len(waits) - 1)]
        yield Figure("latency", f"{what}, {name}", value, "s", at_most=at_most)


@contextmanager
def _standing(data: Path, email_url: str) -> Iterator[int]:
    """An `up` with the register of the bench; its FTP port."""
    port, ftp_port = _free_port(), _free_port()
    environment = os.environ | {
        "QTTD_DATA_DIR": str(data),
        "EMAIL_URL": f"{email_url}?per_minute=0",
    }
    command = [sys.executable, "manage.py", "up", "--no-demo", f"--data-dir={data}"]
    command += [f"--port={port}", f"--ftp-port={ftp_port}"]
    log = data.with_suffix(".log")
    with log.open("wb") as out:
        up = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _wait_ready(up, log)
        register = write_register(data / "register.yaml", grace_minutes=24 * 60)
        subprocess.run(
            [sys.executable, "manage.py", "load_register", str(register)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield ftp_port
    finally:
        up.terminate()
        up.wait()


def _wait_ready(up: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STANDS_WITHIN
    while "ready:" not in log.read_text("utf-8"):
        if up.poll() is not None or time.monotonic() > end:
            raise DidNotStand(log.read_text("utf-8"))
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def _rush(ftp_port: int, each: Round) -> Moments:
    """When the upload of each station's file was acknowledged."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hour = [now - each.back * HOUR + INTERVAL * slot for slot in range(12)]
    above = {place.code for place in each.above}
    begin, pause = time.monotonic(), each.seconds / STATIONS

    def send(place: Place) -> float:
        time.sleep(max(0.0, begin + pause * place.number - time.monotonic()))
        value = ABOVE if place.code in above else BELOW
        raw = body_of(*hour, value=value, others=BELOW, symbols=each.symbols)
        return _send(ftp_port, place, name_of(place, hour[-1]), raw)

    with ThreadPoolExecutor(LOGGERS_AT_ONCE) as loggers:
        return dict(zip((place.code for place in PLACES), loggers.map(send, PLACES), strict=True))


def _until_let_in(ftp_port: int) -> None:
    """The doors read the register's accounts within seconds."""
    end = time.monotonic() + 60
    while True:
        try:
            with FTP(timeout=30) as ftp:  # noqa: S321 - loopback
                ftp.connect("127.0.0.1", ftp_port)
                ftp.login(PLACES[-1].account, PASSWORD)
                return
        except all_errors:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def _send(ftp_port: int, place: Place, name: str, raw: bytes) -> float:
    with FTP(timeout=60) as ftp:  # noqa: S321 - loopback
        ftp.connect("127.0.0.1", ftp_port)
        ftp.login(place.account, PASSWORD)
        ftp.storbinary(f"STOR {name}", io.BytesIO(raw))
        return time.monotonic()


class _Seen(threading.Thread):
    """Looks for alerts again and again; when each station's was there to be read."""

    def __init__(self, data: Path, each: Round) -> None:
        super().__init__(daemon=True)
        self.moments: Moments = {}
        self._kind, self._wanted = each.kind, {place.code for place in each.above}
        self._sockets = str(Places(data).sockets)

    def __enter__(self) -> _Seen:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wanted = set()

    def run(self) -> None:
        """Until as many stations as wanted have one."""
        with psycopg.connect(
            host=self._sockets, dbname="qttd", user="qttd", autocommit=True
        ) as connection:
            while self._wanted - set(self.moments):
                for (code,) in connection.execute(SEEN, [self._kind]).fetchall():
                    self.moments.setdefault(code, time.monotonic())
                time.sleep(0.02)

    def wait(self) -> None:
        """Until all were seen, or WAIT is over."""
        _until(lambda: not self._wanted - set(self.moments))


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
